//! `loop`, `legacy_recv`, `read_limit`, `klass` and `create_protocol` are no longer accepted.
//!
//! The new `connect()` and `serve()`, which is what the top level has since websockets 14.0, pass what they do not know on to the
//! event loop: `TypeError: ... got an unexpected keyword argument 'read_limit'`, whatever the value is.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri, read_limit=2**16, max_size=None) as ws:
//!         await ws.send("hello")
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri, max_size=None) as ws:
//!         await ws.send("hello")
//! ```
//!
//! Removing `read_limit` with a constant, and `legacy_recv=False`, is safe: the buffer that the first
//! limited does not exist any more, and the second asks for what is the case. It is unsafe where the value is more than a constant
//! or a name, because evaluating it may have an effect. `loop` has a rule of its own.
//!
//! `legacy_recv=True`, `klass` and `create_protocol` are reported without a fix. The first made `recv()` return `None` at the end
//! of the connection; now it raises `ConnectionClosed`. The others passed a class derived from the legacy connection; the new
//! `create_connection` needs one that is derived from `ClientConnection` or `ServerConnection`, and with a legacy class the
//! handshake hangs.
//!
//! ## When there is no fix
//!
//! A class or a function stands behind the argument and has to be written for the new implementation.

use ruff_python_ast::{Expr, ExprCall};

use crate::fixes::arguments;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::target::Side;
use crate::text::edit::Applicability::{Safe, Unsafe};

pub const META: Meta = Meta {
    code: "WS106",
    since: "14.0",
    severity: Severity::Error,
    fix: Safe,
    triggers: &["read_limit", "legacy_recv", "klass", "create_protocol"],
};

/// The arguments, and what to do.
const REMOVED: &[(&str, &str)] = &[
    ("read_limit", "Remove it: the buffer that it limited no longer exists."),
    ("legacy_recv", "Remove it, and catch `ConnectionClosed` around `recv()`, which no longer returns None."),
    ("klass", "Derive a class from the new connection, and pass it as `create_connection`."),
    ("create_protocol", "Derive a class from the new connection, and pass it as `create_connection`."),
];

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    for (name, help) in REMOVED {
        let Some((_, is_top_level)) = arguments::callee(call, cx, name) else { continue };
        let side = if is_top_level { cx.target.side } else { Side::Modern };
        for place in arguments::places(call, cx, name, "create_connection") {
            // A rule of its own says what comes in its place.
            if let Spelling::Keyword(keyword) = place.spelling
                && arguments::basic_auth_factory(cx, &keyword.value).is_some()
            {
                continue;
            }
            let fix = match place.spelling {
                Spelling::Keyword(keyword) if is_removable(name, &keyword.value) && place.only_here => {
                    let is_plain =
                        keyword.value.is_literal_expr() || keyword.value.is_name_expr() || is_number(&keyword.value);
                    let inside = call.arguments.keywords.iter().any(|own| own.range == keyword.range);
                    let edit = inside.then(|| arguments::remove(cx.source, call, keyword)).flatten();
                    edit.map(|edit| (if is_plain { Safe } else { Unsafe }, edit))
                }
                _ => None,
            };
            let message =
                format!("`{name}` is no longer accepted (removed in websockets 14.0): passing it raises TypeError");
            // A dictionary that many calls unpack is reported where the key is, once.
            if cx.findings.has(place.range(), &message) {
                continue;
            }
            let finding = cx.report(place.range(), message);
            finding.on(side).help(*help);
            if let Some((applicability, edit)) = fix {
                finding.fix(applicability, vec![edit]);
            }
        }
    }
    Some(())
}

fn is_removable(name: &str, value: &Expr) -> bool {
    let is_false = value.as_boolean_literal_expr().is_some_and(|value| !value.value);
    name == "read_limit" || name == "legacy_recv" && is_false
}

/// `2 ** 16`, `64 * 1024`
fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::BinOp(operation) => is_number(&operation.left) && is_number(&operation.right),
        other => other.is_number_literal_expr(),
    }
}
