//! `websockets` of a server is now `connections`.
//!
//! The server of the new API has no attribute `websockets`. Since websockets 14.0 reading it raises
//! `AttributeError: 'Server' object has no attribute 'websockets'`.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         websockets.broadcast(server.websockets, "hello")
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         websockets.broadcast(server.connections, "hello")
//! ```
//!
//! The fix is unsafe: the old set was the server's own and had connections that were closing in it; the new one is made for each
//! access and has the open ones only.
//!
//! Where both sides of 14.0 are supported, the server is asked whether it has `connections`.
//!
//! ## When there is no fix
//!
//! It is written to, or used as a set that stays the same.

use ruff_python_ast::ModModule;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS506", since: "14.0", severity: Severity::Error, fix: Unsafe, triggers: &[".websockets"] };

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for read in connection::reads(cx, names::SERVERS, &["websockets"]) {
        let object = cx.text(&*read.attribute.value);
        let edits = match read.known.side {
            Side::Both => read.quote.filter(|_| read.is_repeatable()).map(|quote| {
                read.become_conditional(&format!(
                    "{object}.connections if hasattr({object}, {quote}connections{quote}) else {object}.websockets"
                ))
            }),
            _ => Some(vec![Edit::replace(&read.attribute.attr, "connections")]),
        };
        let help = match read.known.side {
            Side::Both => "Read `connections` if the server has it.",
            _ => "Read `connections`, which returns a new set of the open connections each time.",
        };
        let message =
            "servers no longer have `websockets` (removed in websockets 14.0): reading it raises AttributeError";
        let finding = cx.report(read.attribute, message);
        finding.on(read.known.side).here("now `connections`").help(help);
        if let Some(edits) = edits {
            finding.fix(Unsafe, edits);
        }
    }
    Some(())
}
