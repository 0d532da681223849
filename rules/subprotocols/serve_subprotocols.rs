//! A server with `subprotocols` rejects clients that offer none of them.
//!
//! The old server went on without a subprotocol where the client offered none, or none that it knew. Since websockets 14.0 it answers
//! with status 400: `missing subprotocol`, or `invalid subprotocol; expected one of a, b`. Where several match, it selects the first
//! of its own list; the old one weighed both lists.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, subprotocols=["chat"]) as server:
//!         await server.serve_forever()
//! ```
//!
//! There is no fix, because to reject such clients is what a server should do that needs a subprotocol. To let them in as
//! before:
//!
//! ```text
//! def select(connection, subprotocols):
//!     return "chat" if "chat" in subprotocols else None
//!
//! websockets.serve(handler, "localhost", 8765, subprotocols=["chat"], select_subprotocol=select)
//! ```
//!
//! It is a warning where both sides of 14.0 are supported, because the versions differ there, and else only good to know:
//! a server that was written for websockets 14 means it.
//!
//! ## When there is no fix
//!
//! Whether clients without a subprotocol should be let in is a decision.

use ruff_python_ast::{Expr, ExprCall};

use crate::fixes::arguments;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS305", since: "14.0", severity: Severity::Warning, fix: DisplayOnly, triggers: &["subprotocols"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let (callee, _) = arguments::callee(call, cx, "subprotocols")?;
    callee.is_one_of(names::TOP_LEVEL_SERVE).then_some(())?;
    let is_selected = !cx.model.passed(call, "select_subprotocol").is_empty();
    let unpacks = call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
    (!is_selected && !unpacks).then_some(())?;
    for place in arguments::places(call, cx, "subprotocols", "select_subprotocol") {
        let Spelling::Keyword(keyword) = place.spelling else { continue };
        let is_empty = match &keyword.value {
            Expr::NoneLiteral(_) => true,
            Expr::List(list) => list.elts.is_empty(),
            Expr::Tuple(tuple) => tuple.elts.is_empty(),
            _ => false,
        };
        if is_empty {
            continue;
        }
        let side = cx.target.side;
        let message = "clients that offer none of these subprotocols are now rejected with status 400 (since websockets 14.0); before, \
                       they were let in without one";
        let recipe = "to let them in, pass a `select_subprotocol` that returns None for them";
        let help = match side {
            Side::Both => format!(
                "The versions differ. T{}; it gets `(connection, offered)` since 14.0, and `(offered, own)` before.",
                &recipe[1..]
            ),
            _ => format!("T{}. If that is what you want, nothing has to be done.", &recipe[1..]),
        };
        let finding = cx.report(place.range(), message);
        finding.help(help);
        if side != Side::Both {
            finding.severity(Severity::Info);
        }
    }
    Some(())
}
