//! `host`, `port` and `secure` of a connection were removed.
//!
//! The connections of the new API have none of them. Since websockets 14.0 reading one raises `AttributeError`.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri) as ws:
//!         print(ws.host, ws.port)
//! ```
//!
//! There is no fix, because no attribute has the same value. The old ones gave what was configured (the host in the URI, `0`
//! for a server that lets the system choose a port); what is left are the addresses of the socket:
//!
//! ```text
//! client: host, port = ws.remote_address[:2]
//! server: host, port = ws.local_address[:2]
//! both:   secure = ws.transport.get_extra_info("sslcontext") is not None
//! ```
//!
//! To keep the configured values, keep them where they are configured.
//!
//! ## When there is no fix
//!
//! Which end of the connection is meant is not visible.

use ruff_python_ast::ModModule;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS504",
    since: "14.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &[".host", ".port", ".secure"],
};

const ADVICE: &[(&str, &str)] = &[
    (
        "host",
        "Take the host from the URI, or the socket's: `remote_address[0]` of a client, `local_address[0]` of a server.",
    ),
    (
        "port",
        "Take the port from the URI, or the socket's: `remote_address[1]` of a client, `local_address[1]` of a server.",
    ),
    ("secure", "Ask the transport: `ws.transport.get_extra_info(\"sslcontext\") is not None`."),
];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    connection::report_gone(cx, (names::CONNECTIONS, "connections"), "14.0", ADVICE)
}
