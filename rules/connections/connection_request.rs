//! `path`, `request_headers` and `response_headers` of a connection moved to its request and its response.
//!
//! The connections of the new API keep the handshake in `request` and `response`. Since websockets 14.0 reading the old
//! attributes raises `AttributeError: 'ServerConnection' object has no attribute 'path'`; in a handler the client sees close code
//! 1011.
//!
//! ```python
//! import websockets
//!
//! async def handler(ws):
//!     token = ws.request_headers["Authorization"]
//!     await ws.send(f"{ws.path} {token}")
//!
//! async def main():
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         await server.serve_forever()
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def handler(ws):
//!     token = ws.request.headers["Authorization"]
//!     await ws.send(f"{ws.request.path} {token}")
//!
//! async def main():
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         await server.serve_forever()
//! ```
//!
//! The fix is safe: a certain `AttributeError` becomes the same value, the query included. It is unsafe where only an annotation
//! with the legacy class tells what the object is: a legacy connection has no `request`.
//!
//! Where both sides of 14.0 are supported, the connection is asked whether it has a `request`, which works with websockets
//! 10.0 to 17.4.
//!
//! ## When there is no fix
//!
//! It is written to, or belongs to an object whose class is not known.

use ruff_python_ast::ModModule;

use crate::fixes::connection::{self, Read};
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS503",
    since: "14.0",
    severity: Severity::Error,
    fix: Safe,
    triggers: &[".path", ".request_headers", ".response_headers"],
};

/// What moved, to which object, and its name there.
const MOVED: &[(&str, &str, &str)] = &[
    ("path", "request", "path"),
    ("request_headers", "request", "headers"),
    ("response_headers", "response", "headers"),
];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for (name, holder, member) in MOVED {
        for read in connection::reads(cx, names::CONNECTIONS, &[name]) {
            let edits = edits(&read, holder, member, cx);
            let help = match read.known.side {
                Side::Both => format!("Read `{holder}.{member}` if the connection has a `{holder}`."),
                _ => format!("Read `{holder}.{member}`."),
            };
            let message = format!(
                "connections no longer have `{name}` (removed in websockets 14.0): reading it raises AttributeError"
            );
            let finding = cx.report(read.attribute, message);
            finding.on(read.known.side).here(format!("now `{holder}.{member}`")).help(help);
            let may_be_legacy = read.known.is_declared && read.known.side == Side::Modern;
            if let Some(edits) = edits {
                finding.fix(if may_be_legacy || read.is_shown { Unsafe } else { Safe }, edits);
            }
        }
    }
    Some(())
}

fn edits(read: &Read, holder: &str, member: &str, cx: &Context) -> Option<Vec<Edit>> {
    match read.known.side {
        Side::Both if read.is_repeatable() => {
            let (object, quote, name) = (cx.text(&*read.attribute.value), read.quote?, &read.attribute.attr);
            Some(read.become_conditional(&format!(
                "{object}.{holder}.{member} if hasattr({object}, {quote}{holder}{quote}) else {object}.{name}"
            )))
        }
        Side::Both => None,
        _ => Some(vec![Edit::replace(&read.attribute.attr, format!("{holder}.{member}"))]),
    }
}
