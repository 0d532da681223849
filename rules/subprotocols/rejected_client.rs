//! A server with a list of subprotocols rejects a client of the project that offers none.
//!
//! `websockets.serve(subprotocols=[...])` and Sanic's `@app.websocket(subprotocols=[...])` answer with status 400 to a client that offers none
//! of the list. A client of the same project connects to this server and offers nothing.
//!
//! ```python
//! from websockets.asyncio.client import connect
//! from websockets.asyncio.server import serve
//!
//! async def main(handler):
//!     async with serve(handler, "localhost", 8765, subprotocols=["chat"]):
//!         async with connect("ws://localhost:8765/") as ws:
//!             await ws.send("hello")
//! ```
//!
//! There is no fix: either the client has to offer one of them, or the server has to let such clients in. With websockets
//! that is `select_subprotocol=lambda connection, offered: "chat" if "chat" in offered else None`.

use crate::fixes::clients::label;
use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::contract::framework::{Ending, Framework, Selection};
use crate::websockets::contract::{Confidence, Contract, Endpoint};

pub const META: Meta = Meta {
    code: "WS313",
    since: "any",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: crate::websockets::contract::TRIGGERS,
};

pub fn check(endpoint: &Endpoint, _: &Contract, report: &mut Report) -> Option<()> {
    let Selection::List(values) = &endpoint.accept.selection else { return None };
    let clients = endpoint.clients(|client| {
        !client.offer.offers() && client.confidence >= Confidence::Tail && client.outcome == Ending::Rejected
    });
    clients.first()?;
    let places: Vec<String> =
        clients.iter().take(3).map(|client| format!("{}:{}", client.file.display(), client.offer.line)).collect();
    let values = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let range = endpoint.range();
    let what = match endpoint.accept.framework {
        Framework::Sanic => "Sanic",
        _ => "websockets",
    };
    let message =
        format!("{what} rejects clients that offer none of {values} with status 400, and {} offers none", places[0]);
    let finding = report.report(range, message);
    label(finding, endpoint, &clients);
    finding.help(format!(
        "Connected from {}. Offer a subprotocol there, or let the server accept clients without one.",
        places.join(", ")
    ));
    Some(())
}
