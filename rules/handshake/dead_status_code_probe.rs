//! `hasattr` or `getattr` asks an exception for `status_code`, which it no longer has.
//!
//! `InvalidStatus`, which the top-level `connect()` raises since websockets 14.0, keeps its status in `exc.response.status_code`.
//! `hasattr(exc, "status_code")` is always false and `getattr(exc, "status_code", None)` always `None`: no error, every rejection
//! just looks like something else.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     try:
//!         await websockets.connect(uri)
//!     except Exception as exc:
//!         if hasattr(exc, "status_code") and exc.status_code == 403:
//!             return "forbidden"
//! ```
//!
//! There is no fix, because such a probe is often meant for several kinds of exceptions. Ask for the class instead:
//!
//! ```text
//! except websockets.InvalidStatus as exc:
//!     if exc.response.status_code == 403:
//! ```
//!
//! A probe of any exception is reported only where the `try` opens a connection with the new client and nothing else that is
//! known to raise an exception with a status, and the handler does not also ask for `response`.
//!
//! ## When there is no fix
//!
//! What the code does when nothing is found is part of its logic.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{ExceptHandlerExceptHandler, Expr, ExprCall, Stmt, StmtTry};
use ruff_text_size::Ranged;

use crate::fixes::response;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS203",
    since: "14.0",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &["status_code", "InvalidStatus", "InvalidHandshake"],
};

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let [object, Expr::StringLiteral(asked), ..] = &*call.arguments.args else { return None };
    let asked = asked.value.to_str();
    let probe = ["hasattr", "getattr"].into_iter().find(|name| cx.model.is_builtin(&call.func, name))?;
    (response::MOVED.contains(&asked) && cx.target.side == Side::Modern).then_some(())?;
    let origin = cx.origin(object);
    let exact = origin.is_instance_of(&[names::INVALID_STATUS, names::HANDSHAKE_BASES].concat());
    let of_connect = asked == "status_code" && is_any_exception(&origin) && only_connects(cx, object);
    if !(exact || of_connect) || asks_response(cx, object) || cx.model.is_version_guarded(call.start()) {
        return None;
    }
    let outcome = match (probe, call.arguments.args.get(2)) {
        ("hasattr", _) => "this is always false".to_owned(),
        (_, Some(default)) => format!("this is always `{}`", cx.text(default)),
        (_, None) => "this raises AttributeError".to_owned(),
    };
    cx.report(
        call,
        format!(
            "the exception of a rejected handshake no longer has `{asked}` (removed in websockets 14.0): {outcome}"
        ),
    )
    .here(format!("now in `response.{asked}`"))
    .help(format!("Catch `websockets.InvalidStatus`, and read `exc.response.{asked}`."));
    Some(())
}

fn is_any_exception(origin: &Origin) -> bool {
    origin.is_instance_of(&["builtins.Exception", "builtins.BaseException"])
}

/// Whether `object` is the exception of a handler whose `try` opens a connection with the new client, and calls nothing from
/// another library.
fn only_connects(cx: &Context, object: &Expr) -> bool {
    let Some(statement) = handled_try(cx, object) else { return false };
    let mut calls = Calls { cx, connects: false, others: false };
    calls.visit_body(&statement.body);
    calls.connects && !calls.others
}

fn handled_try<'a>(cx: &Context<'a>, object: &Expr) -> Option<&'a StmtTry> {
    let name = object.as_name_expr()?;
    let handles = |handler: &ExceptHandlerExceptHandler| {
        handler.range.contains(object.start()) && handler.name.as_ref().is_some_and(|bound| bound.id == name.id)
    };
    cx.model
        .tries()
        .iter()
        .rev()
        .copied()
        .find(|statement| statement.handlers.iter().any(|handler| handler.as_except_handler().is_some_and(handles)))
}

/// Whether the handler around `object` asks the same object for `response`, by name or directly.
fn asks_response(cx: &Context, object: &Expr) -> bool {
    let Some(statement) = handled_try(cx, object) else { return cx.model.is_probed_for(object, "response") };
    let text = cx.text(statement);
    text.contains(&format!("{}.response", cx.text(object)))
        || text.contains("\"response\"")
        || text.contains("'response'")
}

struct Calls<'c, 'a> {
    cx: &'c Context<'a>,
    connects: bool,
    others: bool,
}

impl<'a> Visitor<'a> for Calls<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        // What a nested function does is done elsewhere.
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            ruff_python_ast::visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            let callee = self.cx.callee(call);
            let client = names::new_connect();
            if callee.is_one_of(&client) {
                self.connects = true;
            } else if let Some(name) = callee.library_name() {
                let harmless = ["builtins.", "asyncio.", "json.", "logging.", "time.", "ssl.", "websockets."];
                self.others |= !harmless.iter().any(|module| name.starts_with(module));
            }
        }
        walk_expr(self, expr);
    }
}
