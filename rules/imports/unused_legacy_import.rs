//! A name of the legacy implementation is imported and not used.
//!
//! Importing it is a `DeprecationWarning` since websockets 14.0, and often all that is left of a migration.
//!
//! ```python
//! from websockets import WebSocketClientProtocol, connect
//!
//! async def main(uri):
//!     return await connect(uri)
//! ```
//! becomes
//! ```python
//! from websockets import connect
//!
//! async def main(uri):
//!     return await connect(uri)
//! ```
//!
//! The fix is safe for names. It is unsafe for `import websockets.legacy.client`, because other files may live on the modules that it
//! loads. Nothing is reported in an `__init__.py`, where other files of the project take the name from this one, where a text
//! in the file names it (`__all__`), or where the line says `noqa`.
//!
//! ## When there is no fix
//!
//! The import may be there for its effect, or for other modules.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Alias, ModModule, Stmt, StmtImport};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashSet;

use crate::fixes::imports::statement::{self, Rewrite};
use crate::fixes::imports::{self, moves};
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::{self, Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS408", since: "14.0", severity: Severity::Warning, fix: Safe, triggers: &["websockets"] };

/// Names of the legacy implementation, besides its clients, servers and classes.
const NAMES: &[&str] = &[
    "websockets.AbortHandshake",
    "websockets.exceptions.AbortHandshake",
    "websockets.RedirectHandshake",
    "websockets.exceptions.RedirectHandshake",
    "websockets.basic_auth_protocol_factory",
    "websockets.auth.basic_auth_protocol_factory",
    "websockets.legacy.auth.basic_auth_protocol_factory",
    "websockets.BasicAuthWebSocketServerProtocol",
    "websockets.auth.BasicAuthWebSocketServerProtocol",
    "websockets.legacy.auth.BasicAuthWebSocketServerProtocol",
    "websockets.legacy.protocol.broadcast",
    "websockets.legacy.server.broadcast",
    "websockets.legacy.auth",
    "websockets.legacy.client",
    "websockets.legacy.exceptions",
    "websockets.legacy.framing",
    "websockets.legacy.handshake",
    "websockets.legacy.http",
    "websockets.legacy.protocol",
    "websockets.legacy.server",
    "websockets.auth",
    "websockets.legacy",
];

/// Modules that are there for what is legacy in them, as `import` names them.
const MODULES: &[&str] = &[
    "websockets.auth",
    "websockets.client",
    "websockets.server",
    "websockets.legacy",
    "websockets.legacy.auth",
    "websockets.legacy.client",
    "websockets.legacy.exceptions",
    "websockets.legacy.protocol",
    "websockets.legacy.server",
];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let is_package = cx.source.path().ends_with("__init__.py");
    (!is_package && cx.target.side.has_modern()).then_some(())?;
    let types = names::LEGACY_TYPES.iter().flat_map(|class| class.paths);
    let calls = [names::LEGACY_CONNECT, names::LEGACY_SERVE, names::INVALID_STATUS_CODE, NAMES].concat();
    let paths: Vec<&str> = types.copied().chain(calls).collect();
    for it in moves::brought(cx, &paths) {
        let (alias, name) = (it.alias, imports::local(it.alias));
        let is_meant = it.alias.asname.as_deref() == Some(it.alias.name.as_str()) || is_spoken_for(cx, it.import);
        let module = it.import.module.as_ref().map_or(alias.range, Ranged::range);
        if is_meant || imports::is_used(cx, name, &[alias.range, module]) || cx.model.is_taken(name) {
            continue;
        }
        let edits = Rewrite::of(it.import).drop(alias).edits(cx);
        report(cx, alias, Safe, edits);
    }
    for import in cx.module.body.iter().filter_map(Stmt::as_import_stmt) {
        let [alias] = import.names.as_slice() else { continue };
        let is_one = MODULES.contains(&alias.name.as_str()) && cx.model.module_file(&alias.name).is_none();
        if is_one && !is_spoken_for(cx, import) && !is_module_used(cx, import, alias) {
            let edits = module_edits(cx, import, alias);
            report(cx, alias, Unsafe, edits);
        }
    }
    Some(())
}

/// Whether somebody has said that the import stays, or code around it chooses.
fn is_spoken_for(cx: &Context, import: impl Ranged) -> bool {
    let start = import.start();
    let rest = cx.source.text().get(start.to_usize()..).unwrap_or_default();
    let statement = rest.get(..import.range().len().to_usize()).unwrap_or_default();
    let behind = rest.get(statement.len()..).and_then(|rest| rest.split(['\n', '\r']).next()).unwrap_or_default();
    let is_quiet = statement.contains("noqa") || behind.contains("noqa");
    is_quiet || cx.model.is_version_guarded(start) || cx.model.import_try(start).is_some()
}

/// Whether something in the file needs the module: by its name, or what it brings along below `websockets`.
fn is_module_used(cx: &Context, import: &StmtImport, alias: &Alias) -> bool {
    if let Some(name) = &alias.asname {
        return imports::is_used(cx, name, &[import.range]) || cx.model.is_taken(name);
    }
    let submodules = [
        "auth",
        "client",
        "exceptions",
        "frames",
        "headers",
        "http11",
        "legacy",
        "protocol",
        "server",
        "uri",
        "datastructures",
        "typing",
    ];
    let needs_nobody = named_by_from(cx);
    submodules.iter().any(|name| {
        let text = format!("websockets.{name}");
        cx.source.text().match_indices(&text).any(|(at, _)| {
            let place = TextSize::try_from(at).unwrap_or_default();
            !import.range.contains(place) && !needs_nobody.contains(&place)
        })
    })
}

/// Where a `from` import names its module.
fn named_by_from(cx: &Context) -> FxHashSet<TextSize> {
    let pairs = cx.tokens.windows(2).filter(|pair| pair[0].kind() == TokenKind::From);
    pairs.map(|pair| pair[1].start()).collect()
}

/// The statement goes; `import websockets` stays of it where that name is used and nothing else brings it.
fn module_edits(cx: &Context, import: &StmtImport, alias: &Alias) -> Option<Vec<Edit>> {
    let others = cx.module.body.iter().filter_map(Stmt::as_import_stmt).filter(|other| other.range != import.range);
    let brings = |other: &Alias| other.asname.is_none() && other.name.split('.').next() == Some("websockets");
    let is_brought = others.flat_map(|other| &other.names).any(brings);
    let is_needed = imports::is_used(cx, "websockets", &[import.range]);
    if alias.asname.is_some() || is_brought || !is_needed {
        return Some(vec![statement::delete(cx, import.range)?]);
    }
    Some(vec![Edit::replace(&alias.name, "websockets")])
}

fn report(cx: &mut Context, alias: &Alias, applicability: Applicability, edits: Option<Vec<Edit>>) {
    // These two warn when something legacy is taken from them, not when they are imported.
    let is_quiet = matches!(alias.name.as_str(), "websockets.client" | "websockets.server");
    let message = if is_quiet {
        format!("`{}` is imported and not used", alias.name)
    } else {
        format!("`{}` is imported and not used; it is deprecated since websockets 14.0", alias.name)
    };
    let finding = cx.report(alias, message);
    finding.help("Remove it.").severity(if is_quiet { Severity::Info } else { META.severity });
    if let Some(edits) = edits {
        finding.fix(applicability, edits);
    }
}
