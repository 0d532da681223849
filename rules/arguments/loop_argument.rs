//! `loop` is no longer accepted.
//!
//! The new `connect()` and `serve()`, which is what the top level has since websockets 14.0, run in the running event loop. They
//! pass what they do not know on to it: `TypeError: ... got an unexpected keyword argument 'loop'`, even for `loop=None`.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri, loop=None) as ws:
//!         await ws.send("hello")
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri) as ws:
//!         await ws.send("hello")
//! ```
//!
//! Removing `loop=None` is safe: it asks for what is the case, with all supported versions. Removing another loop is unsafe: if it is not
//! the one that runs, the connection is made somewhere else than before.
//!
//! ## When there is no fix
//!
//! The value may do something when it is computed, or the call is not written in a way that shows what else depends on it.

use ruff_python_ast::ExprCall;

use crate::fixes::arguments;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::target::Side;
use crate::text::edit::Applicability::{Safe, Unsafe};

pub const META: Meta = Meta { code: "WS105", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["loop"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let (_, is_top_level) = arguments::callee(call, cx, "loop")?;
    let side = if is_top_level { cx.target.side } else { Side::Modern };
    for place in arguments::places(call, cx, "loop", "additional_headers") {
        let fix = match place.spelling {
            Spelling::Keyword(keyword) if call.arguments.keywords.iter().any(|own| own.range == keyword.range) => {
                let applicability = if keyword.value.is_none_literal_expr() { Safe } else { Unsafe };
                arguments::remove(cx.source, call, keyword).map(|edit| (applicability, edit))
            }
            _ => None,
        };
        let finding = cx.report(
            place.range(),
            "`loop` is no longer accepted (removed in websockets 14.0): passing it raises TypeError",
        );
        finding.on(side).help("Remove it: connections use the running event loop.");
        if let Some((applicability, edit)) = fix {
            finding.fix(applicability, vec![edit]);
        }
    }
    Some(())
}
