//! `create_connection` needs a class that derives from the new connection.
//!
//! The new `connect()` and `serve()` make their connections with `create_connection`. A class that derives from a legacy
//! connection, `WebSocketServerProtocol` or `WebSocketClientProtocol`, is accepted without a word, and then every handshake hangs
//! until it times out; the reason is only in the server's log.
//!
//! ```python
//! import websockets
//!
//! class Connection(websockets.WebSocketServerProtocol):
//!     pass
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, create_connection=Connection) as server:
//!         await server.serve_forever()
//! ```
//!
//! There is no fix, because what the class overrides has other names and other arguments now. Derive it from
//! `websockets.ServerConnection` or `websockets.ClientConnection` (14.2 and newer).
//!
//! ## When there is no fix
//!
//! The class has to be written for the new connection, which has other methods.

use ruff_python_ast::ExprCall;

use crate::fixes::arguments;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS114",
    since: "14.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &["create_connection"],
};

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    arguments::callee(call, cx, "create_connection")?;
    let legacy = [names::LEGACY_CONNECTIONS, names::CONNECTIONS.declared].concat();
    for place in arguments::places(call, cx, "create_connection", "create_protocol") {
        let Spelling::Keyword(keyword) = place.spelling else { continue };
        if !cx.model.derives_from(&cx.origin(&keyword.value), &legacy) {
            continue;
        }
        cx.report(&keyword.value, "a legacy connection class does not work here: every handshake hangs")
            .on(Side::Modern)
            .help("Derive the class from `websockets.ServerConnection` or `websockets.ClientConnection`.");
    }
    Some(())
}
