//! `open` of a connection is now `state is State.OPEN`.
//!
//! The connections of the new API have no attribute `open`. Since websockets 14.0 these are what `connect()` and the handlers of
//! `serve()` get, and reading it raises `AttributeError: 'ClientConnection' object has no attribute 'open'`. In a background
//! task nobody may see that.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     ws = await websockets.connect(uri)
//!     while ws.open:
//!         print(await ws.recv())
//! ```
//! becomes
//! ```python
//! import websockets
//! from websockets.protocol import State
//!
//! async def main(uri):
//!     ws = await websockets.connect(uri)
//!     while ws.state is State.OPEN:
//!         print(await ws.recv())
//! ```
//!
//! The fix is safe: a certain `AttributeError` becomes the value that the old attribute had while idle, while closing, after a
//! clean close and after a lost connection. `not ws.open` becomes `ws.state is not State.OPEN`, not `is State.CLOSED`: a
//! connection that is opening or closing is neither.
//!
//! Where both sides of 14.0 are supported, and where `State` cannot be imported at the top of the file, it becomes
//! `ws.state.name == "OPEN"`, which is the same thing with websockets 10.0 to 17.4 and needs no import. From 11.0 on both
//! implementations share one `State`, so with such a floor it is `State` on both sides too.
//!
//! An annotation with the legacy class, `ws: websockets.WebSocketClientProtocol`, also tells that `ws` is a connection, unless
//! the file uses the legacy implementation. The fix holds even if that is wrong, because legacy connections have a `state` too.
//!
//! ## When there is no fix
//!
//! It is written to, or belongs to an object whose class is not known.

use ruff_python_ast::ModModule;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::Safe;

pub const META: Meta =
    Meta { code: "WS501", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &[".open"] };

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    connection::report_state(cx, "open", "OPEN")
}
