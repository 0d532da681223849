//! `serve` is a function: no class can derive from it.
//!
//! `websockets.serve` was a class. Since websockets 17.0.1 it is a function, and a class that derives from it raises
//! `TypeError` as soon as its module is imported; `isinstance(x, serve)` raises `TypeError` when it runs.
//!
//! ```python
//! import websockets
//!
//! class Server(websockets.serve):
//!     pass
//! ```
//!
//! There is no fix. Wrap `serve()` in a function or a context manager of your own, and the object that it gives, `Server`, in a
//! class of your own.
//!
//! ## When there is no fix
//!
//! A class cannot derive from a function: what the subclass adds has to become a function of its own.

use ruff_python_ast::ModModule;
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::references::Role;
use crate::text::edit::Applicability::DisplayOnly;

pub const META: Meta =
    Meta { code: "WS113", since: "17.0.1", severity: Severity::Error, fix: DisplayOnly, triggers: &["serve"] };

/// Those that were classes; `unix_serve` has always been a function.
const SERVE: &[&str] = &["websockets.serve", "websockets.asyncio.server.serve"];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for reference in cx.model.references(SERVE) {
        let what = match reference.role {
            Role::Base => "a class that derives from it",
            Role::Instance(_) => "testing for an instance of it",
            _ => continue,
        };
        if cx.model.is_version_guarded(reference.expr.start()) {
            continue;
        }
        let reaches = cx.target.reaches([17, 0, 1]);
        let message = format!("`serve` became a function in websockets 17.0.1: {what} raises TypeError");
        let finding = cx.report(reference.expr, message);
        finding.help("Call `serve()` in a function of your own; it returns a `Server`.");
        if !reaches {
            finding.severity(Severity::Info);
        }
    }
    Some(())
}
