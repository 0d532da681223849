//! `accept()` selects a subprotocol that the client may not have offered.
//!
//! A selection without an offer, or beside it, breaks the handshake: websockets raises `NegotiationError` (`no subprotocols
//! supported`, `unsupported subprotocol`) in every version, browsers close with code 1006, and uvicorn with wsproto, hypercorn
//! and daphne drop the connection without an answer. It is found where the endpoint, and all that call it, never look at what
//! was offered. What the client offers is in `websocket.scope["subprotocols"]`.
//!
//! ```python
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/status")
//! async def status(websocket: WebSocket):
//!     await websocket.accept(subprotocol="chat_status")
//! ```
//! becomes
//! ```python
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/status")
//! async def status(websocket: WebSocket):
//!     await websocket.accept(subprotocol="chat_status" if "chat_status" in websocket.scope.get("subprotocols", ()) else None)
//! ```
//!
//! ## When there is no fix
//!
//! The subprotocol is computed, or the connection has no name here.

use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::{Applicability, Edit};
use crate::websockets::contract::{Constant, Contract, Endpoint, Selection};

pub const META: Meta = Meta {
    code: "WS303",
    since: "any",
    severity: Severity::Warning,
    fix: Applicability::Unsafe,
    triggers: crate::websockets::contract::TRIGGERS,
};

pub fn check(endpoint: &Endpoint, contract: &Contract, report: &mut Report) -> Option<()> {
    for accept in endpoint.accepts.iter().filter(|accept| contract.selects_blindly(endpoint, accept)) {
        let Selection::Constant(Constant { range, value, spelled }) = &accept.selection else { continue };
        let message = format!("`{value}` is selected whatever the client offers: a client that did not offer it fails");
        let finding = report.report(*range, message);
        let (Some(websocket), Some(spelled)) = (&accept.websocket, spelled) else {
            finding.help("Select it only if it is one of `websocket.scope.get(\"subprotocols\", ())`.");
            continue;
        };
        let selection = format!("{spelled} if {spelled} in {websocket}.scope.get(\"subprotocols\", ()) else None");
        finding.help(format!("Select it only if it was offered: `subprotocol={selection}`."));
        finding.fix(Applicability::Unsafe, vec![Edit::replace(*range, selection)]);
    }
    Some(())
}
