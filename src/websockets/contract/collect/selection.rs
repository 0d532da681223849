//! What an expression selects, as far as it can be understood.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprGenerator, ExprIf, ExprSubscript, Number, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{Collector, offer};
use crate::python::literal::Literal;
use crate::syntax::scope::{ScopeKind, Value};
use crate::websockets::contract::collect::clients::looks_like_token;
use crate::websockets::contract::framework::Selection;

/// Names are followed through so many others.
const DEPTH: u32 = 5;

/// Parts of the names of secrets.
const SECRETS: &[&str] = &["token", "jwt", "secret", "apikey", "api_key", "credential", "password", "ticket", "bearer"];

/// Whether a name is that of a secret.
fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

impl<'m> Collector<'_, 'm> {
    /// What the argument of `accept()` selects.
    pub(super) fn selection(&self, expr: &Expr) -> Selection {
        if let Some(Literal::Text(value)) = self.model.literal(expr) {
            return if value.is_empty() { Selection::Unknown } else { Selection::Constant(value) };
        }
        self.selection_within(expr, expr.start(), DEPTH)
    }

    /// `at` is where it is selected: what the function asks before counts.
    fn selection_within(&self, expr: &Expr, at: TextSize, depth: u32) -> Selection {
        let Some(depth) = depth.checked_sub(1) else { return Selection::Unknown };
        if self.is_secret(expr, at, depth) {
            return Selection::Token;
        }
        let selection = match expr {
            Expr::If(conditional) => self.conditional(conditional).map_or(Selection::Unknown, Selection::OneOf),
            Expr::Call(call) => self.next(call).map_or(Selection::Unknown, Selection::OneOf),
            Expr::Subscript(subscript) if self.is_first(subscript) => Selection::First,
            Expr::Name(name) => match self.model.only_value(name) {
                Some(value) => self.selection_within(value, at, depth),
                None => Selection::Unknown,
            },
            _ => Selection::Unknown,
        };
        let is_whole = selection == Selection::Unknown && self.is_header(expr, depth);
        if is_whole && !self.is_compared(at) { Selection::WholeHeader } else { selection }
    }

    /// What a list of subprotocols selects, as frameworks take it that look at the offer themselves.
    pub(super) fn list(&self, expr: &Expr) -> Selection {
        match (self.model.literal(expr), expr) {
            (Some(Literal::Texts(values)), _) if values.is_empty() => Selection::Nothing,
            (Some(Literal::Texts(values)), _) => Selection::List(values),
            (None, Expr::NoneLiteral(_)) => Selection::Nothing,
            _ => Selection::Unknown,
        }
    }

    /// `"a" if "a" in offered else "b" if "b" in offered else None`
    fn conditional(&self, conditional: &ExprIf) -> Option<Vec<String>> {
        let value = self.model.literal(&conditional.body)?.text()?;
        let Expr::Compare(test) = &*conditional.test else { return None };
        let is_asked = matches!(test.ops[..], [CmpOp::In])
            && self.model.literal(&test.left).and_then(Literal::text).as_ref() == Some(&value)
            && test.comparators.iter().all(|offered| self.is_offer(offered, DEPTH));
        if !is_asked {
            return None;
        }
        let mut values = vec![value];
        match &*conditional.orelse {
            Expr::NoneLiteral(_) => {}
            Expr::If(other) => values.extend(self.conditional(other)?),
            _ => return None,
        }
        Some(values)
    }

    /// `next((p for p in KNOWN if p in offered), None)`, or the other way round.
    fn next(&self, call: &ExprCall) -> Option<Vec<String>> {
        let [Expr::Generator(ExprGenerator { elt, generators, .. }), Expr::NoneLiteral(_)] = &*call.arguments.args
        else {
            return None;
        };
        let [generator] = &generators[..] else { return None };
        let [Expr::Compare(test)] = &generator.ifs[..] else { return None };
        let target = generator.target.as_name_expr()?;
        let is_target = |expr: &Expr| expr.as_name_expr().is_some_and(|name| name.id == target.id);
        let [comparator] = &*test.comparators else { return None };
        if !self.model.is_builtin(&call.func, "next") || !is_target(elt) || !is_target(&test.left) {
            return None;
        }
        match (self.model.literal(&generator.iter), test.ops[..].first()?) {
            (Some(Literal::Texts(values)), CmpOp::In) if self.is_offer(comparator, DEPTH) => Some(values),
            (None, CmpOp::In) if self.is_offer(&generator.iter, DEPTH) => match self.model.literal(comparator)? {
                Literal::Texts(values) => Some(values),
                Literal::Text(_) => None,
            },
            (None, CmpOp::Eq) if self.is_offer(&generator.iter, DEPTH) => {
                Some(vec![self.model.literal(comparator)?.text()?])
            }
            _ => None,
        }
    }

    /// Whether `expr` is the list of what the client offers.
    pub(super) fn is_offer(&self, expr: &Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match expr {
            Expr::Subscript(subscript) => is_text(&subscript.slice, |text| text == "subprotocols"),
            Expr::Call(call) => match (offer::callee_name(call), &*call.arguments.args) {
                (Some("get"), [key, ..]) => is_text(key, |text| text == "subprotocols"),
                (Some("list" | "set" | "tuple" | "frozenset"), [inner]) => self.is_offer(inner, depth),
                _ => false,
            },
            Expr::Attribute(attribute) => attribute.attr.as_str() == "requested_subprotocols",
            Expr::BoolOp(either) => either.values.first().is_some_and(|first| self.is_offer(first, depth)),
            Expr::Name(name) => {
                self.model.only_value(name).is_some_and(|value| self.is_offer(value, depth))
                    || self.is_tornado_offer(expr)
            }
            _ => false,
        }
    }

    /// Whether a name is the parameter of `select_subprotocol(self, subprotocols)`.
    fn is_tornado_offer(&self, expr: &Expr) -> bool {
        let Some(name) = expr.as_name_expr() else { return false };
        let scopes = self.model.scopes();
        let Some(bindings) = scopes.reaching(&name.id, name.range.start()) else { return false };
        let [id] = bindings[..] else { return false };
        match &scopes.binding(id).value {
            Value::Parameter(of) => {
                of.class.is_some()
                    && of.index == Some(1)
                    && of.function.is_some_and(|def| def.name.as_str() == "select_subprotocol")
            }
            _ => false,
        }
    }

    /// Whether `expr` is the whole header.
    fn is_header(&self, expr: &Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match expr {
            Expr::Subscript(subscript) => is_text(&subscript.slice, offer::is_header),
            Expr::Call(call) => {
                offer::callee_name(call) == Some("get")
                    && call.arguments.args.first().is_some_and(|key| is_text(key, offer::is_header))
            }
            Expr::Name(name) => match self.model.only_value(name) {
                Some(value) => self.is_header(value, depth),
                None => self.is_header_parameter(name),
            },
            _ => false,
        }
    }

    /// Whether a name is a parameter that FastAPI fills with the header.
    fn is_header_parameter(&self, name: &ruff_python_ast::ExprName) -> bool {
        let scopes = self.model.scopes();
        let Some(bindings) = scopes.reaching(&name.id, name.range.start()) else { return false };
        let [id] = bindings[..] else { return false };
        let Value::Parameter(of) = &scopes.binding(id).value else { return false };
        let Some(def) = of.function else { return false };
        let Some(it) = def.parameters.iter_non_variadic_params().find(|it| it.parameter.name.id == name.id) else {
            return false;
        };
        let sources = [it.default.as_deref(), it.parameter.annotation()];
        sources.into_iter().flatten().any(|source| {
            let mut search = HeaderCall { by_name: name.id == "sec_websocket_protocol", found: false };
            search.visit_expr(source);
            search.found
        })
    }

    /// Whether `expr` takes one of the offer by its place.
    pub(super) fn is_first(&self, subscript: &ExprSubscript) -> bool {
        let is_place = match &*subscript.slice {
            Expr::NumberLiteral(number) => matches!(&number.value, Number::Int(int) if int.as_u8() == Some(0)),
            _ => false,
        };
        is_place && self.is_offer(&subscript.value, DEPTH)
    }

    /// Whether `expr` is a secret that the client sent as a subprotocol.
    fn is_secret(&self, expr: &Expr, at: TextSize, depth: u32) -> bool {
        match expr {
            Expr::Name(name) => names_secret(&name.id) && self.derives(expr, depth) && !self.is_compared(at),
            Expr::FString(string) => {
                let parts: Vec<_> = string.value.elements().collect();
                let [first, ..] = parts[..] else { return false };
                let begins =
                    first.as_literal().is_some_and(|text| looks_like_token(&text.value) && text.value.len() > 1);
                let holes: Vec<&Expr> =
                    parts.iter().filter_map(|part| part.as_interpolation()).map(|it| &*it.expression).collect();
                begins && !holes.is_empty() && holes.iter().all(|hole| self.derives(hole, depth))
            }
            Expr::BinOp(sum) => {
                let begins = self.model.literal(&sum.left).and_then(Literal::text);
                begins.is_some_and(|text| looks_like_token(&text)) && self.derives(&sum.right, depth)
            }
            _ => false,
        }
    }

    /// Whether `expr` is made of the offer.
    fn derives(&self, expr: &Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        if offer::is_read_in(expr) {
            return true;
        }
        let mut names = Names(Vec::new());
        names.visit_expr(expr);
        names.0.iter().any(|name| self.name_derives(name, depth))
    }

    fn name_derives(&self, name: &ruff_python_ast::ExprName, depth: u32) -> bool {
        let scopes = self.model.scopes();
        let Some(bindings) = scopes.reaching(&name.id, name.range.start()) else { return false };
        let [id] = bindings[..] else { return false };
        self.value_derives(&scopes.binding(id).value, depth)
    }

    fn value_derives(&self, value: &Value<'m>, depth: u32) -> bool {
        match value {
            Value::Expr(value) | Value::Annotated(_, Some(value)) | Value::Iterate(value) => self.derives(value, depth),
            Value::Element(whole, _) => self.value_derives(whole, depth),
            _ => false,
        }
    }

    /// Whether the function compares what it was offered with something before `offset`.
    fn is_compared(&self, offset: TextSize) -> bool {
        let Some(def) = self.function_at(offset) else { return false };
        let mut tests = Tests::default();
        tests.visit_body(&def.body);
        let compares = |expr: &&&Expr| {
            expr.as_compare_expr().is_some_and(|compare| {
                compare.ops.iter().any(|op| matches!(op, CmpOp::In | CmpOp::NotIn | CmpOp::Eq | CmpOp::NotEq))
                    && !compare.comparators.iter().any(Expr::is_none_literal_expr)
            })
        };
        let before = tests.compares.iter().filter(|it| it.start() < offset);
        before.filter(compares).any(|compare| self.derives(compare, DEPTH))
    }

    /// Whether the function sees to it that there is an offer where it takes the first of it.
    pub(super) fn is_guarded(&self, first: TextRange) -> bool {
        let Some(def) = self.function_at(first.start()) else { return true };
        let mut tests = Tests::default();
        tests.visit_body(&def.body);
        tests.tries.iter().any(|body| body.contains_range(first))
            || tests.tests.iter().any(|(test, scope)| {
                let before = test.end() <= first.start();
                let inside = scope.contains_range(first) && !test.range().contains_range(first);
                (before || inside) && self.derives(test, DEPTH)
            })
    }

    fn function_at(&self, offset: TextSize) -> Option<&'m StmtFunctionDef> {
        let scopes = self.model.scopes();
        let mut scope = Some(scopes.block(scopes.block_at(offset)).scope);
        while let Some(id) = scope {
            if let ScopeKind::Function(def) = scopes.scope(id).kind {
                return Some(def);
            }
            scope = scopes.scope(id).parent;
        }
        None
    }
}

fn is_text(expr: &Expr, wanted: impl Fn(&str) -> bool) -> bool {
    expr.as_string_literal_expr().is_some_and(|text| wanted(text.value.to_str()))
}

/// Finds `Header()` for this header.
struct HeaderCall {
    /// Whether the parameter's own name is that of the header.
    by_name: bool,
    found: bool,
}

impl<'a> Visitor<'a> for HeaderCall {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && offer::callee_name(call) == Some("Header")
        {
            let alias = call.arguments.find_keyword("alias");
            self.found |= match alias {
                Some(alias) => is_text(&alias.value, offer::is_header),
                None => self.by_name,
            };
        }
        walk_expr(self, expr);
    }
}

/// The names that an expression reads.
struct Names<'a>(Vec<&'a ruff_python_ast::ExprName>);

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr {
            self.0.push(name);
        }
        walk_expr(self, expr);
    }
}

/// What a function asks.
#[derive(Default)]
struct Tests<'a> {
    /// Tests, and the code that depends on them besides what follows.
    tests: Vec<(&'a Expr, TextRange)>,
    compares: Vec<&'a Expr>,
    /// The bodies of `try` statements.
    tries: Vec<TextRange>,
}

impl<'a> Visitor<'a> for Tests<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::If(node) => {
                self.tests.push((&node.test, node.range));
                let tests = node.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref());
                self.tests.extend(tests.map(|test| (test, node.range)));
            }
            Stmt::While(node) => self.tests.push((&node.test, node.range)),
            Stmt::Assert(node) => self.tests.push((&node.test, node.range)),
            Stmt::Match(node) => self.tests.push((&node.subject, node.range)),
            Stmt::For(node) => self.tests.push((&node.iter, node.range)),
            Stmt::Try(node) if !node.handlers.is_empty() => {
                if let (Some(first), Some(last)) = (node.body.first(), node.body.last()) {
                    self.tries.push(TextRange::new(first.start(), last.end()));
                }
            }
            Stmt::With(node) => {
                let suppresses = node
                    .items
                    .iter()
                    .any(|item| item.context_expr.as_call_expr().and_then(offer::callee_name) == Some("suppress"));
                if suppresses {
                    self.tries.push(node.range);
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::If(node) => self.tests.push((&node.test, node.range)),
            Expr::BoolOp(node) => self.tests.extend(node.values.iter().map(|value| (value, node.range))),
            Expr::Compare(_) => self.compares.push(expr),
            Expr::Generator(node) => {
                let ifs = node.generators.iter().flat_map(|generator| &generator.ifs);
                self.tests.extend(ifs.map(|test| (test, node.range)));
            }
            Expr::Call(call) if offer::callee_name(call) == Some("len") => self.tests.push((expr, call.range())),
            _ => {}
        }
        walk_expr(self, expr);
    }
}
