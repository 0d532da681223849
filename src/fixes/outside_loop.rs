//! Servers that are made where no event loop runs: at the top of a module, and in plain functions that run them to completion.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, ExprName, Stmt};
use ruff_text_size::Ranged;

use crate::fixes::imports;
use crate::fixes::statement::Enclosing;
use crate::lint::rule::Context;
use crate::text::edit::Edit;
use crate::text::words;
use crate::websockets::names;

/// The calls of `serve()` in the file for which no event loop runs, and calls of functions that are handed to
/// `run_until_complete()` and call it; in the order of the text.
pub fn servers<'a>(cx: &Context<'a>) -> Vec<&'a Expr> {
    let servers = [names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE].concat();
    let mut walk = Walk { cx, servers, scope: Scope::default(), found: Vec::new() };
    walk.visit_body(&cx.module.body);
    let top = std::mem::take(&mut walk.scope.servers).into_iter().map(|server| server.expr);
    let mut found: Vec<&'a Expr> = walk.found.into_iter().chain(top).collect();
    found.sort_by_key(Ranged::start);
    found
}

/// A server that is made, and the name that holds it.
struct Made<'a> {
    expr: &'a Expr,
    target: Option<&'a Expr>,
    /// Whether `run_until_complete(...)` is around.
    is_run: bool,
}

/// The code of a module or of a function, without the functions inside.
#[derive(Default)]
struct Scope<'a> {
    servers: Vec<Made<'a>>,
    /// What is handed to `run_until_complete()`.
    run: Vec<&'a Expr>,
}

struct Walk<'c, 'a> {
    cx: &'c Context<'a>,
    servers: Vec<&'static str>,
    scope: Scope<'a>,
    found: Vec<&'a Expr>,
}

impl<'a> Walk<'_, 'a> {
    fn is_server(&self, call: &ExprCall) -> bool {
        self.cx.model.may_be_called(&call.func, &["serve", "unix_serve"])
            && self.cx.origin(&call.func).is_one_of(&self.servers)
    }

    fn inside(&mut self, visit: impl FnOnce(&mut Self)) -> Scope<'a> {
        let outer = std::mem::take(&mut self.scope);
        visit(self);
        std::mem::replace(&mut self.scope, outer)
    }

    /// Those of a plain function that it runs itself.
    fn plain_function(&mut self, scope: Scope<'a>) {
        for server in scope.servers {
            let is_target =
                |run: &&'a Expr| server.target.is_some_and(|target| self.cx.text(target) == self.cx.text(*run));
            if server.is_run || scope.run.iter().any(is_target) {
                self.found.push(server.expr);
            }
        }
    }

    /// `run_until_complete(start())`, where `start` is a function that gives a server.
    fn run(&mut self, argument: &'a Expr) {
        self.scope.run.push(argument);
        let Expr::Call(call) = argument else { return };
        if !self.is_server(call) && self.cx.origin(argument).is_instance_of(&self.servers) {
            self.found.push(argument);
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) if def.is_async => {
                self.inside(|walk| walk.visit_body(&def.body));
            }
            Stmt::FunctionDef(def) => {
                let scope = self.inside(|walk| walk.visit_body(&def.body));
                self.plain_function(scope);
            }
            Stmt::Assign(assign) => {
                let before = self.scope.servers.len();
                walk_stmt(self, stmt);
                let is_value = |server: &&mut Made| server.expr.range() == assign.value.range();
                if let ([target], Some(made)) =
                    (&*assign.targets, self.scope.servers[before..].iter_mut().find(is_value))
                {
                    made.target = Some(target);
                }
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) | Expr::Await(_) => {
                self.inside(|walk| walk_expr(walk, expr));
            }
            Expr::Call(call) => {
                if self.is_server(call) {
                    self.scope.servers.push(Made { expr, target: None, is_run: false });
                }
                let runs = call.func.as_attribute_expr().is_some_and(|it| it.attr.as_str() == "run_until_complete");
                let before = self.scope.servers.len();
                walk_expr(self, expr);
                if runs {
                    call.arguments.args.first().into_iter().for_each(|argument| self.run(argument));
                    self.scope.servers[before..].iter_mut().for_each(|server| server.is_run = true);
                }
            }
            _ => walk_expr(self, expr),
        }
    }
}

/// What runs or waits for a coroutine that it is given.
const WAITING: &[&str] = &["run_until_complete", "gather", "wait_for", "shield", "ensure_future", "create_task"];

/// What means something else in a function of its own, or does not survive the move.
const BOUND_TO_PLACE: &[&str] = &["\"\"\"", "'''", ":=", "super()", "yield", "await", "\\\n"];

/// `loop.run_until_complete(serve(...))` runs a coroutine that makes the call, and so does `start = serve(...)` where all that
/// happens to `start` is that it is run.
pub fn in_coroutine<'a>(cx: &Context<'a>, serve: &'a Expr) -> Option<Vec<Edit>> {
    let around = Enclosing::of(cx, serve)?;
    let is_waited_for = match around.stmt {
        Stmt::Assign(assign) if assign.value.range() == serve.range() => match &*assign.targets {
            [Expr::Name(name)] => is_only_waited_for(cx, name),
            _ => false,
        },
        _ => is_given(cx, serve),
    };
    if !is_waited_for {
        return None;
    }
    let text = cx.text(serve).replace("\r\n", "\n").replace('\r', "\n");
    if BOUND_TO_PLACE.iter().any(|word| text.contains(word)) {
        return None;
    }
    let name = ["start_server", "start_websocket_server"].into_iter().find(|name| imports::is_free(cx, name))?;
    let call = text.replace('\n', &format!("{}    ", cx.source.newline()));
    let lines = [format!("async def {name}():"), format!("    return await {call}"), String::new()];
    Some(vec![around.put_before(cx, &lines), Edit::replace(serve, format!("{name}()"))])
}

/// Whether `expr` is an argument of something that waits for it.
fn is_given(cx: &Context, expr: &Expr) -> bool {
    cx.model.calls().iter().any(|call| {
        let name = match &*call.func {
            Expr::Attribute(method) => method.attr.as_str(),
            Expr::Name(name) => name.id.as_str(),
            _ => return false,
        };
        WAITING.contains(&name) && call.arguments.args.iter().any(|argument| argument.range() == expr.range())
    })
}

/// Whether the only thing that happens to a name is that something waits for it.
fn is_only_waited_for(cx: &Context, target: &ExprName) -> bool {
    let calls = cx.model.calls().iter().flat_map(|call| &call.arguments.args);
    let mut given = calls.filter(|argument| argument.as_name_expr().is_some_and(|it| it.id == target.id));
    let waits = given.next().is_some_and(|argument| is_given(cx, argument));
    waits && given.next().is_none() && words::places(cx.source.text(), &target.id).count() == 2
}
