//! `except ImportError` around an import that still succeeds: the new name is never used.
//!
//! `InvalidStatusCode` can be imported in every version up to 17.4, but the top-level `connect()` does not raise it since
//! websockets 14.0. Code that tries the old name first, and imports `InvalidStatus` only when that fails, keeps the old name for
//! ever.
//!
//! ```python
//! try:
//!     from websockets.exceptions import InvalidStatusCode
//! except ImportError:
//!     from websockets.exceptions import InvalidStatus as InvalidStatusCode
//! ```
//!
//! There is no fix, because what the name is used for has to change too. `InvalidStatus` exists since websockets 10.0: import
//! it without a fallback, and run wsupgrade again for the handlers.
//!
//! ## When there is no fix
//!
//! Which of both names the code below is written for is not visible.

use ruff_python_ast::{Stmt, StmtImportFrom, StmtTry};

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS204",
    since: "14.0",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &["InvalidStatusCode"],
};

pub fn check<'a>(statement: &'a StmtTry, cx: &mut Context<'a>) -> Option<()> {
    cx.target.side.has_modern().then_some(())?;
    let handlers = || statement.handlers.iter().filter_map(|handler| handler.as_except_handler());
    let on_import_error = handlers().find(|handler| {
        handler.type_.as_deref().is_some_and(|classes| {
            cx.model.raised(classes).may_be_instance_of(&["builtins.ImportError", "builtins.ModuleNotFoundError"])
        })
    })?;
    let old = imports(&statement.body, cx, &names::INVALID_STATUS_CODE[..2])?;
    // Another name in the same statements can fail, and then the fallback does run.
    let alone = statement.body.iter().all(|stmt| match stmt {
        Stmt::ImportFrom(import) => {
            import.names.len() == 1 && imports(&statement.body, cx, names::INVALID_STATUS_CODE).is_some()
        }
        _ => false,
    }) && statement.body.len() == 1;
    let new = imports(&on_import_error.body, cx, names::INVALID_STATUS)?;
    alone.then_some(())?;
    cx.report(
        old,
        "this import never fails, so the fallback below never runs: `InvalidStatusCode` can still be imported, up to websockets 17.4",
    )
    .here("succeeds, but `connect()` no longer raises it (since 14.0)")
    .label(new, "never runs")
    .help("Import `InvalidStatus`, which exists since websockets 10.0, without a fallback; then run wsupgrade again.");
    Some(())
}

/// The statement among `body` that imports one of `names`.
fn imports<'a>(body: &'a [Stmt], cx: &Context, names: &[&str]) -> Option<&'a StmtImportFrom> {
    body.iter().filter_map(|stmt| stmt.as_import_from_stmt()).find(|import| {
        import.names.iter().any(|alias| match cx.model.imports(import, &alias.name) {
            Origin::Ref(name) => names.contains(&name.as_str()),
            _ => false,
        })
    })
}
