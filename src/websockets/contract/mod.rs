//! The subprotocol contract of a project: which subprotocols clients offer on a route, and what the server there selects.
//!
//! Each file is asked once for its [`Facts`]: endpoints with their `accept()` calls ([`endpoints`]), routes ([`routes`]) and
//! clients with what they offer ([`offers`]). Facts are small and own everything, so that those of a large project fit in
//! memory while the trees do not. [`Contract::link`] puts them together, and rules ask it who reaches an endpoint.
//!
//! Who reaches whom is decided by literal paths alone. Where that is not certain, the contract knows nothing.

pub mod endpoints;
mod link;
pub mod offers;
pub mod routes;

use std::path::PathBuf;

use ruff_python_ast::ModModule;

pub use endpoints::{Accept, Constant, Endpoint, Route, Selection};
pub use link::{Clients, Confidence, Contract, Obstacle, Reached};
pub use offers::{ClientKind, Offer};

use crate::python::Model;
use crate::text::source::Source;

/// Words without one of which a file says nothing about the contract.
pub const TRIGGERS: &[&str] = &[
    "subprotocol",
    "protocols=",
    "WebSocket-Protocol",
    "websocket-protocol",
    "accept(",
    "WebSocketRoute",
    "websocket_route",
    ".websocket(",
    "Mock",
    "Fake",
];

/// What one file says about the contract.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The file, as messages name it.
    pub path: PathBuf,
    /// Functions that are handed a WebSocket.
    pub endpoints: Vec<Endpoint>,
    /// Which function answers on which path.
    pub routes: Vec<Route>,
    /// Clients that offer subprotocols.
    pub offers: Vec<Offer>,
    /// Functions, by name, that a test calls itself with something that is no real WebSocket.
    pub faked: Vec<String>,
}

impl Facts {
    /// Whether the file says nothing about the contract.
    pub fn is_empty(&self) -> bool {
        self.endpoints.is_empty() && self.routes.is_empty() && self.offers.is_empty() && self.faked.is_empty()
    }
}

/// Collects what one file says.
pub fn collect(source: &Source, module: &ModModule, model: &Model<'_>) -> Facts {
    let mut facts = Facts { path: source.path().to_owned(), ..Facts::default() };
    let text = source.text();
    if !TRIGGERS.iter().any(|word| text.contains(word)) {
        return facts;
    }
    // The class, a route that somebody registers, or a test that calls an endpoint with a stand-in.
    let words = ["WebSocket", ".websocket(", "websocket_route", "Mock", "Fake"];
    if words.iter().any(|word| text.contains(word)) {
        endpoints::collect(source, module, model, &mut facts);
    }
    if text.contains("rotocol") {
        offers::collect(source, model, &mut facts);
    }
    facts
}
