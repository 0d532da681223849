//! Code that fails on websockets 14.0 itself, if the project supports that version.
//!
//! The first release with the new API at the top level had gaps. Connections have no `close_code` and no `close_reason` there, and
//! `max_queue=None` lets every connection hang. All of it works before and after. Up to 14.1 a broken
//! handshake raises `EOFError` or `ValueError`, so that a handler for `InvalidMessage` is not enough. What the code does not show:
//! messages that were received and not read yet are lost in 14.0 when the connection closes.
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
//!
//! ## When there is no fix
//!
//! The code is correct for other versions: raise the declared floor to 14.2.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, ModModule};
use ruff_text_size::{Ranged, TextRange};

use crate::fixes::arguments;
use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::python::references::Role;
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS508",
    since: "14.0",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &[".close_code", ".close_reason", "max_queue", "InvalidMessage"],
};

const INVALID_MESSAGE: &[&str] = &["websockets.InvalidMessage", "websockets.exceptions.InvalidMessage"];

/// Classes whose handlers catch what is raised instead.
const WIDE: &[&str] = &["builtins.Exception", "builtins.BaseException", "builtins.ValueError", "builtins.EOFError"];

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    cx.target.starts_before([14, 2]).then_some(())?;
    let mut found = Vec::new();
    if cx.target.side == Side::Modern {
        found.extend(handlers(cx));
    }
    if cx.target.starts_before([14, 1]) {
        found.extend(of_the_first(module, cx));
    }
    let declared = match &cx.target.evidence {
        Some(evidence) => format!(" in {evidence}"),
        None => String::new(),
    };
    for (range, message) in found {
        cx.report(range, message).on(Side::Modern).help(format!("Require `websockets>=14.2`{declared}."));
    }
    Some(())
}

/// Handlers for a broken handshake, which raised something else up to 14.1.
fn handlers(cx: &Context) -> Vec<(TextRange, String)> {
    let mut found = Vec::new();
    for reference in cx.model.references(INVALID_MESSAGE) {
        let Role::Handler(statement, _) = reference.role else { continue };
        let mut others = statement.handlers.iter().filter_map(|handler| handler.as_except_handler());
        let catches_all = others.any(|handler| {
            handler.type_.as_deref().is_none_or(|classes| cx.model.raised(classes).may_be_instance_of(WIDE))
        });
        if !catches_all && !cx.model.is_version_guarded(reference.expr.start()) {
            let message =
                "websockets 14.0 and 14.1 raise EOFError or ValueError for a broken handshake, not `InvalidMessage`";
            found.push((reference.expr.range(), message.to_owned()));
        }
    }
    found
}

/// What only 14.0 did not have.
fn of_the_first<'a>(module: &'a ModModule, cx: &Context<'a>) -> Vec<(TextRange, String)> {
    let mut found = Vec::new();
    for read in connection::reads(cx, names::CONNECTIONS, &["close_code", "close_reason"]) {
        if read.known.side == Side::Modern {
            let name = &read.attribute.attr;
            let message = format!("connections have no `{name}` in websockets 14.0: reading it raises AttributeError");
            found.push((read.attribute.range, message));
        }
    }
    if cx.target.side == Side::Modern {
        let mut calls = Unlimited { cx, found: Vec::new() };
        calls.visit_body(&module.body);
        let message = "with `max_queue=None` every connection hangs in websockets 14.0";
        found.extend(calls.found.into_iter().map(|range| (range, message.to_owned())));
    }
    found
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
