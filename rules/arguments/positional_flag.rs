//! `send(message, True)` and `broadcast(connections, message, True)` need a keyword.
//!
//! `text` of `send()` and `raise_exceptions` of `broadcast()` can only be passed by name since websockets 17.0: `TypeError: send()
//! takes 2 positional arguments but 3 were given`.
//!
//! ```python
//! import websockets
//!
//! async def main(uri, data):
//!     async with websockets.connect(uri) as ws:
//!         await ws.send(data, True)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(uri, data):
//!     async with websockets.connect(uri) as ws:
//!         await ws.send(data, text=True)
//! ```
//!
//! The fix is safe: the names are those that the arguments have had since they exist, `text` since 14.0 and `raise_exceptions`
//! since 11.0. Legacy connections and the legacy `broadcast()` under its own path are left alone.
//!
//! ## When there is no fix
//!
//! The argument may come from an unpacked sequence.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS110", since: "17.0", severity: Severity::Error, fix: Safe, triggers: &[".send(", "broadcast"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let arguments = &call.arguments;
    (!arguments.args.iter().any(Expr::is_starred_expr)).then_some(())?;
    let (function, name, flag) = match (&*call.func, &*arguments.args) {
        (Expr::Attribute(method), [_, flag]) if method.attr.as_str() == "send" && is_new(cx, &method.value) => {
            ("send()", "text", flag)
        }
        (func, [_, _, flag]) if cx.model.may_be_called(func, &["broadcast"]) => {
            let callee = cx.callee(call);
            callee.is_one_of(&[names::TOP_LEVEL_BROADCAST, names::ASYNCIO_BROADCAST].concat()).then_some(())?;
            ("broadcast()", "raise_exceptions", flag)
        }
        _ => return None,
    };
    if arguments.find_keyword(name).is_some() || cx.model.is_version_guarded(call.start()) {
        return None;
    }
    // Parentheses around the value stay where they are: `text=(flag)`.
    let before = cx.source.text().get(..flag.start().to_usize())?.trim_end_matches([' ', '\t', '(', '\n', '\r']);
    let after_comma = &cx.source.text()[before.len()..flag.start().to_usize()];
    let at = before.len() + after_comma.find('(').unwrap_or(after_comma.len());
    let reaches = cx.target.reaches([17, 0]);
    let message =
        format!("`{function}` accepts `{name}` only as a keyword since websockets 17.0: this raises TypeError");
    let finding = cx.report(flag, message);
    finding.help(format!("Pass it as `{name}=`.")).here(format!("this is `{name}`"));
    if !reaches {
        finding.severity(Severity::Info);
    } else if before.ends_with(',') {
        finding.fix(Safe, vec![Edit::insert(u32::try_from(at).ok()?.into(), format!("{name}="))]);
    }
    Some(())
}

/// Whether `object` is a connection of the new API, or of the threading one.
fn is_new(cx: &Context, object: &Expr) -> bool {
    cx.origin(object).is_instance_of(names::SYNC_CONNECTIONS)
        || connection::known(cx, names::CONNECTIONS, object).is_some_and(|known| known.side.has_modern())
}
