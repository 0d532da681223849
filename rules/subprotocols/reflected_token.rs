//! A secret that the client sent as a subprotocol is sent back.
//!
//! Browsers cannot set headers, so tokens travel as subprotocols, and something has to be selected or the browser refuses the
//! connection. Whoever selects the token itself sends it back in the clear of a response header, where proxies and servers log it.
//! Offer a fixed marker beside the token, `["bearer", token]`, and select the marker.
//!
//! ```python
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/me")
//! async def me(websocket: WebSocket):
//!     token = next(iter(websocket.scope["subprotocols"]), None)
//!     await websocket.accept(subprotocol=token)
//! ```
//!
//! There is no fix, because the clients have to offer the marker first:
//!
//! ```text
//! marker, token = websocket.scope["subprotocols"]
//! await websocket.accept(subprotocol="bearer" if marker == "bearer" else None)
//! ```

use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::contract::framework::Selection;
use crate::websockets::contract::{Contract, Endpoint};

pub const META: Meta = Meta {
    code: "WS311",
    since: "any",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: crate::websockets::contract::TRIGGERS,
};

pub fn check(endpoint: &Endpoint, _: &Contract, report: &mut Report) -> Option<()> {
    if endpoint.accept.selection != Selection::Token {
        return None;
    }
    let argument = endpoint.accept.argument.as_ref()?;
    report.report(argument.range, "a secret that the client sent as a subprotocol is sent back to it").help(
        "Let clients offer a fixed marker beside the secret, as in `[\"bearer\", token]`, and select the marker.",
    );
    Some(())
}
