//! `ConnectionClosed` is made from close frames, not from a code and a reason.
//!
//! Since websockets 10.0 the constructor takes the close frame that was received and the one that was sent. With a code and a reason
//! it raises `AssertionError`. That happens mostly in tests, where it hides behind the error that was to be imitated.
//!
//! ```python
//! from websockets.exceptions import ConnectionClosed
//!
//! error = ConnectionClosed(1001, "going away")
//! ```
//! becomes
//! ```python
//! from websockets.exceptions import ConnectionClosed
//! from websockets.frames import Close
//!
//! error = ConnectionClosed(Close(1001, "going away"), None)
//! ```
//!
//! The fix is safe: a certain `AssertionError` becomes an exception with this code and this reason, received from the other
//! side. Code 1006 without a reason says that there was no close frame, and becomes `ConnectionClosed(None, None)`. There is no fix
//! where versions before 10.0 are supported.
//!
//! ## When there is no fix
//!
//! The code or the reason is not visible at the call.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::fixes::arguments;
use crate::fixes::imports;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS207", since: "10.0", severity: Severity::Error, fix: Safe, triggers: &["ConnectionClosed"] };

/// The frame under its paths.
const CLOSE: &[&str] = &["websockets.Close"];

/// What a close code can be spelled with.
const CODES: &[&str] = &["websockets.frames.CloseCode.", "websockets.CloseCode."];

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let arguments = &call.arguments;
    let code = arguments.find_keyword("code").map(|keyword| &keyword.value).or(arguments.args.first())?;
    let is_named = arguments.find_keyword("code").is_some();
    (is_named || is_code(cx, code)).then_some(())?;
    let known = ["code", "reason", "rcvd_then_sent"];
    let is_known = arguments
        .keywords
        .iter()
        .all(|keyword| keyword.arg.as_ref().is_some_and(|name| known.contains(&name.as_str())));
    let is_plain = is_known && !arguments.args.iter().any(Expr::is_starred_expr);
    ((2..=3).contains(&arguments.len()) && is_plain).then_some(())?;
    cx.callee(call).is_one_of(names::CONNECTION_CLOSED.top_level).then_some(())?;
    if !cx.target.reaches([10, 0]) || cx.model.is_version_guarded(call.start()) {
        return None;
    }
    let edits = if cx.target.starts_before([10, 0]) { None } else { rewrite(call, code, cx) };
    let message = "it takes the received and sent close frames since websockets 10.0: with a code it raises \
                   AssertionError";
    let finding = cx.report(call, message);
    finding
        .here("a code and a reason")
        .help("Pass a frame from `websockets.frames`: `ConnectionClosed(Close(1000, \"bye\"), None)`.");
    if let Some(edits) = edits {
        finding.fix(Safe, edits);
    }
    Some(())
}

/// Whether the expression is certainly a number: a frame is none.
fn is_code(cx: &Context, expr: &Expr) -> bool {
    expr.is_number_literal_expr()
        || cx.origin(expr).library_name().is_some_and(|name| CODES.iter().any(|code| name.starts_with(code)))
}

fn rewrite(call: &ExprCall, code: &Expr, cx: &Context) -> Option<Vec<Edit>> {
    let arguments = &call.arguments;
    let named = ["code", "reason"].map(|name| arguments.find_keyword(name));
    (arguments.len() == 2 && arguments.args.len() + named.iter().flatten().count() == 2).then_some(())?;
    let reason = named[1].map(|keyword| &keyword.value).or(arguments.args.get(1))?;
    (!reason.is_none_literal_expr() && !cx.text(arguments).contains('#')).then_some(())?;
    let first = arguments.args.first().map(Ranged::start).or(arguments.keywords.first().map(Ranged::start))?;
    // A value in parentheses starts behind them.
    let before = cx.source.slice(TextRange::new(arguments.start(), first));
    (before.matches('(').count() == 1).then_some(())?;
    let end = arguments::end(cx.source, call)?;
    let is_empty = reason.as_string_literal_expr().is_some_and(|text| text.value.is_empty());
    if is_empty && cx.text(code) == "1006" {
        return Some(vec![Edit::replace(TextRange::new(first, end), "None, None")]);
    }
    let (close, import) = imports::name(cx, "websockets.frames", "Close", CLOSE)?;
    let mut edits = vec![Edit::insert(first, format!("{close}(")), Edit::insert(end, "), None")];
    edits.extend(import);
    Some(edits)
}
