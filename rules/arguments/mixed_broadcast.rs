//! `broadcast()` of one implementation cannot send to connections of the other one.
//!
//! `websockets.broadcast` is the new one since websockets 14.0. `websockets.server.broadcast` and
//! `websockets.legacy.server.broadcast` are the legacy one in every version. With connections of the other implementation both
//! raise `AttributeError`, as soon as there is a connection to send to.
//!
//! ```python
//! import websockets
//! from websockets.legacy.server import broadcast
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         broadcast(server.connections, "hello")
//! ```
//!
//! There is no fix, because either side can be the one to change. `websockets.broadcast` goes with `websockets.serve`, and
//! `websockets.legacy.server.broadcast` with `websockets.legacy.server.serve`.
//!
//! ## When there is no fix
//!
//! Either the server or the call has to move to the other implementation, and the code does not say which.

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Step;
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS111", since: "14.0", severity: Severity::Error, fix: DisplayOnly, triggers: &["broadcast"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    cx.model.may_be_called(&call.func, &["broadcast"]).then_some(())?;
    let connections = call.arguments.args.first()?;
    let callee = cx.callee(call);
    let (top_level, legacy_path, new_path) = (
        callee.is_one_of(names::TOP_LEVEL_BROADCAST),
        callee.is_one_of(names::LEGACY_BROADCAST),
        callee.is_one_of(names::ASYNCIO_BROADCAST),
    );
    (top_level || legacy_path || new_path).then_some(())?;
    let connection = cx.model.resolve(cx.origin(connections).step(Step::Iterate));
    let side = cx.target.side;
    let are_legacy = connection.is_instance_of(names::LEGACY_CONNECTIONS);
    let are_new = connection.is_instance_of(&[names::CONNECTIONS.top_level, names::CONNECTIONS.asyncio].concat());
    let are_certainly_new = connection.is_instance_of(names::CONNECTIONS.asyncio) || are_new && side == Side::Modern;
    let (broadcast, other) = if legacy_path && are_certainly_new {
        ("legacy", "new")
    } else if are_legacy && (new_path || top_level && side.has_modern()) {
        ("new", "legacy")
    } else {
        return None;
    };
    if cx.model.is_version_guarded(call.start()) {
        return None;
    }
    let since = if top_level { " since websockets 14.0" } else { "" };
    let message = format!(
        "this calls the {broadcast} `broadcast()`{since}, but the connections belong to the {other} implementation: it raises \
         AttributeError"
    );
    let help = if other == "new" {
        "Call `websockets.broadcast`."
    } else {
        "Serve with `websockets.serve`; to stay with the legacy server, call `websockets.legacy.server.broadcast`."
    };
    cx.report(&*call.func, message).on(Side::Modern).label(connections, format!("{other} connections")).help(help);
    Some(())
}
