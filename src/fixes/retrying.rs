//! Loops over a client, `async for ws in connect(...)`: the legacy one tries again after any error, the new one after some.

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, ModModule, Stmt, StmtFor};

use crate::lint::rule::Context;
use crate::python::Origin;

/// What lets the new client try again after any error.
pub const ARGUMENT: &str = "process_exception=lambda exc: None";

/// A loop over a client.
#[derive(Debug, Clone, Copy)]
pub struct Loop<'a> {
    /// The statement.
    pub statement: &'a StmtFor,
    /// The call that makes the client: the iterated expression itself, what the name in it was assigned, or what the function that it
    /// calls returns.
    pub call: &'a ExprCall,
}

/// The `async for` statements of a module over what one of `clients` makes.
pub fn loops<'a>(cx: &Context<'a>, module: &'a ModModule, clients: &[&str]) -> Vec<Loop<'a>> {
    let mut loops = Loops(Vec::new());
    loops.visit_body(&module.body);
    let found = loops.0.into_iter().filter_map(|statement| {
        let call = made(cx, &statement.iter)?;
        cx.callee(call).is_one_of(clients).then_some(Loop { statement, call })
    });
    found.collect()
}

fn made<'a>(cx: &Context<'a>, iter: &'a Expr) -> Option<&'a ExprCall> {
    match iter {
        Expr::Call(call) => match cx.origin(&call.func) {
            Origin::Ref(name) if name.split_project().is_some() => {
                let mut functions = cx.model.functions().filter(|it| cx.model.name_of(it.def).as_ref() == Some(&name));
                let function = functions.next().filter(|it| !it.def.is_async)?;
                match &*function.returns {
                    [Expr::Call(made)] if functions.next().is_none() => Some(made),
                    _ => None,
                }
            }
            _ => Some(call),
        },
        Expr::Name(name) => match cx.model.assigned(&name.id, name.range.start())?.as_slice() {
            [Expr::Call(call)] => Some(call),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the call says what to do after an exception, or may say so in a dictionary from somewhere else.
pub fn chooses<'a>(cx: &Context<'a>, call: &'a ExprCall) -> bool {
    !cx.model.passed(call, "process_exception").is_empty() || cx.model.unpacks_unseen(call)
}

/// The `async for` statements of a file.
struct Loops<'a>(Vec<&'a StmtFor>);

impl<'a> Visitor<'a> for Loops<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::For(statement) = stmt
            && statement.is_async
        {
            self.0.push(statement);
        }
        walk_stmt(self, stmt);
    }
}
