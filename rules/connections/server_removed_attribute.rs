//! Attributes of a server that were removed, and that nothing of the same kind replaces.
//!
//! The legacy server let `register()`, `unregister()`, `wrap()` and `closed_waiter` be seen. The server of the new API has none of the
//! first two, and since websockets 17.0.1 none of the others, nor `loop`. Reading one raises `AttributeError`.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         await server.closed_waiter
//! ```
//!
//! There is no fix; the finding says what comes closest: `wait_closed()` for `closed_waiter`, `get_loop()` for `loop`.
//!
//! ## When there is no fix
//!
//! What replaces it is of another kind.

use ruff_python_ast::ModModule;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS509",
    since: "14.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &[".register", ".unregister", ".wrap", ".closed_waiter", ".loop"],
};

const REGISTER: &str = "The server maintains its `connections` itself; maintain your own set if you need another one.";

/// What went with the legacy server.
const LEGACY: &[(&str, &str)] = &[("register", REGISTER), ("unregister", REGISTER)];

/// What went when `serve` became a function.
const FUNCTION: &[(&str, &str)] = &[
    ("closed_waiter", "Await `server.wait_closed()`."),
    ("loop", "Call `server.get_loop()`."),
    ("wrap", "`serve()` creates its server itself; pass `sock` to give it a socket."),
];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    connection::report_gone(cx, (names::SERVERS, "servers"), "14.0", LEGACY);
    if cx.target.reaches([17, 0, 1]) {
        connection::report_gone(cx, (names::SERVERS, "servers"), "17.0.1", FUNCTION);
    }
    Some(())
}
