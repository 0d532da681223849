//! `closed` of a connection is now `state is State.CLOSED`.
//!
//! The connections of the new API have no attribute `closed`. Since websockets 14.0 these are what `connect()` and the handlers
//! of `serve()` get, and reading it raises `AttributeError: 'ClientConnection' object has no attribute 'closed'`, often in the
//! code that cleans up.
//!
//! ```python
//! from websockets import connect
//!
//! async def main(uri):
//!     ws = await connect(uri)
//!     if not ws.closed:
//!         await ws.close()
//! ```
//! becomes
//! ```python
//! from websockets import connect
//! from websockets.protocol import State
//!
//! async def main(uri):
//!     ws = await connect(uri)
//!     if ws.state is not State.CLOSED:
//!         await ws.close()
//! ```
//!
//! The fix is safe: a certain `AttributeError` becomes the value that the old attribute had. Where both sides of 14.0 are
//! supported, and where `State` cannot be imported at the top of the file, it becomes `ws.state.name == "CLOSED"`, which is the
//! same thing with websockets 10.0 to 17.4 and needs no import. From 11.0 on both implementations share one `State`.
//!
//! `connection-open` says what else holds for both.
//!
//! ## When there is no fix
//!
//! It is written to, or belongs to an object whose class is not known.

use ruff_python_ast::ModModule;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::Safe;

pub const META: Meta =
    Meta { code: "WS502", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &[".closed"] };

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    connection::report_state(cx, "closed", "CLOSED")
}
