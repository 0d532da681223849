//! `serve()` is called where no event loop runs.
//!
//! The old `serve()` found its event loop by itself, and `loop.run_until_complete(websockets.serve(...))` was how every tutorial began.
//! Since websockets 14.0 `serve()` raises `RuntimeError: no running event loop` when it is called outside of a coroutine.
//!
//! ```python
//! import asyncio
//!
//! import websockets
//!
//! async def hello(ws):
//!     await ws.send("hello")
//!
//! def main(port):
//!     loop = asyncio.new_event_loop()
//!     server = loop.run_until_complete(websockets.serve(hello, "localhost", port))
//!     loop.run_until_complete(server.wait_closed())
//! ```
//! becomes
//! ```python
//! import asyncio
//!
//! import websockets
//!
//! async def hello(ws):
//!     await ws.send("hello")
//!
//! def main(port):
//!     loop = asyncio.new_event_loop()
//!     async def start_server():
//!         return await websockets.serve(hello, "localhost", port)
//!
//!     server = loop.run_until_complete(start_server())
//!     loop.run_until_complete(server.wait_closed())
//! ```
//!
//! Found are calls at the top of a module, and calls in plain functions whose result is run by `run_until_complete()`. What else a
//! plain function does with a server is not known: it may be called while a loop runs.
//!
//! The call moves into a coroutine right before the statement, and the loop runs that. It is safe: the same call is made
//! with the same names, but while the loop runs.
//!
//! The statements of the tutorial become what the tutorial says today, where they follow each other at the top of a module or below
//! `if __name__ == "__main__":`, and the file asks for the event loop nowhere else:
//!
//! ```text
//! async def main():
//!     async with websockets.serve(hello, "localhost", 8765) as server:
//!         await server.serve_forever()
//!
//!
//! asyncio.run(main())
//! ```
//!
//! That is unsafe, because `asyncio.run()` makes an event loop of its own: what was tied to another one before, such as a queue made at
//! the top of a module with Python 3.9, stays with that.
//!
//! ## When there is no fix
//!
//! What happens to the server is not seen where it is made: it is stored, or made in the body of a class.

use ruff_python_ast::{Expr, ExprCall, ModModule, Stmt, StmtIf};
use ruff_text_size::{Ranged, TextRange};

use crate::fixes::imports;
use crate::fixes::outside_loop;
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::text::edit::Edit;
use crate::text::words;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS607", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["serve"] };

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for expr in outside_loop::servers(cx) {
        if cx.model.is_version_guarded(expr.start()) || cx.model.is_chosen(expr.start()) {
            continue;
        }
        let old = cx.origin(expr).may_be_instance_of(names::TOP_LEVEL_SERVE);
        let side = if old { cx.target.side } else { Side::Modern };
        let fix = match rewritten(cx, module, expr, side) {
            Some(edits) => Some((Unsafe, edits)),
            None => outside_loop::in_coroutine(cx, expr).map(|edits| (Safe, edits)),
        };
        let help = "Call it in a coroutine, `async with serve(...) as server: await server.serve_forever()`, and run that with \
                      `asyncio.run()`.";
        let message = "`serve()` needs a running event loop (since websockets 14.0): here it raises RuntimeError";
        let finding = cx.report(expr, message);
        finding.on(side).here("no event loop runs here").help(help);
        if let Some((applicability, edits)) = fix {
            finding.fix(applicability, edits);
        }
    }
    Some(())
}

/// The statements of the tutorial, as they are in the module.
struct Tutorial<'a> {
    /// From the first to the last.
    range: TextRange,
    serve: &'a Expr,
    asyncio: &'a Expr,
    /// The `if __name__ == "__main__":` around.
    below: Option<&'a StmtIf>,
}

/// The edits that put the server into a coroutine.
fn rewritten<'a>(cx: &Context<'a>, module: &'a ModModule, serve: &'a Expr, side: Side) -> Option<Vec<Edit>> {
    let Tutorial { range, asyncio, below, serve } = tutorial(cx, module, serve)?;
    imports::is_free(cx, "main").then_some(())?;
    let text = &cx.text(serve).replace("\r\n", "\n").replace('\r', "\n");
    (!imports::has_word(text, "server")).then_some(())?;
    (!text.contains("\"\"\"") && !text.contains("'''") && !cx.text(range).contains('#')).then_some(())?;
    let (newline, start) = (cx.source.newline(), range.start().to_usize());
    let before = cx.source.text().get(..below.map_or(start, |it| it.start().to_usize()))?;
    let line = cx.source.text().get(..start)?.rsplit(['\n', '\r']).next()?;
    line.trim().is_empty().then_some(())?;
    // Lines of the call go as far to the right as its first one does.
    let call: Vec<String> = text.lines().map(|one| one.strip_prefix(line).unwrap_or(one).to_owned()).collect();
    let call = call.join(&format!("{newline}    "));
    let (name, wait) = match side {
        Side::Both => ("", format!("{}.Future()  # run forever", cx.text(asyncio))),
        _ => (" as server", "server.serve_forever()".to_owned()),
    };
    let blank = |text: &str| {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text.trim_end_matches([' ', '\t']).rsplit('\n').skip(1);
        let blank = lines.take_while(|line| line.trim().is_empty()).count();
        if text.trim().is_empty() { String::new() } else { newline.repeat(2usize.saturating_sub(blank)) }
    };
    let main = format!(
        "{}async def main():{newline}    async with {call}{name}:{newline}        await {wait}{newline}{newline}{newline}",
        blank(before)
    );
    let run = format!("{}.run(main())", cx.text(asyncio));
    Some(match below {
        Some(statement) => vec![Edit::insert(statement.start(), main), Edit::replace(range, run)],
        None => vec![Edit::replace(range, main + &run)],
    })
}

fn tutorial<'a>(cx: &Context<'a>, module: &'a ModModule, serve: &'a Expr) -> Option<Tutorial<'a>> {
    let around = module.body.iter().find(|stmt| stmt.range().contains_range(serve.range()))?;
    let (body, below) = match around {
        Stmt::If(statement) if statement.elif_else_clauses.is_empty() => (&statement.body, Some(statement)),
        _ => (&module.body, None),
    };
    let at = body.iter().position(|stmt| stmt.range().contains_range(serve.range()))?;
    let value = |index: usize| match body.get(index) {
        Some(Stmt::Expr(stmt)) => Some(&*stmt.value),
        _ => None,
    };
    let assigned = |index: usize| match body.get(index)? {
        Stmt::Assign(assign) => match &*assign.targets {
            [Expr::Name(name)] => Some((name.id.as_str(), &*assign.value)),
            _ => None,
        },
        _ => None,
    };
    // `start_server = serve(...)`, maybe with `loop = asyncio.get_event_loop()` before or behind it.
    let mut first = at;
    let mut next = at;
    let held = assigned(at).filter(|(_, value)| value.range() == serve.range()).map(|(name, _)| name);
    next += usize::from(held.is_some());
    let is_loop = |expr: &Expr| expr.as_call_expr().is_some_and(|call| is_get_event_loop(cx, call));
    let mut named = assigned(next).filter(|(_, value)| is_loop(value)).inspect(|_| next += 1);
    if named.is_none() {
        named = at.checked_sub(1).and_then(assigned).filter(|(_, value)| is_loop(value)).inspect(|_| first = at - 1);
    }
    let (run, given) = method(value(next)?, "run_until_complete")?;
    let [given] = given else { return None };
    let (forever, nothing) = method(value(next + 1)?, "run_forever")?;
    let is_given = match held {
        Some(held) => given.as_name_expr().is_some_and(|name| name.id.as_str() == held),
        None => given.range() == serve.range(),
    };
    let is_the_loop = |expr: &Expr| match (named, expr) {
        (Some((name, _)), Expr::Name(other)) => other.id.as_str() == name,
        (None, expr) => is_loop(expr),
        _ => false,
    };
    (is_given && nothing.is_empty() && is_the_loop(run) && is_the_loop(forever)).then_some(())?;
    let call = named.map_or(run, |(_, value)| value).as_call_expr()?;
    let asyncio = &*call.func.as_attribute_expr()?.value;
    let range = TextRange::new(body.get(first)?.start(), body.get(next + 1)?.end());
    let only_here =
        [held, named.map(|(name, _)| name)].into_iter().flatten().all(|name| is_named_only_in(cx, name, range));
    (only_here && is_named_only_in(cx, "get_event_loop", range)).then_some(())?;
    let others = ["new_event_loop", "set_event_loop", "run_forever", "run_until_complete", "add_signal_handler"];
    others.iter().all(|name| is_named_only_in(cx, name, range)).then_some(())?;
    asyncio.is_name_expr().then_some(Tutorial { range, serve, asyncio, below })
}

fn is_get_event_loop(cx: &Context, call: &ExprCall) -> bool {
    call.arguments.is_empty() && cx.origin(&call.func).is_one_of(&["asyncio.get_event_loop"])
}

/// `object.name(...)`: the object and the arguments.
fn method<'a>(expr: &'a Expr, name: &str) -> Option<(&'a Expr, &'a [Expr])> {
    let call = expr.as_call_expr()?;
    let method = call.func.as_attribute_expr().filter(|method| method.attr.as_str() == name)?;
    call.arguments.keywords.is_empty().then_some((&*method.value, &*call.arguments.args))
}

/// Whether the word stands nowhere else in the file.
fn is_named_only_in(cx: &Context, word: &str, range: TextRange) -> bool {
    words::places(cx.source.text(), word).all(|at| (range.start().to_usize()..range.end().to_usize()).contains(&at))
}
