//! The status of a rejected handshake is in `exc.response.status_code`.
//!
//! `InvalidStatus`, which the top-level `connect()` raises since websockets 14.0, has no `status_code` and no `headers`: both are
//! attributes of `exc.response`. Reading them from the exception raises `AttributeError` inside the handler, so that a rejection
//! looks like a bug in the program.
//!
//! ```python
//! from websockets.exceptions import InvalidStatus
//!
//! def explain(exc: InvalidStatus):
//!     return exc.status_code
//! ```
//! becomes
//! ```python
//! from websockets.exceptions import InvalidStatus
//!
//! def explain(exc: InvalidStatus):
//!     return exc.response.status_code
//! ```
//!
//! The fix is safe: what it replaces fails in every version. The same is done for `InvalidHandshake` and `WebSocketException`, the
//! base classes, where only websockets 14.0 and newer are supported: of what they catch there, nothing has `status_code`. Where
//! both sides of 14.0 are supported, the exception is asked whether it has a `response`.
//!
//! ## When there is no fix
//!
//! The attribute is written to, or read in a way that cannot be renamed.

use ruff_python_ast::{ModModule, StmtTry};

use crate::fixes::raising::Raising;
use crate::fixes::response;
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::Safe;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS202",
    since: "14.0",
    severity: Severity::Error,
    fix: Safe,
    triggers: &["status_code", "InvalidStatus", "InvalidHandshake", "WebSocketException"],
};

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    response::MOVED.iter().any(|name| cx.source.text().contains(name)).then_some(())?;
    let bases = cx.target.side.has_modern() && cx.model.references(names::LEGACY_CONNECT).is_empty();
    let classes =
        if bases { [names::INVALID_STATUS, names::HANDSHAKE_BASES].concat() } else { names::INVALID_STATUS.to_vec() };
    let raising = Raising::default();
    for read in response::attributes(cx, &classes) {
        // What asks by name is `dead-status-code-probe`.
        if read.by_name || read.may_be_old || cx.model.is_version_guarded(read.range.start()) {
            continue;
        }
        if is_told_apart(cx, &read, &raising) {
            continue;
        }
        let message = format!("`InvalidStatus` has no `{}`: reading it raises AttributeError", read.attribute);
        let finding = cx.report(read.range, message);
        finding.on(Side::Modern).here(format!("now `response.{}`", read.attribute)).help(format!(
            "Since websockets 14.0 a rejected handshake raises `InvalidStatus`; read `exc.response.{}`.",
            read.attribute
        ));
        if let Some(edit) = read.edit {
            finding.fix(Safe, vec![edit]);
        }
    }
    Some(())
}

/// Whether the code around also reads the response of the same exception, or expects the attribute to be missing: then it knows
/// both classes.
fn is_told_apart(cx: &Context, read: &response::Read, raising: &Raising) -> bool {
    let start = read.range.start();
    let response = format!("{}.response", read.object);
    let handlers = cx.model.tries().iter().flat_map(|statement| &statement.handlers);
    let around = handlers.filter_map(|handler| handler.as_except_handler()).filter(|it| it.range.contains(start));
    cx.model.is_chosen(start)
        || around.into_iter().any(|handler| cx.text(handler).contains(&response))
        || is_raised_old(cx, read, raising)
}

/// Whether the `try` of the handler around runs the legacy client, or something else that raises the old exception.
fn is_raised_old(cx: &Context, read: &response::Read, raising: &Raising) -> bool {
    let handles = |statement: &StmtTry| {
        statement.handlers.iter().filter_map(|handler| handler.as_except_handler()).any(|handler| {
            handler.range.contains_range(read.range)
                && handler.name.as_ref().is_some_and(|name| name.as_str() == read.object)
        })
    };
    cx.model.tries().iter().any(|statement| handles(statement) && raising.below(cx.model, statement).old)
}
