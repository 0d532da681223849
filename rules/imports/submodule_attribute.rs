//! A submodule of the library is read as an attribute before anything has imported it.
//!
//! The top level imports its names when they are asked for. After `import websockets` alone there is no `websockets.legacy`: up
//! to 13.1 using `websockets.connect` brought it along, since 14.0 nothing does, and reading it raises `AttributeError: module
//! 'websockets' has no attribute 'legacy'`. Other submodules, such as `websockets.exceptions`, are there once a top-level name has
//! been used; what is evaluated before that, when the module is imported or in `pytest.raises(...)`, fails unless somebody else has
//! imported them.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.legacy.client.connect(uri) as ws:
//!         await ws.send("hello")
//! ```
//! becomes
//! ```python
//! import websockets
//! import websockets.legacy.client
//!
//! async def main(uri):
//!     async with websockets.legacy.client.connect(uri) as ws:
//!         await ws.send("hello")
//! ```
//!
//! The fix imports the submodule. It is safe: it only adds what was taken for granted.
//!
//! ## When there is no fix
//!
//! The module is reached in a way that an import cannot replace.

use ruff_python_ast::{ExprAttribute, Stmt, StmtImport};
use ruff_text_size::{Ranged, TextSize};

use crate::fixes::imports::place;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Model;
use crate::syntax::scope::{ScopeKind, Value};
use crate::text::edit::Applicability::Safe;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS406", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["websockets"] };

/// Submodules that the use of a top-level name brings along.
const BROUGHT_ALONG: &[&str] =
    &["asyncio", "datastructures", "exceptions", "frames", "headers", "http11", "protocol", "typing", "uri"];

/// Files that import files that import ... are followed this far.
const DEPTH: u32 = 3;

/// What the legacy implementation consists of.
const LEGACY: &[&str] = &["auth", "client", "exceptions", "framing", "handshake", "http", "protocol", "server"];

pub fn check<'a>(attribute: &'a ExprAttribute, cx: &mut Context<'a>) -> Option<()> {
    let name = attribute.attr.as_str();
    (name == "legacy" || BROUGHT_ALONG.contains(&name)).then_some(())?;
    let package = attribute.value.as_name_expr()?;
    (attribute.ctx.is_load() && cx.origin(&attribute.value).is_one_of(&["websockets"])).then_some(())?;
    let start = attribute.start();
    // What the library itself brings along is asked first: other files are looked at only for what is left.
    let is_too_early = || package.id == "websockets" && runs_first(cx, start) && !is_touched_before(cx, start);
    let module = match name {
        "legacy" => format!("websockets.legacy.{}", legacy_part(cx, attribute)?),
        _ if is_too_early() => format!("websockets.{name}"),
        _ => return None,
    };
    let chooses = cx.model.is_version_guarded(start)
        || cx.model.import_try(start).is_some()
        || cx.model.is_probed_for(&attribute.value, name);
    let import = plain_import(cx, &package.id)?;
    (!chooses && !is_loaded(cx.model, name, DEPTH)).then_some(())?;
    let message = if name == "legacy" {
        "`import websockets` does not bring `websockets.legacy` since websockets 14.0: reading it raises AttributeError"
            .to_owned()
    } else {
        format!(
            "`websockets.{name}` is not there before something has imported it: reading it here raises AttributeError"
        )
    };
    let edit = place::behind(cx, import.range, &format!("import {module}"));
    let finding = cx.report(attribute, message);
    finding.help(format!("Import `{module}`."));
    finding.severity(if name == "legacy" { META.severity } else { Severity::Warning });
    if let Some(edit) = edit.filter(|_| package.id == "websockets") {
        finding.fix(Safe, vec![edit]);
    }
    Some(())
}

/// The statement at the top that imports the package and nothing else.
fn plain_import<'a>(cx: &Context<'a>, name: &str) -> Option<&'a StmtImport> {
    cx.module.body.iter().filter_map(Stmt::as_import_stmt).find(|import| match import.names.as_slice() {
        [alias] => alias.name.as_str() == "websockets" && alias.asname.as_deref().unwrap_or("websockets") == name,
        _ => false,
    })
}

/// `client` of `websockets.legacy.client`.
fn legacy_part<'a>(cx: &Context<'a>, attribute: &ExprAttribute) -> Option<&'a str> {
    let rest = cx.source.text().get(attribute.end().to_usize()..)?.strip_prefix('.')?;
    let part = rest.split(|character: char| !character.is_alphanumeric() && character != '_').next()?;
    LEGACY.contains(&part).then_some(part)
}

/// Whether an import of the file brings the submodule: the legacy one by its path or by a name that leads there, the others by
/// anything of the library. What files of the project bring counts too.
fn is_loaded(model: &Model, submodule: &str, depth: u32) -> bool {
    let path = format!("websockets.{submodule}");
    let leads_there = |module: &str| module == path || module.strip_prefix(&path).is_some_and(|it| it.starts_with('.'));
    let is_legacy_name =
        |name: &str| name.contains("Protocol") || name.ends_with("Handshake") || name.contains("StatusCode");
    let statements = model.scopes().bindings.iter();
    let from = statements.clone().any(|binding| match binding.value {
        Value::ImportFrom(import, alias) => {
            let module = import.module.as_deref().unwrap_or_default();
            let is_library = import.level == 0 && names::is_library(module);
            let whole = format!("{module}.{}", alias.name);
            is_library
                && (leads_there(module) || leads_there(&whole) || submodule != "legacy" || is_legacy_name(&alias.name))
        }
        _ => false,
    });
    let text = model.text();
    let plain = text.match_indices("import websockets.").any(|(at, found)| {
        let rest = text.get(at + found.len()..).unwrap_or_default();
        let module = rest.split(|it: char| !it.is_alphanumeric() && it != '_' && it != '.').next().unwrap_or_default();
        submodule != "legacy" || leads_there(&format!("websockets.{module}"))
    });
    from || plain || depth > 0 && is_loaded_elsewhere(model, submodule, depth - 1)
}

/// Whether a file of the project that the module imports first brings the submodule.
fn is_loaded_elsewhere(model: &Model, submodule: &str, depth: u32) -> bool {
    let mut files: Vec<String> = Vec::new();
    for stmt in model.body() {
        match stmt {
            Stmt::Import(import) => {
                files.extend(import.names.iter().filter_map(|alias| model.module_file(&alias.name)));
            }
            Stmt::ImportFrom(import) => files.extend(model.module_of(import)),
            _ => {}
        }
    }
    files.retain(|file| **file != **model.file());
    files.iter().any(|file| model.ask(file, |other| is_loaded(other, submodule, depth)).unwrap_or_default())
}

/// Whether the code at `offset` runs when the module is imported, or is what `pytest.raises` is called with.
fn runs_first(cx: &Context, offset: TextSize) -> bool {
    let scopes = cx.model.scopes();
    let kind = scopes.scope(scopes.block(scopes.block_at(offset)).scope).kind;
    let is_raises = cx.model.calls().iter().any(|call| {
        call.arguments.range().contains(offset)
            && cx.model.may_be_called(&call.func, &["raises"])
            && cx.origin(&call.func).is_one_of(&["pytest.raises"])
    });
    is_raises || matches!(kind, ScopeKind::Module | ScopeKind::Class(_)) && !in_handler(cx, offset)
}

/// Whether it is what an `except` names, which is evaluated when something has gone wrong already.
fn in_handler(cx: &Context, offset: TextSize) -> bool {
    cx.model
        .tries()
        .iter()
        .flat_map(|it| &it.handlers)
        .filter_map(|handler| handler.as_except_handler())
        .any(|handler| handler.type_.as_ref().is_some_and(|classes| classes.range().contains(offset)))
}

/// Whether a name of the top level is used before, when the module is imported.
fn is_touched_before(cx: &Context, offset: TextSize) -> bool {
    let is_lazy =
        |name: &str| !BROUGHT_ALONG.contains(&name) && !matches!(name, "legacy" | "version") && !name.starts_with('_');
    let scopes = cx.model.scopes();
    let text = cx.source.text();
    text.match_indices("websockets.").any(|(at, found)| {
        let Ok(place) = u32::try_from(at).map(TextSize::from) else { return false };
        let rest = text.get(at + found.len()..).unwrap_or_default();
        let name = rest.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default();
        let kind = scopes.scope(scopes.block(scopes.block_at(place)).scope).kind;
        place < offset && is_lazy(name) && matches!(kind, ScopeKind::Module | ScopeKind::Class(_))
    })
}
