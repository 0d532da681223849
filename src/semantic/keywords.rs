//! Keyword arguments wherever they are written: in the call, or as a key of the dictionary that the call unpacks.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Arguments, Expr, ExprCall, ExprName, ExprStringLiteral, Keyword, Operator};
use ruff_text_size::{Ranged, TextRange};

use super::Model;
use super::scope::Value;
use crate::edit::Edit;

/// Dictionaries built from dictionaries built from ... are followed this far.
const DEPTH: usize = 6;

/// A place where a keyword argument gets its name.
#[derive(Debug, Clone, Copy)]
pub struct Passed<'a> {
    /// How it is written.
    pub spelling: Spelling<'a>,
    /// Whether what is written there reaches nothing but this call and others that are told the same.
    pub only_here: bool,
}

/// How a keyword argument is written.
#[derive(Debug, Clone, Copy)]
pub enum Spelling<'a> {
    /// `f(name=value)`, also in `dict(name=value)`.
    Keyword(&'a Keyword),
    /// `{"name": value}`, `x["name"] = value`
    Key(&'a ExprStringLiteral),
}

impl Passed<'_> {
    /// The name in the text; a key with its quotes.
    pub fn range(&self) -> TextRange {
        match self.spelling {
            Spelling::Keyword(keyword) => keyword.arg.as_ref().map_or(keyword.range, Ranged::range),
            Spelling::Key(key) => key.range,
        }
    }

    /// Puts another name in its place, in the same quotes. `None` for a key of several parts.
    pub fn rename(&self, name: &str) -> Option<Edit> {
        match self.spelling {
            Spelling::Keyword(keyword) => Some(Edit::replace(keyword.arg.as_ref()?, name)),
            Spelling::Key(key) => {
                let literal = key.as_single_part_string()?;
                Some(Edit::replace(literal.content_range(), name))
            }
        }
    }
}

impl<'a> Model<'a> {
    /// Every place that names the keyword argument `name` of `call`.
    pub fn passed(&self, call: &'a ExprCall, name: &str) -> Vec<Passed<'a>> {
        let mut search = Search { model: self, call, name, found: Vec::new(), only_here: true, depth: 0 };
        search.arguments(&call.arguments);
        search.found
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    call: &'a ExprCall,
    name: &'m str,
    found: Vec<Passed<'a>>,
    only_here: bool,
    depth: usize,
}

impl<'a> Search<'_, 'a> {
    fn arguments(&mut self, arguments: &'a Arguments) {
        for keyword in &arguments.keywords {
            match &keyword.arg {
                Some(arg) if arg == self.name => self.push(Spelling::Keyword(keyword)),
                Some(_) => {}
                None => self.dictionary(&keyword.value),
            }
        }
    }

    fn push(&mut self, spelling: Spelling<'a>) {
        let passed = Passed { spelling, only_here: self.only_here };
        if !self.found.iter().any(|other| other.range() == passed.range()) {
            self.found.push(passed);
        }
    }

    fn key(&mut self, key: &'a Expr) {
        if let Expr::StringLiteral(literal) = key
            && literal.value == *self.name
        {
            self.push(Spelling::Key(literal));
        }
    }

    fn dictionary(&mut self, expr: &'a Expr) {
        if self.depth >= DEPTH {
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Dict(dict) => {
                for item in &dict.items {
                    match &item.key {
                        Some(key) => self.key(key),
                        None => self.dictionary(&item.value),
                    }
                }
            }
            Expr::Call(call) if self.model.is_builtin(&call.func, "dict") => {
                call.arguments.args.iter().for_each(|whole| self.dictionary(whole));
                self.arguments(&call.arguments);
            }
            Expr::BinOp(merged) if merged.op == Operator::BitOr => {
                self.dictionary(&merged.left);
                self.dictionary(&merged.right);
            }
            Expr::If(conditional) => {
                self.dictionary(&conditional.body);
                self.dictionary(&conditional.orelse);
            }
            Expr::BoolOp(either) => either.values.iter().for_each(|value| self.dictionary(value)),
            Expr::Name(name) => self.variable(name),
            Expr::Attribute(attribute) => self.attribute(attribute),
            _ => {}
        }
        self.depth -= 1;
    }

    /// `**params`: where `params` is made, and what is added to it.
    fn variable(&mut self, name: &'a ExprName) {
        let scopes = self.model.scopes();
        let Some(bindings) = scopes.reaching(&name.id, name.range.start()) else { return };
        let before = self.only_here;
        self.only_here &= self.stays_here(name);
        for id in bindings {
            match scopes.binding(id).value {
                Value::Expr(expr) | Value::Annotated(_, Some(expr)) => self.dictionary(expr),
                _ => return self.only_here = before,
            }
        }
        for content in scopes.contents(&name.id, name.range.start()) {
            content.key.into_iter().for_each(|key| self.key(key));
        }
        for call in self.model.calls() {
            if let Expr::Attribute(method) = &*call.func
                && method.value.as_name_expr().is_some_and(|other| self.is_same(other, name))
            {
                self.growing(&method.attr, call);
            }
        }
        self.only_here = before;
    }

    fn growing(&mut self, method: &str, call: &'a ExprCall) {
        match method {
            "update" => {
                call.arguments.args.iter().for_each(|whole| self.dictionary(whole));
                self.arguments(&call.arguments);
            }
            "setdefault" => call.arguments.args.first().into_iter().for_each(|key| self.key(key)),
            _ => {}
        }
    }

    /// `**self.params`: what the methods of the class put into it. Who else reads it is not known.
    fn attribute(&mut self, attribute: &'a ruff_python_ast::ExprAttribute) {
        let super::Origin::Instance(class) = self.model.origin(&attribute.value) else { return };
        let Some(class) = self.model.class_named(&class) else { return };
        let before = std::mem::replace(&mut self.only_here, false);
        let name = attribute.attr.as_str();
        for value in class.attributes.get(name).into_iter().flatten() {
            if let Value::Expr(expr) | Value::Annotated(_, Some(expr)) = value {
                self.dictionary(expr);
            }
        }
        for content in class.contents.get(name).into_iter().flatten() {
            content.key.into_iter().for_each(|key| self.key(key));
        }
        self.only_here = before;
    }

    /// Whether two names in the text are one variable.
    fn is_same(&self, one: &ExprName, other: &ExprName) -> bool {
        let scopes = self.model.scopes();
        let reaching = |name: &ExprName| scopes.reaching(&name.id, name.range.start()).unwrap_or_default();
        one.id == other.id && reaching(one).iter().any(|id| reaching(other).contains(id))
    }

    /// Whether the dictionary in `name` is only filled, and unpacked into calls of the same function.
    fn stays_here(&self, name: &ExprName) -> bool {
        let callee = self.model.origin(&self.call.func);
        let mut uses = Uses { search: self, name, callee: &callee, escapes: false };
        uses.visit_body(self.model.body());
        !uses.escapes
    }
}

/// Looks for uses of a dictionary that might read the key.
struct Uses<'s, 'm, 'a> {
    search: &'s Search<'m, 'a>,
    name: &'s ExprName,
    callee: &'s super::Origin,
    escapes: bool,
}

impl Uses<'_, '_, '_> {
    fn is_it(&self, expr: &Expr) -> bool {
        expr.as_name_expr().is_some_and(|other| other.id == self.name.id && self.search.is_same(other, self.name))
    }

    fn is_other_key(&self, key: Option<&Expr>) -> bool {
        matches!(key, Some(Expr::StringLiteral(literal)) if literal.value != *self.search.name)
    }
}

impl<'a> Visitor<'a> for Uses<'_, '_, '_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                if let Expr::Attribute(method) = &*call.func
                    && self.is_it(&method.value)
                {
                    let first = call.arguments.args.first();
                    self.escapes |= match method.attr.as_str() {
                        "update" | "setdefault" => false,
                        "get" | "pop" => !self.is_other_key(first),
                        _ => true,
                    };
                    return self.visit_arguments(&call.arguments);
                }
                let (unpacked, others): (Vec<&Keyword>, Vec<&Keyword>) = call
                    .arguments
                    .keywords
                    .iter()
                    .partition(|keyword| keyword.arg.is_none() && self.is_it(&keyword.value));
                self.escapes |= !unpacked.is_empty() && self.search.model.origin(&call.func) != *self.callee;
                self.visit_expr(&call.func);
                call.arguments.args.iter().for_each(|argument| self.visit_expr(argument));
                others.iter().for_each(|keyword| self.visit_expr(&keyword.value));
            }
            Expr::Subscript(subscript) if self.is_it(&subscript.value) => {
                let written = subscript.ctx.is_store();
                self.escapes |= !written && !self.is_other_key(Some(&subscript.slice));
                self.visit_expr(&subscript.slice);
            }
            Expr::Compare(compare) if compare.comparators.iter().any(|side| self.is_it(side)) => {
                self.escapes |= !self.is_other_key(Some(&compare.left));
            }
            Expr::Name(name) if name.ctx.is_load() && self.is_it(expr) => self.escapes = true,
            _ => walk_expr(self, expr),
        }
    }
}
