//! `timeout` of `connect()` and `serve()` was, and is now called, `close_timeout`.
//!
//! The argument was renamed in websockets 7.0. The legacy implementation took the old name, with a `DeprecationWarning`; the new
//! one, which is what the top level has since 14.0, passes it on to the event loop: `TypeError: ... got an unexpected keyword
//! argument 'timeout'`.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri, timeout=5) as ws:
//!         await ws.send("hello")
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri, close_timeout=5) as ws:
//!         await ws.send("hello")
//! ```
//!
//! The fix is safe: it says what the old library did, which is to limit how long *closing* may take; and both names work with
//! all supported versions. Whoever meant the opening handshake wants `open_timeout`, which is 10 seconds by default: with the
//! setting `timeout-means = "open"` that is what the fix writes. It is unsafe where the code still runs before 14.0, where `timeout`
//! limits the closing today; and left to a person where `open_timeout` is not known (`connect()` has it since 10.0, `serve()` since 11.0).
//!
//! Next to `close_timeout`, and as `None`, `timeout` had no effect and is removed. Next to `additional_headers` it never worked: no version has
//! both. There the fix is `open_timeout`, and unsafe, because it is a guess at what was meant. A `timeout` in a dictionary that
//! is also used for something else is renamed as an unsafe fix, and left to a person next to `additional_headers`: that may have
//! been `extra_headers` until it was fixed.
//!
//! ## When there is no fix
//!
//! Another argument at the call, or another reader of the dictionary, contradicts the new name.

use ruff_python_ast::ExprCall;

use crate::fixes::arguments;
use crate::lint::options::TimeoutMeans;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::{Passed, Spelling};
use crate::target::Side;
use crate::text::edit::Applicability::{self, Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS104", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["timeout"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let (callee, is_top_level) = arguments::callee(call, cx, "timeout")?;
    let side = if is_top_level { cx.target.side } else { Side::Modern };
    let is_client = callee.is_one_of(&[names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT].concat());
    let function = if is_client { "connect" } else { "serve" };
    for place in arguments::places(call, cx, "timeout", "close_timeout") {
        let Change { help, applicability, edits } = change(&place, call, is_client, side, cx);
        let message = format!(
            "`{function}()` no longer accepts `timeout` (removed in websockets 14.0): passing it raises TypeError"
        );
        let finding = cx.report(place.range(), message);
        finding.on(side).help(help);
        if let Some(edits) = edits {
            finding.fix(applicability, edits);
        }
    }
    Some(())
}

/// What becomes of one `timeout`.
struct Change {
    help: &'static str,
    applicability: Applicability,
    /// `None` where a person has to decide.
    edits: Option<Vec<Edit>>,
}

fn change<'a>(place: &Passed, call: &'a ExprCall, is_client: bool, side: Side, cx: &Context<'a>) -> Change {
    let has = |name: &str| !cx.model.passed(call, name).is_empty();
    let is_none = matches!(place.spelling, Spelling::Keyword(keyword) if keyword.value.is_none_literal_expr());
    // What other code reads from the same dictionary is renamed with it.
    let known = if place.only_here { Safe } else { Unsafe };
    if cx.options.timeout_means == TimeoutMeans::Open && !is_none && !has("open_timeout") {
        return Change {
            help: "Rename it to `open_timeout`, as `timeout-means` says; `connect()` accepts it since 10.0, `serve()` since 11.0.",
            // Before 14.0 both names worked, and meant different things.
            applicability: if side == Side::Both { Unsafe } else { known },
            edits: if has_open_timeout(is_client, side, cx) { place.rename("open_timeout") } else { None },
        };
    }
    if has("close_timeout") {
        return Change {
            help: "Remove it: next to `close_timeout` it had no effect.",
            applicability: Safe,
            edits: remove(place, call, cx),
        };
    }
    if is_none {
        return Change {
            help: "Remove it: None meant the default of 10 seconds; as `close_timeout` it would mean no limit.",
            applicability: Safe,
            edits: remove(place, call, cx),
        };
    }
    if has("additional_headers") && !place.only_here {
        return Change {
            help: "`close_timeout` is what it was before 14.0; `open_timeout` limits the opening handshake.",
            applicability: Unsafe,
            edits: None,
        };
    }
    if has("additional_headers") {
        return Change {
            help: "It never worked together with `additional_headers`, in any version; `open_timeout` limits the opening handshake.",
            applicability: Unsafe,
            edits: place.rename("open_timeout"),
        };
    }
    Change {
        help: "Rename it to `close_timeout`, which is what it did; to limit the opening handshake, pass `open_timeout`.",
        applicability: known,
        edits: place.rename("close_timeout"),
    }
}

/// Whether every supported version has `open_timeout`.
fn has_open_timeout(is_client: bool, side: Side, cx: &Context) -> bool {
    side != Side::Both || cx.target.starts_at([if is_client { 10 } else { 11 }])
}

fn remove(place: &Passed, call: &ExprCall, cx: &Context) -> Option<Vec<Edit>> {
    match place.spelling {
        Spelling::Keyword(keyword) => Some(vec![arguments::remove(cx.source, call, keyword)?]),
        Spelling::Key(_) => None,
    }
}
