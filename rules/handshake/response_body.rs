//! The body of a response is never `None`: without a body it is `b""`.
//!
//! Up to websockets 14.1 a response without a body, such as the 101 that `ServerProtocol.accept()` gives, had `None` in `body`. Since
//! 14.2 it has `b""`. `response.body is not None` is always true, and what stands behind it runs for every response: a server that
//! writes its responses itself writes bytes behind the handshake that no client expects.
//!
//! ```python
//! from websockets.server import ServerProtocol
//!
//! def answer(protocol: ServerProtocol, request):
//!     response = protocol.accept(request)
//!     data = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
//!     if response.body is not None:
//!         data += response.body + b"\r\n"
//!     return data
//! ```
//! becomes
//! ```python
//! from websockets.server import ServerProtocol
//!
//! def answer(protocol: ServerProtocol, request):
//!     response = protocol.accept(request)
//!     data = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
//!     if response.body:
//!         data += response.body + b"\r\n"
//!     return data
//! ```
//!
//! The fix asks whether there is something in the body, which says the same with all versions. It is unsafe, because an empty
//! body that was spelled out, `Content-Length: 0`, is now taken for none.
//!
//! ## When there is no fix
//!
//! What the code does with `None` is part of its logic.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{CmpOp, Expr, ExprCompare, ModModule};
use ruff_text_size::{Ranged, TextRange};

use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS210", since: "14.2", severity: Severity::Warning, fix: Unsafe, triggers: &[".body"] };

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    cx.target.reaches([14, 2]).then_some(())?;
    let mut comparisons = Comparisons { cx, found: Vec::new() };
    comparisons.visit_body(&module.body);
    for (compare, is_not) in comparisons.found {
        let outcome = if is_not { "true" } else { "false" };
        let message = format!(
            "a response without a body has `b\"\"` here, not None (since websockets 14.2): this is always {outcome}"
        );
        let behind = TextRange::new(compare.left.end(), compare.end());
        // `response.body` alone has no parentheses of its own to lose.
        let is_plain = cx.text(behind).trim_start().starts_with(['i', '=', '!']);
        let finding = cx.report(compare, message);
        finding.help("Test whether it is empty: `if response.body:`.");
        if is_plain {
            let mut edits = vec![Edit::delete(behind)];
            if !is_not {
                edits.push(Edit::insert(compare.start(), "not "));
            }
            finding.fix(Unsafe, edits);
        }
    }
    Some(())
}

struct Comparisons<'c, 'a> {
    cx: &'c Context<'a>,
    found: Vec<(&'a ExprCompare, bool)>,
}

impl<'a> Visitor<'a> for Comparisons<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Compare(compare) = expr
            && let (Expr::Attribute(body), [op], [Expr::NoneLiteral(_)]) =
                (&*compare.left, &*compare.ops, &*compare.comparators)
            && body.attr.as_str() == "body"
            && matches!(op, CmpOp::Is | CmpOp::IsNot | CmpOp::Eq | CmpOp::NotEq)
            && self.cx.origin(&body.value).is_instance_of(names::RESPONSE)
            && !self.cx.model.is_version_guarded(compare.start())
        {
            self.found.push((compare, matches!(op, CmpOp::IsNot | CmpOp::NotEq)));
        }
        walk_expr(self, expr);
    }
}
