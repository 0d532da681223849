//! A response cannot be made with `None` as its body.
//!
//! `Response(status_code, reason_phrase, headers, None)` was right up to websockets 14.1. Since 14.2 the body is added to the head
//! without a look, which raises `TypeError`: the server closes the connection without an answer, and the client gets
//! `InvalidMessage: did not receive a valid HTTP response` instead of the status.
//!
//! ```python
//! from websockets.datastructures import Headers
//! from websockets.http11 import Response
//!
//! def process_request(connection, request):
//!     if request.path == "/health":
//!         return Response(204, "No Content", Headers(), None)
//! ```
//! becomes
//! ```python
//! from websockets.datastructures import Headers
//! from websockets.http11 import Response
//!
//! def process_request(connection, request):
//!     if request.path == "/health":
//!         return Response(204, "No Content", Headers(), b"")
//! ```
//!
//! The fix is safe: with `b""` the same bytes are sent, with all versions.
//!
//! ## When there is no fix
//!
//! The value is computed elsewhere.

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS211", since: "14.2", severity: Severity::Error, fix: Safe, triggers: &["Response"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let body = call.arguments.find_argument_value("body", 3)?;
    body.is_none_literal_expr().then_some(())?;
    cx.callee(call).is_one_of(names::RESPONSE).then_some(())?;
    if !cx.target.reaches([14, 2]) || cx.model.is_version_guarded(call.start()) {
        return None;
    }
    let message = "the body of a response can no longer be None (since websockets 14.2): sending it raises TypeError";
    let finding = cx.report(body, message);
    finding.here("now `b\"\"`").help("Write `b\"\"`, or leave it out.");
    finding.fix(Safe, vec![Edit::replace(body, "b\"\"")]);
    Some(())
}
