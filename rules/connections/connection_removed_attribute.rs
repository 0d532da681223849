//! Attributes of a connection that were removed, and that nothing of the same kind replaces.
//!
//! Much of what was visible on a legacy connection was its implementation, or its configuration. The connections of the new API
//! do not have it. Since websockets 14.0 reading it raises `AttributeError`.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri) as ws:
//!         await ws.ensure_open()
//! ```
//!
//! `max_queue` and `write_limit` can be read up to 16.1.1, and not since 17.0.
//!
//! There is no fix; what to do depends on what the attribute was used for. The finding says what comes closest.
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
    code: "WS505",
    since: "14.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &[
        ".ensure_open",
        ".fail_connection",
        ".ws_server",
        ".is_client",
        ".side",
        ".extensions",
        ".origin",
        ".max_size",
        ".read_limit",
        ".extra_headers",
        ".process_request",
        ".select_subprotocol",
        ".available_subprotocols",
        ".available_extensions",
        ".messages",
        ".reader",
        ".pings",
        ".close_connection_task",
        ".transfer_data_task",
        ".keepalive_ping_task",
        ".handler_task",
        ".close_rcvd",
        ".close_sent",
        ".connection_closed_exc",
        ".user_agent_header",
        ".legacy_recv",
        ".max_queue",
        ".write_limit",
    ],
};

const CONFIGURED: &str = "Keep the value where it is passed to `connect()` or `serve()`.";
const QUEUE: &str = "Received messages are no longer exposed: call `recv()`, with a timeout to look without waiting.";
const TASKS: &str = "The new implementation has no such task: await `ws.wait_closed()` for the end of the connection.";

/// The attributes, and what comes closest.
const ADVICE: &[(&str, &str)] = &[
    ("ensure_open", "Compare `ws.state` with `State.OPEN`, or just use the connection: it raises ConnectionClosed."),
    ("fail_connection", "Close the connection with the code: `await ws.close(code, reason)`."),
    ("ws_server", "The server is `ws.server`."),
    ("is_client", "Compare `ws.protocol.side` with `websockets.protocol.Side.CLIENT`."),
    ("side", "It is `ws.protocol.side`, of `websockets.protocol.Side`."),
    ("extensions", "They are `ws.protocol.extensions`."),
    ("origin", "Read it from the request: `ws.request.headers.get(\"Origin\")`."),
    ("max_size", CONFIGURED),
    ("read_limit", CONFIGURED),
    ("extra_headers", CONFIGURED),
    ("process_request", CONFIGURED),
    ("select_subprotocol", CONFIGURED),
    ("available_subprotocols", CONFIGURED),
    ("available_extensions", CONFIGURED),
    ("messages", QUEUE),
    ("reader", QUEUE),
    ("pings", "Await what `ws.ping()` returns; `ws.latency` has the last round trip."),
    ("close_connection_task", TASKS),
    ("transfer_data_task", TASKS),
    ("keepalive_ping_task", TASKS),
    ("handler_task", "Keep the task yourself: in the handler it is `asyncio.current_task()`."),
    ("close_rcvd", "It is `ws.protocol.close_rcvd`; `ws.close_code` and `ws.close_reason` are what it says."),
    ("close_rcvd_then_sent", "It is `ws.protocol.close_rcvd_then_sent`."),
    ("close_sent", "It is `ws.protocol.close_sent`."),
    ("connection_closed_exc", "It is `ws.protocol.close_exc`, or what `await ws.recv()` raises."),
    ("user_agent_header", CONFIGURED),
    ("legacy_recv", CONFIGURED),
];

/// What the first versions of the new API still had.
const LIMITS: &[(&str, &str)] = &[("max_queue", CONFIGURED), ("write_limit", CONFIGURED)];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    connection::report_gone(cx, (names::CONNECTIONS, "connections"), "14.0", ADVICE);
    if cx.target.reaches([17, 0]) {
        connection::report_gone(cx, (names::CONNECTIONS, "connections"), "17.0", LIMITS);
    }
    Some(())
}
