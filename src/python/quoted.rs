//! Names in quoted annotations: `ws: "WebSocketClientProtocol"`.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprStringLiteral, ModExpression, StringLiteral};
use ruff_python_parser::{Parsed, parse_string_annotation};
use ruff_text_size::{Ranged, TextRange};

use super::Model;
use crate::text::depth;

impl Model<'_> {
    /// Every place in a quoted annotation that names one of `names`, in the order of the text. What
    /// [`references`](Model::references) finds is not quoted.
    pub fn quoted(&self, names: &[&str]) -> Vec<TextRange> {
        let last: Vec<&str> = names.iter().filter_map(|name| name.rsplit('.').next()).collect();
        let mut strings = Strings { in_type: false, found: Vec::new() };
        strings.visit_body(self.body());
        let mut found = Vec::new();
        for string in strings.found {
            let Some(literal) = string.as_single_part_string() else { continue };
            let Some(parsed) = self.parse_quoted(literal) else { continue };
            let mut search = Search { model: self, names, found: &mut found };
            search.visit_expr(parsed.expr());
        }
        // What stands in a string with escapes has no place of its own.
        found
            .retain(|range| last.iter().any(|last| self.source.slice(*range).ends_with(last)) || self.is_alias(*range));
        found
    }

    /// The tree of a quoted annotation. What is longer than a tree may be deep is none.
    pub(super) fn parse_quoted(&self, literal: &StringLiteral) -> Option<Parsed<ModExpression>> {
        if literal.range.len().to_usize() > depth::MOST {
            return None;
        }
        parse_string_annotation(self.source.text(), literal).ok()
    }

    /// Whether the text is a name that some import gives.
    fn is_alias(&self, range: TextRange) -> bool {
        self.scopes().scopes.iter().any(|scope| scope.bindings.contains_key(self.source.slice(range)))
    }
}

/// Whether an expression is called like a class that takes types in brackets: `Optional`, `dict`, not `globals()` or `handlers`.
pub fn is_generic(expr: &Expr) -> bool {
    let name = match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    ["dict", "list", "set", "tuple", "type", "frozenset", "deque", "defaultdict"].contains(&name)
        || name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
}

/// String literals where types are expected.
struct Strings<'a> {
    in_type: bool,
    found: Vec<&'a ExprStringLiteral>,
}

impl<'a> Strings<'a> {
    fn visit_type(&mut self, expr: &'a Expr) {
        let outer = std::mem::replace(&mut self.in_type, true);
        self.visit_expr(expr);
        self.in_type = outer;
    }
}

impl<'a> Visitor<'a> for Strings<'a> {
    fn visit_annotation(&mut self, annotation: &'a Expr) {
        self.visit_type(annotation);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::StringLiteral(string) if self.in_type => self.found.push(string),
            // `Optional["X"]`, also where an alias is assigned.
            Expr::Subscript(subscript) if is_generic(&subscript.value) => {
                self.visit_expr(&subscript.value);
                self.visit_type(&subscript.slice);
            }
            Expr::Call(call) => {
                let is_cast = match &*call.func {
                    Expr::Name(name) => name.id == "cast",
                    Expr::Attribute(attribute) => attribute.attr.as_str() == "cast",
                    _ => false,
                };
                let outer = std::mem::replace(&mut self.in_type, false);
                match call.arguments.args.first() {
                    Some(first) if is_cast => {
                        self.visit_type(first);
                        call.arguments.args.iter().skip(1).for_each(|argument| self.visit_expr(argument));
                        call.arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
                    }
                    _ => walk_expr(self, expr),
                }
                self.in_type = outer;
            }
            _ => walk_expr(self, expr),
        }
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    names: &'m [&'m str],
    found: &'m mut Vec<TextRange>,
}

impl<'e> Visitor<'e> for Search<'_, '_> {
    fn visit_expr(&mut self, expr: &'e Expr) {
        let is_name = matches!(expr, Expr::Name(_) | Expr::Attribute(_));
        if is_name && self.model.origin(expr).is_one_of(self.names) {
            self.found.push(expr.range());
        } else {
            walk_expr(self, expr);
        }
    }
}
