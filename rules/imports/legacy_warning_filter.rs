//! A warning filter for the deprecation of the legacy implementation.
//!
//! The legacy implementation warns since websockets 14.0, and such a filter was often written to have quiet. Once nothing legacy is
//! used any more it hides what nobody wants hidden: the next deprecation.
//!
//! ```python
//! import asyncio
//! import warnings
//! import websockets
//!
//! warnings.filterwarnings("ignore", category=DeprecationWarning, module="websockets")
//!
//! async def main(uri):
//!     return await websockets.connect(uri)
//! ```
//! becomes
//! ```python
//! import asyncio
//! import websockets
//!
//! async def main(uri):
//!     return await websockets.connect(uri)
//! ```
//!
//! The fix takes the statement away, and the import of `warnings` where nothing else needs it. It is unsafe, and only offered where
//! no file of the project calls the legacy implementation under its own path. A filter that is a decorator or a mark of pytest is
//! reported only.
//!
//! ## When there is no fix
//!
//! The filter may hide other warnings as well.

use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::fixes::imports::{self, moves, statement};
use crate::lint::rule::{Context, Meta, Severity};
use crate::syntax::scope::Value;
use crate::target::Side;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS409",
    since: "14.0",
    severity: Severity::Warning,
    fix: Unsafe,
    triggers: &["filterwarnings", "simplefilter"],
};

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
    let texts: Vec<&str> = values.filter_map(|value| Some(value.as_string_literal_expr()?.value.to_str())).collect();
    let ignores = texts.iter().any(|text| text.starts_with("ignore") || *text == "once" || *text == "default");
    let is_about_it = texts.iter().any(|text| text.contains("websockets"));
    let names_other = texts.iter().any(|text| text.contains("uvicorn") || text.contains("sanic"));
    (ignores && is_about_it && !names_other && cx.target.side.has_modern()).then_some(())?;
    let callee = cx.callee(call);
    let is_mark = callee.is_one_of(&["pytest.mark.filterwarnings"]);
    (is_mark || callee.is_one_of(&["warnings.filterwarnings"])).then_some(())?;
    if cx.model.is_version_guarded(call.start()) {
        return None;
    }
    let mut used = cx.model.implementations();
    used.legacy |= imports_legacy(cx);
    let edits = if is_mark || used.legacy || cx.target.side != Side::Modern { None } else { edits(cx, call) };
    let (message, help, severity) = if used.legacy {
        (
            "this filter hides that the legacy implementation is deprecated (since websockets 14.0)",
            "Remove it once nothing in the project uses the legacy implementation.",
            Severity::Info,
        )
    } else {
        (
            "this filter hides the deprecations of websockets, and nothing in the project calls the legacy implementation",
            "Remove it.",
            META.severity,
        )
    };
    let finding = cx.report(call, message);
    finding.help(help).severity(severity);
    if let Some(edits) = edits {
        finding.fix(Unsafe, edits);
    }
    Some(())
}

/// Whether the file imports from the legacy implementation, which warns, whatever is done with it.
fn imports_legacy(cx: &Context) -> bool {
    let is_legacy = |module: &str| module == "websockets.auth" || module.starts_with("websockets.legacy");
    let types: Vec<&str> = names::LEGACY_TYPES.iter().flat_map(|class| class.paths).copied().collect();
    let modules = cx.model.scopes().bindings.iter().any(|binding| match binding.value {
        Value::Import(path) => is_legacy(path),
        Value::ImportFrom(import, _) => import.level == 0 && import.module.as_deref().is_some_and(is_legacy),
        _ => false,
    });
    modules || !moves::brought(cx, &types).is_empty() || !cx.model.references(&types).is_empty()
}

/// Takes the statement away, and the import that only it needs.
fn edits(cx: &Context, call: &ExprCall) -> Option<Vec<Edit>> {
    let mut edits = vec![statement::delete(cx, call.range())?];
    let Expr::Attribute(attribute) = &*call.func else { return Some(edits) };
    let module = attribute.value.as_name_expr()?;
    let imports = cx.module.body.iter().filter_map(Stmt::as_import_stmt);
    let import = imports.filter(|import| import.names.len() == 1).find(|import| {
        import.names.first().is_some_and(|alias| alias.asname.as_ref().unwrap_or(&alias.name).as_str() == module.id)
    });
    if let Some(import) = import
        && !imports::is_used(cx, &module.id, &[import.range, TextRange::new(call.start(), call.end())])
        && !cx.model.is_taken(&module.id)
    {
        edits.extend(statement::delete(cx, import.range));
    }
    Some(edits)
}
