//! The first of the offered subprotocols is taken where there may be none.
//!
//! `scope["subprotocols"]` is an empty list for a client that offers nothing: `[0]` raises `IndexError`, and the client gets status 500
//! or no answer at all. And whatever stands first is sent back, be it known to the server or a token. It is found where nothing
//! on the way of the handshake makes sure that there is an offer. Tornado calls `select_subprotocol` with an empty list, too.
//!
//! ```python
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/chat")
//! async def chat(websocket: WebSocket):
//!     await websocket.accept(subprotocol=websocket.scope["subprotocols"][0])
//! ```
//!
//! There is no fix, because only the server knows what it speaks:
//!
//! ```text
//! offered = websocket.scope["subprotocols"]
//! await websocket.accept(subprotocol="chat" if "chat" in offered else None)
//! ```

use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::contract::FirstOffer;

pub const META: Meta = Meta {
    code: "WS308",
    since: "any",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: crate::websockets::contract::TRIGGERS,
};

pub fn check(first: &FirstOffer, report: &mut Report) -> Option<()> {
    report.report(first.range, "a client that offers no subprotocol gets status 500: this raises IndexError").help(
        "Look for a subprotocol that the server knows among those that are offered, and select None if there is none.",
    );
    Some(())
}
