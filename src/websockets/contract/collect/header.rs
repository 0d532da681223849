//! A `Sec-WebSocket-Protocol` header among headers that are spelled out.

use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{Visitor, walk_expr};

/// Whether headers spell out that the `Sec-WebSocket-Protocol` header is among them.
pub fn spells_header(headers: &Expr) -> bool {
    let mut search = HeaderSearch { value: None };
    search.visit_expr(headers);
    search.value.is_some()
}

/// Finds the header's name, and its value where that is a literal.
pub(super) struct HeaderSearch {
    /// Empty for a value that is computed.
    pub value: Option<String>,
}

impl<'a> Visitor<'a> for HeaderSearch {
    fn visit_expr(&mut self, expr: &'a Expr) {
        let literal = |expr: &Expr| expr.as_string_literal_expr().map(|text| text.value.to_str().to_owned());
        let is_name = |expr: &Expr| literal(expr).is_some_and(|it| it.eq_ignore_ascii_case("sec-websocket-protocol"));
        match expr {
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if item.key.as_ref().is_some_and(is_name) {
                        self.value = Some(literal(&item.value).unwrap_or_default());
                    }
                }
            }
            Expr::Tuple(pair) => {
                if let [name, value] = &pair.elts[..]
                    && is_name(name)
                {
                    self.value = Some(literal(value).unwrap_or_default());
                }
            }
            // websocket-client takes whole lines.
            Expr::StringLiteral(line) => {
                if let Some((name, value)) = line.value.to_str().split_once(':')
                    && name.eq_ignore_ascii_case("sec-websocket-protocol")
                {
                    self.value = Some(value.to_owned());
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
