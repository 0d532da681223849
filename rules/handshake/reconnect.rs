//! `async for ws in connect(...)` gives up where the old client retried.
//!
//! The legacy client tried again after any exception, a rejection with status 404 and a bug in an argument included. The new one,
//! which is what the top level has since websockets 14.0, does so only after network errors, timeouts and the statuses 500, 502,
//! 503 and 504. Anything else is raised out of the loop: a rejection with status 401, 403 or 404, an invalid handshake, a TLS
//! failure.
//!
//! ```python
//! import websockets
//!
//! async def main(uri, headers):
//!     async for ws in websockets.connect(uri, extra_headers=headers):
//!         async for message in ws:
//!             print(message)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(uri, headers):
//!     async for ws in websockets.connect(uri, extra_headers=headers, process_exception=lambda exc: None):
//!         async for message in ws:
//!             print(message)
//! ```
//!
//! With `process_exception=lambda exc: None` everything is tried again, as before. It returns the exception to raise, so
//! `lambda exc: exc` makes every error final, a refused connection included; in such a loop that is reported too. The fix is unsafe: a server that answers 404 is asked for ever, which is often
//! not what was wanted in the first place.
//!
//! It is a warning where an argument that only the old client had stands in the same call, and where both sides of 14.0 are
//! supported, because then the versions differ. It is an info without a fix where the file names something else of the old
//! API. A loop without such a sign was as likely written for the new client, and is left alone. Passing `process_exception`, or a
//! dictionary that is not spelled out, says that somebody thought of it.
//!
//! ## When there is no fix
//!
//! Which errors should end the loop is a decision.

use ruff_python_ast::{ExprCall, ModModule};
use ruff_text_size::Ranged;

use crate::fixes::arguments;
use crate::fixes::retrying::{self, ARGUMENT, Loop};
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS205", since: "14.0", severity: Severity::Warning, fix: Unsafe, triggers: &["async for"] };

/// What only the legacy client took.
const LEGACY: &[&str] = &["extra_headers", "timeout", "loop", "read_limit", "legacy_recv", "klass", "create_protocol"];

/// Names of the old API: a file that has one was written for it.
const DATED: &[&str] = &["InvalidStatusCode", "WebSocketClientProtocol", "extra_headers", "websockets.legacy"];

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for Loop { statement, call } in retrying::loops(cx, module, names::TOP_LEVEL_CONNECT) {
        report_raising(cx, call);
        if retrying::chooses(cx, call) || cx.model.is_version_guarded(call.start()) {
            continue;
        }
        let is_old = LEGACY.iter().any(|name| !cx.model.passed(call, name).is_empty());
        if cx.target.side == Side::Modern && !is_old && !DATED.iter().any(|name| cx.source.text().contains(name)) {
            continue;
        }
        let is_here = statement.iter.range().contains_range(call.range());
        let (severity, help) = match cx.target.side {
            Side::Both => (
                Severity::Warning,
                "To try again on all versions, pass `process_exception=lambda exc: None` where \
                 `inspect.signature(websockets.connect).parameters` has it; or catch what ends the loop."
                    .to_owned(),
            ),
            _ => (
                if is_old { Severity::Warning } else { Severity::Info },
                format!("Catch the exception that ends the loop; to retry after every error, pass `{ARGUMENT}`."),
            ),
        };
        let fix = if is_old && is_here && cx.target.side == Side::Modern {
            arguments::add(cx.source, call, ARGUMENT)
        } else {
            None
        };
        let message = "this loop now ends with an exception when the server rejects the connection (since websockets 14.0): before, \
             it tried again after any error";
        let finding = cx.report(&*call.func, message);
        finding.severity(severity).help(help);
        if let Some(edit) = fix {
            finding.fix(Unsafe, vec![edit]);
        }
    }
    Some(())
}

/// Reports a `process_exception` that returns what it gets, so that nothing is ever tried again.
fn report_raising<'a>(cx: &mut Context<'a>, call: &'a ExprCall) -> Option<()> {
    let passed = call.arguments.find_keyword("process_exception")?;
    let lambda = passed.value.as_lambda_expr()?;
    let parameter = &lambda.parameters.as_deref()?.iter_non_variadic_params().next()?.parameter.name;
    let returned = lambda.body.as_name_expr().filter(|name| name.id == parameter.id)?;
    cx.report(&passed.value, "this makes every error final: `process_exception` returns the exception to raise")
        .on(Side::Modern)
        .help("Return None to retry, as the old client did.")
        .fix(Unsafe, vec![Edit::replace(returned, "None")]);
    Some(())
}
