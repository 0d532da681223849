//! The statement that an expression is evaluated in, as a place to put something in front of it.

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, Stmt, WithItem};
use ruff_text_size::{Ranged, TextRange};

use crate::lint::rule::Context;
use crate::syntax::scope::ScopeKind;
use crate::text::edit::Edit;

/// A statement with its lines for itself, all of whose parts are evaluated once, when it runs.
#[derive(Debug, Clone, Copy)]
pub struct Enclosing<'a> {
    /// The statement.
    pub stmt: &'a Stmt,
    /// What stands before it on its line.
    pub indent: &'a str,
}

impl<'a> Enclosing<'a> {
    /// The statement around `expr`. `None` where what stands before it would not run right before `expr` does: in a loop's
    /// condition, a lambda, a comprehension, the body of a class.
    pub fn of(cx: &Context<'a>, expr: &impl Ranged) -> Option<Self> {
        let mut search = Search { range: expr.range(), found: None };
        search.visit_body(&cx.module.body);
        let stmt = search.found?;
        let scopes = cx.model.scopes();
        let scope = |at| scopes.block(scopes.block_at(at)).scope;
        let here = scope(stmt.start());
        // A comprehension may be all of the statement.
        let is_plain = matches!(scopes.scope(here).kind, ScopeKind::Module | ScopeKind::Function(_));
        if here != scope(expr.start()) || !is_plain {
            return None;
        }
        let before = cx.source.text().get(..stmt.start().to_usize())?;
        let indent = before.rsplit(['\n', '\r']).next()?;
        if !indent.trim().is_empty() {
            return None;
        }
        Some(Self { stmt, indent })
    }

    /// Puts lines, the first of which is not indented, in front of the statement.
    pub fn put_before(&self, cx: &Context, lines: &[String]) -> Edit {
        let newline = cx.source.newline();
        let rest = lines.iter().skip(1).map(|line| match line.as_str() {
            "" => newline.to_owned(),
            line => format!("{newline}{}{line}", self.indent),
        });
        let rest: String = rest.collect();
        let first = lines.first().map_or("", String::as_str);
        Edit::insert(self.stmt.start(), format!("{first}{rest}{newline}{}", self.indent))
    }
}

struct Search<'a> {
    range: TextRange,
    found: Option<&'a Stmt>,
}

impl<'a> Visitor<'a> for Search<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !stmt.range().contains_range(self.range) {
            return;
        }
        let is_inside = |expr: &Expr| expr.range().contains_range(self.range);
        let is_entered = |item: &WithItem| is_inside(&item.context_expr);
        self.found = match stmt {
            Stmt::Expr(_) | Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::AugAssign(_) | Stmt::Return(_) => Some(stmt),
            // What is entered after something else is evaluated after that.
            Stmt::With(with) if with.items.first().is_some_and(is_entered) => Some(stmt),
            _ => None,
        };
        walk_stmt(self, stmt);
    }
}
