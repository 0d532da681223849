//! `hasattr` or `getattr` asks a connection for an attribute that it no longer has.
//!
//! The connections of the new API, which is what the top level gives since websockets 14.0, have no `open`, `closed`, `path`,
//! `request_headers` and so on. `hasattr(ws, "open")` is always false and `getattr(ws, "closed", False)` always `False`: no error,
//! every connection just looks closed, or open.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     ws = await websockets.connect(uri)
//!     if getattr(ws, "open", False):
//!         await ws.send("hello")
//! ```
//!
//! There is no fix, because such a probe is often meant for several kinds of objects. Ask for the state instead:
//!
//! ```text
//! if ws.state is State.OPEN:
//! ```
//!
//! Nothing is reported where the file also asks the same object for what replaces the attribute, or for its `close_code`, as code
//! does that supports both sides of 14.0.
//!
//! ## When there is no fix
//!
//! What the code does when nothing is found is part of its logic.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS507",
    since: "14.0",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &["hasattr", "getattr"],
};

/// The attributes, how the same thing is asked now, and with what else code answers the question on the new connections.
const NOW: &[(&str, &str, &[&str])] = &[
    ("open", "state", &["close_code", "protocol"]),
    ("closed", "state", &["close_code", "protocol"]),
    ("path", "request", &[]),
    ("request_headers", "request", &[]),
    ("response_headers", "response", &[]),
];

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let [object, Expr::StringLiteral(asked), ..] = &*call.arguments.args else { return None };
    let asked = asked.value.to_str();
    let (_, now, also) = NOW.iter().find(|(name, ..)| *name == asked)?;
    let probe = ["hasattr", "getattr"].into_iter().find(|name| cx.model.is_builtin(&call.func, name))?;
    let known = connection::known(cx, names::CONNECTIONS, object)?;
    (known.side == Side::Modern).then_some(())?;
    // A probe in a condition guards what it asks for, so `is_guarded` would always hold here.
    let text: String = cx.source.text().split_whitespace().collect();
    let spelled = cx.text(object).to_owned();
    let asks_now = [&[*now], *also].concat().iter().any(|now| {
        text.contains(&format!("{spelled}.{now}"))
            || ["hasattr", "getattr"].iter().any(|probe| {
                ['"', '\''].iter().any(|quote| text.contains(&format!("{probe}({spelled},{quote}{now}{quote}")))
            })
    });
    if asks_now || cx.model.is_version_guarded(call.start()) {
        return None;
    }
    let outcome = match (probe, call.arguments.args.get(2)) {
        ("hasattr", _) => "this is always false".to_owned(),
        (_, Some(default)) => format!("this is always `{}`", cx.text(default)),
        (_, None) => "this raises AttributeError".to_owned(),
    };
    cx.report(call, format!("connections no longer have `{asked}` (removed in websockets 14.0): {outcome}"))
        .on(known.side)
        .here(format!("now in `{now}`"))
        .help(format!("Use `{spelled}.{now}`."));
    Some(())
}
