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

use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::{Applicability, Edit};
use crate::websockets::contract::framework::{Framework, Selection};
use crate::websockets::contract::{Contract, Endpoint};

pub const META: Meta = Meta {
    code: "WS303",
    since: "any",
    severity: Severity::Warning,
    fix: Applicability::Unsafe,
    triggers: crate::websockets::contract::TRIGGERS,
};

pub fn check(endpoint: &Endpoint, _: &Contract, report: &mut Report) -> Option<()> {
    let accept = &endpoint.accept;
    let (Selection::Constant(value), false) = (&accept.selection, endpoint.looked) else { return None };
    let argument = accept.argument.as_ref()?;
    let message = format!("`{value}` is selected whatever the client offers; a client that did not offer it fails");
    let finding = report.report(argument.range, message);
    let offer = accept.insertion.as_ref().map(|insertion| insertion.offer.as_str());
    let (Some(offer), Some(spelled)) = (offer, &argument.spelled) else {
        let offer = match accept.framework {
            Framework::Quart => "websocket.requested_subprotocols",
            Framework::Tornado => "subprotocols",
            _ => "websocket.scope.get(\"subprotocols\", ())",
        };
        finding.help(format!("Select it only if it is one of `{offer}`."));
        return None;
    };
    let selection = format!("{spelled} if {spelled} in {offer} else None");
    finding.help(format!("Select it only if it was offered: `{}={selection}`.", accept.framework.keyword()));
    finding.fix(Applicability::Unsafe, vec![Edit::replace(argument.range, selection)]);
    Some(())
}
