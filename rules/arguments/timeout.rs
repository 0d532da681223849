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
//! all supported versions. Whoever meant the opening handshake wants `open_timeout`, which is 10 seconds by default.
//!
//! Next to `close_timeout`, and as `None`, `timeout` had no effect and is removed. Next to `additional_headers` it never worked: no version has
//! both. There the fix is `open_timeout`, and unsafe, because it is a guess at what was meant. A `timeout` in a dictionary that
//! is also used for something else is renamed as an unsafe fix.

use ruff_python_ast::ExprCall;

use crate::api;
use crate::arguments;
use crate::edit::Applicability::{self, Safe, Unsafe};
use crate::edit::Edit;
use crate::rule::{Context, Meta, Severity};
use crate::semantic::keywords::{Passed, Spelling};
use crate::target::Side;

pub const META: Meta =
    Meta { code: "WS104", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["timeout"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let (callee, is_top_level) = arguments::callee(call, cx, "timeout")?;
    let function =
        if callee.is_one_of(&[api::TOP_LEVEL_CONNECT, api::ASYNCIO_CONNECT].concat()) { "connect" } else { "serve" };
    for place in arguments::places(call, cx, "timeout", "close_timeout") {
        let has = |name: &str| !cx.model.passed(call, name).is_empty();
        let (applicability, edit, help) = if has("close_timeout") {
            let help = "Remove it: next to `close_timeout` it had no effect.";
            (Safe, remove(&place, call, cx), help)
        } else if is_none(&place) {
            let help = "Remove it: None was the default, 10 seconds; for `close_timeout` it means for ever.";
            (Safe, remove(&place, call, cx), help)
        } else if has("additional_headers") {
            let help = "Next to `additional_headers` it never worked in any version; `open_timeout` limits the opening handshake.";
            (Unsafe, place.rename("open_timeout"), help)
        } else {
            let help = "Rename it to `close_timeout`, which is what it did; to limit the opening handshake, pass `open_timeout`.";
            (certainty(&place), place.rename("close_timeout"), help)
        };
        let is_legacy = is_top_level && cx.target.side == Side::Legacy;
        let message = format!("`{function}()` has no argument `timeout` since websockets 14.0: it raises TypeError");
        let finding = cx.report(place.range(), message);
        finding.help(help);
        if is_legacy {
            // There it works, with a warning.
            finding.severity(Severity::Info);
        }
        if let Some(edit) = edit {
            finding.fix(applicability, vec![edit]);
        }
    }
    Some(())
}

fn is_none(place: &Passed) -> bool {
    matches!(place.spelling, Spelling::Keyword(keyword) if keyword.value.is_none_literal_expr())
}

fn certainty(place: &Passed) -> Applicability {
    if place.only_here { Safe } else { Unsafe }
}

fn remove(place: &Passed, call: &ExprCall, cx: &Context) -> Option<Edit> {
    match place.spelling {
        Spelling::Keyword(keyword) => arguments::remove(cx.source, call, keyword),
        Spelling::Key(_) => None,
    }
}
