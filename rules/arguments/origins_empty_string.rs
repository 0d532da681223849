//! An empty string in `origins` no longer allows requests without `Origin`: `None` does.
//!
//! `None` has been the right spelling since websockets 7.0. The legacy server still took `""`; the new one, which is what the top
//! level has since 14.0, answers 403 to every client that sends no `Origin`, which is every client but a browser.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, origins=["", "https://example.com"]) as server:
//!         await server.serve_forever()
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, origins=[None, "https://example.com"]) as server:
//!         await server.serve_forever()
//! ```
//!
//! The fix is safe: `None` means with all supported versions what `""` meant. Only a list that is written in the call is found.
//!
//! ## When there is no fix
//!
//! The empty string is computed elsewhere.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::fixes::arguments;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::target::Side;
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS108", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["origins"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let (callee, is_top_level) = arguments::callee(call, cx, "origins")?;
    callee.is_one_of(&[names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE].concat()).then_some(())?;
    for place in cx.model.passed(call, "origins") {
        let Spelling::Keyword(keyword) = place.spelling else { continue };
        let elements = match &keyword.value {
            Expr::List(list) => &list.elts,
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::Set(set) => &set.elts,
            _ => continue,
        };
        for element in elements {
            let is_empty = element.as_string_literal_expr().is_some_and(|string| string.value.is_empty());
            if !is_empty || cx.model.is_version_guarded(element.start()) {
                continue;
            }
            let breaks = !is_top_level || cx.target.side.has_modern();
            let message = "an empty origin no longer allows clients without `Origin` (since websockets 14.0): they get status 403";
            let finding = cx.report(element, message);
            // The old server takes `None` as well.
            finding.on(Side::Modern).here("now `None`").help("Write `None` for clients that send no `Origin`.");
            if !breaks {
                finding.severity(Severity::Info);
            }
            finding.fix(Safe, vec![Edit::replace(element, "None")]);
        }
    }
    Some(())
}
