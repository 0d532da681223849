//! The subprotocol contract of a project: which subprotocols clients offer on a route, and what the server there selects.

use ruff_python_ast::ModModule;
use ruff_text_size::TextRange;

use crate::semantic::Model;
use crate::source::Source;

/// A WebSocket endpoint of a server.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its function's name in the text.
    pub name: TextRange,
}

/// What one file says about the contract.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Servers.
    pub endpoints: Vec<Endpoint>,
}

/// The contract of the whole project.
#[derive(Debug, Default)]
pub struct Contract {}

/// Collects what one file says.
pub fn collect(_source: &Source, _module: &ModModule, _model: &Model<'_>) -> Facts {
    Facts::default()
}
