//! Methods of a legacy connection class that only a legacy server calls: `process_request`, `select_subprotocol`, `check_credentials`.
//!
//! A class derived from `WebSocketServerProtocol` could override `process_request`, to refuse connections, and
//! `select_subprotocol`; one derived from `BasicAuthWebSocketServerProtocol` could override `check_credentials`. Since websockets 14.0 the
//! server of the top level makes its connections in another way and calls none of them. **A check in there lets everybody
//! in** as soon as the class is out of the way, and nothing says so.
//!
//! ```python
//! import websockets
//!
//! class Connection(websockets.WebSocketServerProtocol):
//!     async def process_request(self, path, headers):
//!         if "Authorization" not in headers:
//!             return 401, [], b"Missing credentials\n"
//! ```
//!
//! There is no fix, because the code has to go where the server is made:
//!
//! ```text
//! def process_request(connection, request):
//!     if "Authorization" not in request.headers:
//!         return connection.respond(401, "Missing credentials\n")
//!
//! websockets.serve(handler, "localhost", 8765, process_request=process_request)
//! ```
//!
//! A file that uses the legacy implementation under its own path is left alone.
//!
//! ## When there is no fix
//!
//! A method becomes a function with other arguments, and decides who is let in.

use ruff_python_ast::{Stmt, StmtClassDef};

use crate::lint::rule::{Context, Meta, Severity};
use crate::syntax::scope::Value;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS604",
    since: "14.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &["process_request", "select_subprotocol", "check_credentials"],
};

/// The methods, what they decided, and what does it now.
const HOOKS: &[(&str, &str, &str)] = &[
    (
        "process_request",
        "SECURITY: what it should refuse is let in",
        "Pass a function `(connection, request)` to `serve(process_request=...)`.",
    ),
    (
        "check_credentials",
        "SECURITY: what it should refuse is let in",
        "Pass `serve(process_request=basic_auth(check_credentials=...))`.",
    ),
    (
        "select_subprotocol",
        "nobody asks it",
        "Pass a function `(connection, subprotocols)` to `serve(select_subprotocol=...)`.",
    ),
];

/// Legacy classes under their names at the top level.
const OLD: &[&str] = &["websockets.WebSocketServerProtocol", "websockets.BasicAuthWebSocketServerProtocol"];

pub fn check<'a>(class: &'a StmtClassDef, cx: &mut Context<'a>) -> Option<()> {
    let methods = class.body.iter().filter_map(Stmt::as_function_def_stmt);
    let hooks: Vec<_> =
        methods.filter_map(|def| Some((def, HOOKS.iter().find(|(name, ..)| def.name.as_str() == *name)?))).collect();
    (!hooks.is_empty()).then_some(())?;
    let bases: Vec<_> =
        class.arguments.iter().flat_map(|arguments| &arguments.args).map(|base| cx.origin(base)).collect();
    let derives = |names: &[&str]| bases.iter().any(|base| cx.model.derives_from(base, names));
    (derives(OLD) && !uses_legacy(cx)).then_some(())?;
    if cx.model.is_version_guarded(class.range.start()) || cx.model.is_chosen(class.range.start()) {
        return None;
    }
    for (def, (name, consequence, recipe)) in hooks {
        let message =
            format!("servers no longer call `{name}` of their connections (since websockets 14.0): {consequence}");
        cx.report(&def.name, message).here("only legacy servers call it").help(*recipe);
    }
    Some(())
}

/// Whether the file holds on to the legacy implementation.
fn uses_legacy(cx: &Context) -> bool {
    let is_legacy = |module: &str| {
        matches!(module, "websockets.server" | "websockets.auth") || module.starts_with("websockets.legacy")
    };
    cx.model.scopes().bindings.iter().any(|binding| match binding.value {
        Value::Import(path) => is_legacy(path),
        Value::ImportFrom(import, _) => import.level == 0 && import.module.as_deref().is_some_and(is_legacy),
        _ => false,
    }) || !cx.model.references(names::LEGACY_SERVE).is_empty()
}
