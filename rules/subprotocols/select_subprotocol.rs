//! `select_subprotocol` gets the connection, and what the client offers.
//!
//! The old server called `select_subprotocol(client_subprotocols, server_subprotocols)`. Since websockets 14.0 it is called with the
//! connection and the subprotocols that the client offers; the server's own are no longer passed. Code that looks into the
//! first one fails: the client gets status 500. Code that takes one of the second selects what *the client* likes best, and
//! nothing says so.
//!
//! ```python
//! import websockets
//!
//! def select(client_subprotocols, server_subprotocols):
//!     for subprotocol in server_subprotocols:
//!         if subprotocol in client_subprotocols:
//!             return subprotocol
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, subprotocols=["b", "a"], select_subprotocol=select) as server:
//!         await server.serve_forever()
//! ```
//!
//! There is no fix, because the function has to know the server's subprotocols from elsewhere. It is called also where the
//! client offers none:
//!
//! ```text
//! def select(connection, subprotocols):
//!     return next((one for one in SUBPROTOCOLS if one in subprotocols), None)
//! ```
//!
//! To return `None` accepts the connection without a subprotocol; raise `websockets.NegotiationError` to refuse it. Where both sides of
//! 14.0 are supported, the first argument tells: `isinstance(first, list)` is true below 14.
//!
//! ## When there is no fix
//!
//! The function gets other arguments, and how it chooses is a decision.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ModModule, Stmt};

use crate::fixes::callback::{self, Code};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::handlers::Role;
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;

pub const META: Meta = Meta {
    code: "WS304",
    since: "14.0",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &["select_subprotocol"],
};

/// Parts of what the old parameters are called.
const CLIENT: &[&str] = &["client", "offer", "request", "proto"];
const SERVER: &[&str] = &["server", "avail", "support", "own"];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for callback in callback::callbacks(cx, Role::SelectSubprotocol) {
        let [first, second, others @ ..] = &callback.arguments()[..] else { continue };
        if others.iter().any(|other| other.default.is_none()) {
            continue;
        }
        let (client, server) = (first.parameter.name.as_str(), second.parameter.name.as_str());
        let mut uses = Uses { client, is_collection: false, is_connection: false, is_asked: false };
        match callback.code {
            Code::Function(def) => uses.visit_body(&def.body),
            Code::Lambda(lambda) => uses.visit_expr(&lambda.body),
        }
        let called_so =
            CLIENT.iter().any(|part| client.contains(part)) && SERVER.iter().any(|part| server.contains(part));
        if uses.is_connection || uses.is_asked || !(uses.is_collection || called_so) {
            continue;
        }
        let consequence = if uses.is_collection {
            format!("`{client}` is now the connection, and clients get status 500")
        } else {
            format!("`{server}` is what the client offers, and the client's favourite is selected")
        };
        let message = format!(
            "{} receives the connection and the client's subprotocols (since websockets 14.0): {consequence}",
            callback.name()
        );
        let recipe = "ake `(connection, subprotocols)`, what the client offers, maybe nothing, and return one of your own that is \
                      among them, or None";
        let help = match callback.side {
            Side::Both => format!("Where `isinstance({client}, list)` is true, this is right. Else t{recipe}."),
            _ => format!("T{recipe}."),
        };
        let finding = cx.report(first.parameter.range.cover(second.parameter.range), message);
        finding.on(callback.side).help(help);
    }
    Some(())
}

/// What is done with the first parameter.
struct Uses<'a> {
    client: &'a str,
    is_collection: bool,
    is_connection: bool,
    is_asked: bool,
}

impl Uses<'_> {
    fn is(&self, expr: &Expr) -> bool {
        expr.as_name_expr().is_some_and(|name| name.id.as_str() == self.client)
    }
}

impl<'a> Visitor<'a> for Uses<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::For(statement) = stmt {
            self.is_collection |= self.is(&statement.iter);
        }
        walk_stmt(self, stmt);
    }

    fn visit_comprehension(&mut self, comprehension: &'a ruff_python_ast::Comprehension) {
        self.is_collection |= self.is(&comprehension.iter);
        ruff_python_ast::visitor::walk_comprehension(self, comprehension);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Attribute(attribute) if self.is(&attribute.value) => {
                let of_list = matches!(attribute.attr.as_str(), "index" | "count" | "copy");
                self.is_connection |= !of_list;
                self.is_collection |= of_list;
            }
            Expr::Subscript(item) => self.is_collection |= self.is(&item.value),
            Expr::Compare(compare) => self.is_collection |= compare.comparators.iter().any(|side| self.is(side)),
            Expr::BinOp(operation) => self.is_collection |= self.is(&operation.left) || self.is(&operation.right),
            Expr::Call(call) => {
                let given = call.arguments.args.iter().any(|argument| self.is(argument));
                let name = call.func.as_name_expr().map_or("", |name| name.id.as_str());
                self.is_asked |= given && matches!(name, "isinstance" | "hasattr" | "getattr" | "type");
                self.is_collection |=
                    given && matches!(name, "set" | "frozenset" | "list" | "sorted" | "len" | "next" | "iter");
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
