//! What tests say about names, and where: `isinstance`, `type(x) is`, `match`; and which code a test chooses.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{CmpOp, Expr, ExprName, Pattern, Stmt, StmtIf, StmtMatch, UnaryOp};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::bind::{Binder, Choice};
use super::scope::{Block, BlockId, BlockKind, Value};

impl<'a> Binder<'a> {
    pub(super) fn choice(&mut self, range: TextRange, test: &'a Expr) {
        self.bound.choices.push(Choice { range, test });
    }

    pub(super) fn visit_if(&mut self, statement: &'a StmtIf) {
        self.choice(statement.range, &statement.test);
        self.visit_expr(&statement.test);
        let branch = BlockKind::Arm(statement.start());
        if let Some(first) = statement.body.first() {
            self.in_suite(&statement.body, first.start(), branch, |binder| {
                binder.narrow(&statement.test, first.start(), true);
            });
        }
        for clause in &statement.elif_else_clauses {
            if let Some(test) = &clause.test {
                self.choice(TextRange::new(clause.start(), statement.end()), test);
                self.visit_expr(test);
            }
            if let Some(first) = clause.body.first() {
                self.in_suite(&clause.body, first.start(), branch, |binder| {
                    // Here the first test does not hold. The further ones would make a long ladder quadratic.
                    binder.narrow(&statement.test, first.start(), false);
                    if let Some(test) = &clause.test {
                        binder.narrow(test, first.start(), true);
                    }
                });
            }
        }
        // `if not isinstance(x, T): return` narrows what follows.
        let leaves = statement
            .body
            .last()
            .is_some_and(|last| matches!(last, Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) | Stmt::Break(_)));
        if leaves && statement.elif_else_clauses.is_empty() {
            let end = self.bound.scopes.block(self.block).range.end();
            self.choice(TextRange::new(statement.end(), end.max(statement.end())), &statement.test);
            self.narrow(&statement.test, statement.end(), false);
        }
    }

    /// Records what `test` being `holds` says about names, from `from` on in the current block.
    pub(super) fn narrow(&mut self, test: &'a Expr, from: TextSize, holds: bool) {
        match test {
            Expr::Call(call) if holds => {
                if let (Expr::Name(function), [subject, class]) = (&*call.func, &*call.arguments.args) {
                    match (function.id.as_str(), subject) {
                        ("isinstance", Expr::Name(name)) => self.narrow_name(name, from, Value::Narrowed(class)),
                        ("issubclass", subject) => self.narrow_by_type(subject, from, class),
                        _ => {}
                    }
                }
            }
            Expr::Compare(compare) => {
                let ([op], [class]) = (&*compare.ops, &*compare.comparators) else { return };
                let same = match op {
                    CmpOp::Is | CmpOp::Eq => true,
                    CmpOp::IsNot | CmpOp::NotEq => false,
                    _ => return,
                };
                if same == holds {
                    self.narrow_by_type(&compare.left, from, class);
                }
            }
            Expr::UnaryOp(not) if not.op == UnaryOp::Not => self.narrow(&not.operand, from, !holds),
            Expr::BoolOp(both) if both.op == ruff_python_ast::BoolOp::And && holds => {
                for value in &both.values {
                    self.narrow(value, from, holds);
                }
            }
            Expr::BoolOp(either) if either.op == ruff_python_ast::BoolOp::Or && !holds => {
                for value in &either.values {
                    self.narrow(value, from, holds);
                }
            }
            _ => {}
        }
    }

    /// `type(x) is T`, `issubclass(type(x), T)`: `subject` is the `type(x)`.
    fn narrow_by_type(&mut self, subject: &'a Expr, from: TextSize, class: &'a Expr) {
        if let Expr::Call(call) = subject
            && let (Expr::Name(function), [Expr::Name(name)]) = (&*call.func, &*call.arguments.args)
            && function.id == "type"
        {
            self.narrow_name(name, from, Value::Narrowed(class));
        }
    }

    fn narrow_name(&mut self, name: &'a ExprName, from: TextSize, value: Value<'a>) {
        let id = self.record(name.range, from, value);
        let scope = self.scope();
        self.scope_mut(scope).narrowings.entry(&name.id).or_default().push(id);
    }

    /// `isinstance(x, T) and x.y`: the rest of the conjunction knows; so does that of `not isinstance(x, T) or x.y`.
    pub(super) fn visit_chain(&mut self, values: &'a [Expr], range: TextRange, holds: bool) {
        let scope = self.scope();
        for (index, value) in values.iter().enumerate() {
            self.visit_expr(value);
            if let Some(next) = values.get(index + 1) {
                let rest = TextRange::new(next.start(), range.end());
                let outer = self.block;
                let parent = Some(outer);
                self.block = BlockId(u32::try_from(self.bound.scopes.blocks.len()).unwrap_or(u32::MAX));
                let block =
                    Block { range: rest, parent, enclosing: parent, scope, kind: BlockKind::Optional, exits: false };
                self.bound.scopes.blocks.push(block);
                self.narrow(value, next.start(), holds);
            }
        }
    }

    pub(super) fn visit_match(&mut self, statement: &'a StmtMatch) {
        self.visit_expr(&statement.subject);
        for case in &statement.cases {
            let Some(first) = case.body.first() else { continue };
            self.in_suite(&case.body, case.start(), BlockKind::Arm(statement.start()), |binder| {
                binder.visit_pattern(&case.pattern);
                binder.visit_pattern_names(&case.pattern, first.start());
                binder.narrow_subject(&statement.subject, &case.pattern, first.start());
                if let Some(guard) = &case.guard {
                    binder.visit_expr(guard);
                }
            });
        }
    }

    fn visit_pattern_names(&mut self, pattern: &'a Pattern, from: TextSize) {
        match pattern {
            Pattern::MatchAs(inner) => {
                if let Some(name) = &inner.name {
                    let value = match inner.pattern.as_deref() {
                        Some(Pattern::MatchClass(class)) => Value::Narrowed(&class.cls),
                        _ => Value::Opaque,
                    };
                    self.bind(name, name.range, from, value);
                }
                if let Some(inner) = &inner.pattern {
                    self.visit_pattern_names(inner, from);
                }
            }
            Pattern::MatchStar(star) => {
                if let Some(name) = &star.name {
                    self.bind(name, name.range, from, Value::Opaque);
                }
            }
            Pattern::MatchMapping(mapping) => {
                if let Some(name) = &mapping.rest {
                    self.bind(name, name.range, from, Value::Opaque);
                }
                mapping.patterns.iter().for_each(|inner| self.visit_pattern_names(inner, from));
            }
            Pattern::MatchSequence(sequence) => {
                sequence.patterns.iter().for_each(|inner| self.visit_pattern_names(inner, from));
            }
            Pattern::MatchOr(either) => either.patterns.iter().for_each(|inner| self.visit_pattern_names(inner, from)),
            Pattern::MatchClass(class) => {
                class.arguments.patterns.iter().for_each(|inner| self.visit_pattern_names(inner, from));
                class.arguments.keywords.iter().for_each(|inner| self.visit_pattern_names(&inner.pattern, from));
            }
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        }
    }

    /// `match e: case InvalidStatus():` says what `e` is.
    fn narrow_subject(&mut self, subject: &'a Expr, pattern: &'a Pattern, from: TextSize) {
        let Expr::Name(name) = subject else { return };
        let inner = match pattern {
            Pattern::MatchAs(bound) => bound.pattern.as_deref(),
            other => Some(other),
        };
        if let Some(Pattern::MatchClass(class)) = inner {
            self.narrow_name(name, from, Value::Narrowed(&class.cls));
        }
    }
}
