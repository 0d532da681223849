//! Methods of a connection class that the legacy server called, and the new one does not call.
//!
//! In a class derived from `WebSocketServerProtocol`, `process_request` and `select_subprotocol` were called for every
//! handshake. In one derived from the new `ServerConnection` nobody calls them, since websockets 13.0: no error, and what
//! `process_request` was to refuse is let in.
//!
//! ```python
//! import websockets
//!
//! class Connection(websockets.ServerConnection):
//!     def process_request(self, path, headers):
//!         if "Authorization" not in headers:
//!             return 401, [], b"who are you?"
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, create_connection=Connection) as server:
//!         await server.serve_forever()
//! ```
//!
//! There is no fix, because the arguments are others too: pass functions to `serve()`, `process_request(connection, request)` and
//! `select_subprotocol(connection, subprotocols)`. Nothing is reported where the file reads the method from somewhere, as in
//! `process_request=Connection.process_request`.
//!
//! ## When there is no fix
//!
//! A method becomes a function with other arguments.

use ruff_python_ast::{Stmt, StmtClassDef};

use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::DisplayOnly;

pub const META: Meta = Meta {
    code: "WS510",
    since: "13.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &["process_request", "select_subprotocol"],
};

/// The methods, and what is passed instead.
const HOOKS: &[(&str, &str)] = &[
    ("process_request", "process_request(connection, request)"),
    ("select_subprotocol", "select_subprotocol(connection, subprotocols)"),
];

/// Connections of the new servers.
const SERVER: &[&str] = &["websockets.ServerConnection", "websockets.asyncio.server.ServerConnection"];

pub fn check<'a>(class: &'a StmtClassDef, cx: &mut Context<'a>) -> Option<()> {
    let methods = class.body.iter().filter_map(Stmt::as_function_def_stmt);
    let hooks: Vec<_> = methods
        .filter_map(|def| Some((def, HOOKS.iter().find(|(name, _)| *name == def.name.as_str())?)))
        .filter(|(_, (name, _))| !cx.source.text().contains(&format!(".{name}")))
        .collect();
    (!hooks.is_empty()).then_some(())?;
    let bases = class.arguments.as_deref()?;
    let base = bases.args.iter().find(|base| cx.model.derives_from(&cx.origin(base), SERVER))?;
    for (def, (name, function)) in hooks {
        if cx.model.is_version_guarded(def.range.start()) {
            continue;
        }
        let message = format!(
            "servers no longer call `{name}` of their connections (since websockets 13.0): what it decides is ignored"
        );
        let finding = cx.report(&def.name, message);
        finding.help(format!("Pass a function to `serve()`: `{function}`.")).label(base, "the new connection");
    }
    Some(())
}
