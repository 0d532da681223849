//! `AbortHandshake` and `RedirectHandshake` have no meaning in the new API.
//!
//! The legacy implementation used them inside: `AbortHandshake`, raised in `process_request`, answered with its status, and
//! `RedirectHandshake` carried the target of a redirect. Both can still be imported, with a `DeprecationWarning` since
//! websockets 14.0. The new server answers 500 to any exception in `process_request`, and nothing raises them any more, so that a
//! handler for them is dead.
//!
//! ```python
//! import http
//!
//! import websockets
//! from websockets.exceptions import AbortHandshake
//!
//! async def process_request(connection, request):
//!     if request.path == "/secret":
//!         raise AbortHandshake(http.HTTPStatus.FORBIDDEN, [])
//! ```
//!
//! There is no fix, because what decides is where the exception is raised. In `process_request`, return the answer instead:
//!
//! ```text
//! return connection.respond(http.HTTPStatus.FORBIDDEN, "Forbidden\n")
//! ```
//!
//! Files that use the legacy implementation under its own path are left alone.
//!
//! ## When there is no fix
//!
//! An exception becomes a response that is returned, which changes the control flow of its callers.

use ruff_python_ast::ModModule;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::references::Role;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS209",
    since: "14.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &["AbortHandshake", "RedirectHandshake"],
};

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    cx.model.references(&[names::LEGACY_CONNECT, names::LEGACY_SERVE].concat()).is_empty().then_some(())?;
    for reference in cx.model.references(names::LEGACY_CONTROL) {
        let start = ruff_text_size::Ranged::start(reference.expr);
        if cx.model.is_version_guarded(start) || cx.model.is_chosen(start) {
            continue;
        }
        let name = cx.model.origin(reference.expr);
        let name = name.library_name().and_then(|name| name.rsplit('.').next()).unwrap_or("AbortHandshake").to_owned();
        let (consequence, severity) = match reference.role {
            Role::Handler(..) | Role::Expected(_) | Role::Instance(_) => {
                ("nothing raises it, so this never runs", Severity::Warning)
            }
            Role::Construction(_) | Role::Base => ("the new server answers it with status 500", Severity::Error),
            Role::Annotation | Role::Pattern(_) | Role::Value => ("nothing raises or handles it", Severity::Warning),
        };
        let help = match reference.role {
            Role::Construction(_) | Role::Base => {
                "In `process_request`, return `connection.respond(status, text)` instead."
            }
            _ => "Catch `InvalidStatus`; its `response` is what the server answered.",
        };
        let finding = cx.report(
            reference.expr,
            format!("`{name}` belongs to the legacy implementation only (since websockets 14.0): {consequence}"),
        );
        finding.help(help).severity(severity);
    }
    Some(())
}
