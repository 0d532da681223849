//! Code that looks at what a client offers.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Parameters};

/// Whether a name is one that people give to a parameter for the offered subprotocols.
pub fn is_named(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("subprotocol") || name.contains("websocket_protocol")
}

/// Whether a text is the key under which a scope or the headers have the offer.
pub fn is_key(text: &str) -> bool {
    text == "subprotocols" || is_header(text)
}

/// Whether a text is the name of the header.
pub fn is_header(text: &str) -> bool {
    text.eq_ignore_ascii_case("sec-websocket-protocol")
}

/// Whether the expression itself (not one inside) looks at what the client offers.
pub fn reads(expr: &Expr) -> bool {
    match expr {
        Expr::StringLiteral(text) => is_key(text.value.to_str()),
        Expr::BytesLiteral(bytes) => {
            let bytes: Vec<u8> = bytes.value.bytes().collect();
            std::str::from_utf8(&bytes).is_ok_and(is_key)
        }
        Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "subprotocols" | "requested_subprotocols"),
        Expr::Name(name) => name.ctx.is_load() && is_named(&name.id) && !name.id.chars().any(char::is_uppercase),
        // A helper that nobody can look into, but whose name says what it is for.
        Expr::Call(call) => callee_name(call).is_some_and(|name| name.to_ascii_lowercase().contains("proto")),
        _ => false,
    }
}

/// The last name of what is called.
pub fn callee_name(call: &ExprCall) -> Option<&str> {
    match &*call.func {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// Whether a parameter of the signature is filled from the offer: by `Header()` or by a dependency that its name tells.
pub fn signature_reads(parameters: &Parameters) -> bool {
    parameters.iter_non_variadic_params().any(|with_default| {
        let parameter = &with_default.parameter;
        let filled = [with_default.default.as_deref(), parameter.annotation()].into_iter().flatten().any(has_call);
        let mut by_alias = Reads(false);
        with_default.default.iter().for_each(|default| by_alias.visit_expr(default));
        parameter.annotation.iter().for_each(|annotation| by_alias.visit_expr(annotation));
        by_alias.0 || filled && parameter.name.to_ascii_lowercase().contains("proto")
    })
}

/// Whether anything in `expr` looks at the offer.
pub fn is_read_in(expr: &Expr) -> bool {
    let mut reads = Reads(false);
    reads.visit_expr(expr);
    reads.0
}

struct Reads(bool);

impl<'a> Visitor<'a> for Reads {
    fn visit_expr(&mut self, expr: &'a Expr) {
        self.0 |= reads(expr);
        walk_expr(self, expr);
    }
}

/// Whether there is a call in `expr`: `Header()`, `Depends(...)`.
pub fn has_call(expr: &Expr) -> bool {
    match expr {
        Expr::Call(_) => true,
        Expr::Subscript(subscript) => match &*subscript.slice {
            Expr::Tuple(tuple) => tuple.elts.iter().any(has_call),
            one => has_call(one),
        },
        _ => false,
    }
}
