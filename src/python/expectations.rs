//! What tests expect of the calls that a mock records: `assert_called_with(...)`, `call_args.kwargs[...]` and their kin.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, ExprCall, Number, Stmt, UnaryOp};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use super::Model;
use super::mocks::{Mocks, Patch};
use crate::syntax::scope::Value;
use crate::text::edit::Edit;

const ASSERTIONS: &[&str] = &[
    "assert_any_await",
    "assert_any_call",
    "assert_awaited_once_with",
    "assert_awaited_with",
    "assert_called_once_with",
    "assert_called_with",
    "assert_has_awaits",
    "assert_has_calls",
];

/// A place where a test names a keyword argument that it expects.
#[derive(Debug)]
pub struct Expectation<'a> {
    /// The name in the text; a key with its quotes.
    pub range: TextRange,
    /// Puts the new name there. `None` where the place is also used for something else.
    pub edit: Option<Edit>,
    /// The mock that it is about.
    pub patch: Patch<'a>,
}

impl<'a> Mocks<'_, 'a> {
    /// Every place that expects the keyword `old` in a recorded call, unless the test expects `new` as well, or expects to fail.
    pub fn expectations(&self, old: &str, new: &str) -> Vec<Expectation<'a>> {
        let text = self.model.source.text();
        let statement = TextRange::default();
        let mut search = Search {
            model: self.model,
            mocks: self,
            text,
            old,
            new,
            knows_both: false,
            statement,
            found: vec![],
            seen: FxHashSet::default(),
        };
        search.visit_body(self.model.body());
        search.found
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    mocks: &'m Mocks<'m, 'a>,
    text: &'m str,
    old: &'m str,
    new: &'m str,
    /// Whether the function names the new keyword too.
    knows_both: bool,
    /// The statement, with all of it where it chooses between several.
    statement: TextRange,
    found: Vec<Expectation<'a>>,
    /// A dictionary can be expected in several places.
    seen: FxHashSet<TextRange>,
}

impl<'a> Search<'_, 'a> {
    fn mentions_new(&self, range: TextRange) -> bool {
        self.text.get(range.start().to_usize()..range.end().to_usize()).is_some_and(|text| text.contains(self.new))
    }

    fn push(&mut self, range: TextRange, edit: Option<Edit>, patch: Patch<'a>) {
        if !self.mentions_new(self.statement) && self.seen.insert(range) {
            self.found.push(Expectation { range, edit, patch });
        }
    }

    fn key(&mut self, key: &Expr, patch: Patch<'a>) {
        let Some(literal) = key.as_string_literal_expr().filter(|literal| literal.value == *self.old) else { return };
        let edit = literal.as_single_part_string().map(|part| Edit::replace(part.content_range(), self.new));
        self.push(literal.range, edit, patch);
    }

    /// `connect.assert_called_with(...)`, `connect.call_args.kwargs.get("extra_headers")`
    fn call(&mut self, call: &'a ExprCall) -> Option<()> {
        let method = call.func.as_attribute_expr()?;
        let name = method.attr.as_str();
        if ASSERTIONS.contains(&name) {
            let patch = self.mocks.mocked(&method.value)?;
            self.expected(call, &patch);
            call.arguments.args.iter().for_each(|argument| self.expected_calls(argument, &patch));
        } else if matches!(name, "get" | "pop") && !self.knows_both {
            let patch = self.keywords(&method.value)?;
            self.key(call.arguments.args.first()?, patch);
        }
        Some(())
    }

    /// The keyword in the arguments of an assertion or of a `call(...)`; a dictionary from elsewhere is shown, not changed.
    fn expected(&mut self, call: &'a ExprCall, patch: &Patch<'a>) {
        for place in self.model.passed(call, self.old) {
            let edits = place.rename(self.new).filter(|_| call.range().contains_range(place.range()));
            let edit = edits.and_then(|mut edits| edits.pop().filter(|_| edits.is_empty()));
            self.push(place.range(), edit, patch.clone());
        }
    }

    /// `[call(...), call(...)]`
    fn expected_calls(&mut self, expr: &'a Expr, patch: &Patch<'a>) {
        match expr {
            Expr::List(list) => list.elts.iter().for_each(|element| self.expected_calls(element, patch)),
            Expr::Call(call) if self.model.origin(&call.func).is_one_of(&["unittest.mock.call", "mock.call"]) => {
                self.expected(call, patch);
            }
            _ => {}
        }
    }

    /// `"extra_headers" in kwargs`, `kwargs == {...}`, `connect.call_args == call(...)`
    fn compare(&mut self, left: &'a Expr, op: CmpOp, right: &'a Expr) -> Option<()> {
        if matches!(op, CmpOp::In | CmpOp::NotIn) {
            let patch = self.keywords(right).filter(|_| !self.knows_both)?;
            self.key(left, patch);
        } else if let (Some(patch), Expr::Dict(dict)) = (self.keywords(left), right) {
            dict.items.iter().filter_map(|item| item.key.as_ref()).for_each(|key| self.key(key, patch.clone()));
        } else {
            let list = left
                .as_attribute_expr()
                .filter(|it| it.attr.as_str().ends_with("_calls") || it.attr.as_str().ends_with("_list"));
            let patch = list.and_then(|it| self.mocks.mocked(&it.value)).or_else(|| self.recorded(left))?;
            self.expected_calls(right, &patch);
        }
        Some(())
    }

    /// The mock whose recorded keywords `expr` is: `connect.call_args.kwargs`, `connect.call_args[1]`, or a name for it.
    fn keywords(&self, expr: &Expr) -> Option<Patch<'a>> {
        match expr {
            Expr::Attribute(attribute) if attribute.attr.as_str() == "kwargs" => self.recorded(&attribute.value),
            Expr::Subscript(item) => match index(&item.slice)? {
                -1 => self.recorded(&item.value),
                // An item of `mock_calls` begins with the name of what was called.
                at => self.recorded(&item.value).filter(|_| at == if self.is_named(&item.value) { 2 } else { 1 }),
            },
            Expr::Name(name) => match self.value(name)? {
                Value::Expr(expr) => self.keywords(expr),
                Value::Element(whole, Some(at)) => match &**whole {
                    Value::Expr(expr) => self.recorded(expr).filter(|_| *at == if self.is_named(expr) { 2 } else { 1 }),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a recorded call is an item of `mock_calls`: a name, the arguments, the keywords.
    fn is_named(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Subscript(item) => {
                item.value.as_attribute_expr().is_some_and(|list| list.attr.as_str() == "mock_calls")
            }
            Expr::Name(name) => match self.value(name) {
                Some(Value::Expr(expr)) => self.is_named(expr),
                _ => false,
            },
            _ => false,
        }
    }

    /// The mock one of whose recorded calls `expr` is.
    fn recorded(&self, expr: &Expr) -> Option<Patch<'a>> {
        match expr {
            Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "call_args" | "await_args") => {
                self.mocks.mocked(&attribute.value)
            }
            Expr::Subscript(item) => {
                let list = item.value.as_attribute_expr()?;
                index(&item.slice)?;
                let is_list = matches!(list.attr.as_str(), "call_args_list" | "await_args_list" | "mock_calls");
                is_list.then(|| self.mocks.mocked(&list.value))?
            }
            Expr::Name(name) => match self.value(name)? {
                Value::Expr(expr) => self.recorded(expr),
                _ => None,
            },
            _ => None,
        }
    }

    fn value(&self, name: &ruff_python_ast::ExprName) -> Option<&Value<'a>> {
        let [id] = self.model.scopes().reaching(&name.id, name.start())?[..] else { return None };
        Some(&self.model.scopes().binding(id).value)
    }
}

fn index(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(index) => index.as_i64(),
            _ => None,
        },
        Expr::UnaryOp(minus) if minus.op == UnaryOp::USub => index(&minus.operand).map(|index| -index),
        _ => None,
    }
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let outer = (self.knows_both, self.statement);
        match stmt {
            Stmt::FunctionDef(function) => {
                self.knows_both = self.mentions_new(function.range);
                self.statement = TextRange::default();
            }
            Stmt::ClassDef(_) | Stmt::With(_) | Stmt::For(_) | Stmt::While(_) => {}
            // What chooses, chooses for all of its arms.
            _ if matches!(outer.1, range if range.contains_range(stmt.range())) => {}
            _ => self.statement = stmt.range(),
        }
        let fails = matches!(stmt, Stmt::With(with) if with.items.iter().any(|item| self.model.expects_failure(&item.context_expr)));
        if !fails {
            walk_stmt(self, stmt);
        }
        (self.knows_both, self.statement) = outer;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                let _ = self.call(call);
            }
            Expr::Subscript(item) => {
                if let Some(patch) = self.keywords(&item.value) {
                    self.key(&item.slice, patch);
                }
            }
            Expr::Compare(compare) => {
                if let ([op], [right]) = (&*compare.ops, &*compare.comparators) {
                    let _ = self.compare(&compare.left, *op, right);
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
