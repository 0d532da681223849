//! What does not work with websockets 14.0 itself, where the project supports that version.
//!
//! The first release with the new API at the top level had gaps. Connections have no `close_code` and no `close_reason` there, and
//! `max_queue=None` lets every connection hang. All of it works before and after. What can be seen less well in the code: messages
//! that were received and not read yet are lost when the connection closes, and a broken handshake raises `EOFError` or
//! `ValueError` instead of `InvalidMessage`.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     async with websockets.connect(uri) as ws:
//!         await ws.wait_closed()
//!         print(ws.close_code)
//! ```
//!
//! That is reported where the metadata of the project declares websockets: `>=14`, or something else whose oldest version is
//! 14.0. There is no fix in the code: require `websockets>=14.2`.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, ModModule};
use ruff_text_size::{Ranged, TextRange};

use crate::api;
use crate::arguments;
use crate::connection;
use crate::edit::Applicability::DisplayOnly;
use crate::rule::{Context, Meta, Severity};
use crate::semantic::keywords::Spelling;
use crate::target::Side;

pub const META: Meta = Meta {
    code: "WS508",
    since: "14.0",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &[".close_code", ".close_reason", "max_queue"],
};

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    cx.target.starts_before([14, 1]).then_some(())?;
    let mut found = Vec::new();
    for read in connection::reads(cx, api::CONNECTIONS, &["close_code", "close_reason"]) {
        if read.known.side == Side::Modern {
            let name = &read.attribute.attr;
            let message =
                format!("connections have no attribute `{name}` in websockets 14.0: reading it raises AttributeError");
            found.push((read.attribute.range, message));
        }
    }
    if cx.target.side == Side::Modern {
        let mut calls = Unlimited { cx, found: Vec::new() };
        calls.visit_body(&module.body);
        let message = "with `max_queue=None` every connection hangs in websockets 14.0";
        found.extend(calls.found.into_iter().map(|range| (range, message.to_owned())));
    }
    let declared = match &cx.target.evidence {
        Some(evidence) => format!(" in {evidence}"),
        None => String::new(),
    };
    for (range, message) in found {
        cx.report(range, message).help(format!("Require `websockets>=14.2`{declared}."));
    }
    Some(())
}

/// The places that pass `max_queue=None` to a client or a server.
struct Unlimited<'c, 'a> {
    cx: &'c Context<'a>,
    found: Vec<TextRange>,
}

impl<'a> Unlimited<'_, 'a> {
    fn call(&mut self, call: &'a ExprCall) -> Option<()> {
        arguments::callee(call, self.cx, "max_queue")?;
        for place in arguments::places(call, self.cx, "max_queue", "max_queue") {
            if let Spelling::Keyword(keyword) = place.spelling
                && keyword.value.is_none_literal_expr()
            {
                self.found.push(keyword.range());
            }
        }
        Some(())
    }
}

impl<'a> Visitor<'a> for Unlimited<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.call(call);
        }
        walk_expr(self, expr);
    }
}
