//! The whole `Sec-WebSocket-Protocol` header is selected.
//!
//! The header lists all that a client offers, `chat.v2, chat.v1`, and a server selects one of them. Where a client offers two, the answer
//! names two: websockets raises `InvalidHeader` (`multiple values`), browsers close with code 1006. Whatever a client sends comes
//! back, be it known to the server or a token.
//!
//! ```python
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/chat")
//! async def chat(websocket: WebSocket):
//!     await websocket.accept(subprotocol=websocket.headers.get("sec-websocket-protocol"))
//! ```
//!
//! There is no fix, because only the server knows what it speaks. `websocket.scope["subprotocols"]` has the header as a list.

use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::contract::framework::Selection;
use crate::websockets::contract::{Contract, Endpoint};

pub const META: Meta = Meta {
    code: "WS309",
    since: "any",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: crate::websockets::contract::TRIGGERS,
};

pub fn check(endpoint: &Endpoint, _: &Contract, report: &mut Report) -> Option<()> {
    if endpoint.accept.selection != Selection::WholeHeader {
        return None;
    }
    let argument = endpoint.accept.argument.as_ref()?;
    report
        .report(argument.range, "the whole header is selected; a client that offers two subprotocols fails")
        .help("Select one of `scope[\"subprotocols\"]` that the server knows, or None.");
    Some(())
}
