//! The first argument of `serve()` is no longer called `ws_handler`.
//!
//! The new `serve()`, which is what the top level has since websockets 14.0, calls it `handler`. With the old name it raises
//! `TypeError: serve() missing 1 required positional argument: 'handler'`.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(ws_handler=handler, host="localhost", port=8765) as server:
//!         await server.serve_forever()
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, host="localhost", port=8765) as server:
//!         await server.serve_forever()
//! ```
//!
//! The fix is safe: without a name it is the same argument in all versions. Where it is not the first, or a key in a dictionary,
//! it is renamed to `handler`, if only websockets 14.0 and newer are supported; else it is reported.
//!
//! ## When there is no fix
//!
//! Other arguments would change their order.

use ruff_python_ast::ExprCall;
use ruff_text_size::{Ranged, TextRange};

use crate::fixes::arguments;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::target::Side;
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS107", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["ws_handler"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let (callee, is_top_level) = arguments::callee(call, cx, "ws_handler")?;
    callee.is_one_of(&[names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE].concat()).then_some(())?;
    let side = if is_top_level { cx.target.side } else { Side::Modern };
    for place in arguments::places(call, cx, "ws_handler", "handler") {
        let is_first = |range: TextRange| {
            call.arguments.args.is_empty() && call.arguments.keywords.first().is_some_and(|first| first.range == range)
        };
        let edits = match (place.spelling, side) {
            (Spelling::Keyword(keyword), _) if is_first(keyword.range) => {
                let name = TextRange::new(keyword.start(), keyword.value.start());
                // `ws_handler=(lambda ws: None)`: the parentheses stay.
                let text = cx.text(name);
                let end = text.find('=').map_or(text.len(), |at| at + 1);
                let space = text.get(end..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
                let length = u32::try_from(end + space).unwrap_or_default();
                (!text.contains('#')).then(|| vec![Edit::delete(TextRange::at(name.start(), length.into()))])
            }
            (_, Side::Both) => None,
            _ => place.rename("handler"),
        };
        let applicability = if place.only_here { Safe } else { Unsafe };
        let message =
            "`serve()` no longer accepts `ws_handler` (renamed in websockets 14.0): passing it raises TypeError";
        let finding = cx.report(place.range(), message);
        finding.on(side).help("Pass the handler as the first positional argument.");
        if let Some(edits) = edits {
            finding.fix(applicability, edits);
        }
    }
    Some(())
}
