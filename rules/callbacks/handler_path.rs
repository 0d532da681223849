//! Handlers receive only the connection: the argument `path` was removed.
//!
//! The old server called `handler(websocket, path)` where a handler took two arguments. Since websockets 14.0 it calls
//! `handler(websocket)`. The handler raises `TypeError: handler() missing 1 required positional argument: 'path'` for each connection; the
//! client sees close code 1011, and the server goes on.
//!
//! ```python
//! import websockets
//!
//! async def handler(ws, path):
//!     if path == "/chat":
//!         await chat(ws)
//!
//! async def main():
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         await server.serve_forever()
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def handler(ws):
//!     if ws.request.path == "/chat":
//!         await chat(ws)
//!
//! async def main():
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         await server.serve_forever()
//! ```
//!
//! The value is the same, the query included. A handler that uses it more than once begins with `path = ws.request.path`. The
//! fix is safe where the function is nothing but a handler: then nobody passes the argument any more.
//!
//! It is unsafe where somebody else names the function, such as a test that calls `handler(fake, "/chat")`, or a class derived from the
//! handler's has a method of the same name. Then the parameter stays, with the default `None`, and is filled where it is `None`.
//!
//! Where both sides of 14.0 are supported, the fix writes `getattr(ws, "request", ws).path`, which works with websockets 10.0 to
//! 17.4. Handlers with one argument work since 10.1; with an older floor the parameter gets a default instead.
//!
//! What a decorator of another file makes of a function is not known, and left alone.
//!
//! ## When there is no fix
//!
//! The function is also called by other code, or the path is used in a way that cannot be replaced.

use pep440_rs::Version;
use ruff_python_ast::ParameterWithDefault;

use crate::fixes::callback::{self, Callback, Code};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::handlers::Role;
use crate::target::Side;
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::text::edit::{Applicability, Edit};

pub const META: Meta =
    Meta { code: "WS601", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["websockets", ", path"] };

pub fn check<'a>(_: &'a ruff_python_ast::ModModule, cx: &mut Context<'a>) -> Option<()> {
    for callback in callback::callbacks(cx, Role::Handler) {
        let [connection, path, others @ ..] = &callback.arguments()[..] else { continue };
        let name = &path.parameter.name;
        let is_given = |one: &ParameterWithDefault| callback.keywords.contains(&one.parameter.name.to_string());
        // With more of them it was never called, with a default it is.
        let is_open = |one: &ParameterWithDefault| one.default.is_none() && !is_given(one);
        if !is_open(path) || others.iter().any(|other| is_open(other)) {
            continue;
        }
        let fix = fix(cx, &callback, connection, path);
        let message = format!(
            "handlers are no longer passed `{name}` (removed in websockets 14.0): {} raises TypeError for each connection, and the client \
             sees close code 1011",
            callback.name()
        );
        let request = format!("{}.request.path", connection.parameter.name);
        let help = match callback.side {
            Side::Both => format!(
                "Take the connection only, and read `getattr({0}, \"request\", {0}).path`, which works on both sides of 14.0.",
                connection.parameter.name
            ),
            _ => format!("Take the connection only, and read `{request}`."),
        };
        let finding = cx.report(path.parameter.range, message);
        finding.on(callback.side).here("no longer passed").help(help);
        if let Some((applicability, edits)) = fix {
            finding.fix(applicability, edits);
        }
    }
    Some(())
}

fn fix<'a>(
    cx: &Context<'a>,
    callback: &Callback<'a>,
    connection: &ParameterWithDefault,
    path: &ParameterWithDefault,
) -> Option<(Applicability, Vec<Edit>)> {
    let read = callback.path(connection);
    let takes_one = |floor: &Version| *floor >= Version::new([10, 1]);
    let old = callback.side == Side::Both && !cx.target.floor.as_ref().is_some_and(takes_one);
    match callback.code {
        Code::Function(_) if !callback.is_only_that(cx) || old => Some((
            if old && callback.is_only_that(cx) { Safe } else { Unsafe },
            with_default(cx, callback, path, &read)?,
        )),
        _ => Some((Safe, callback::read_instead(cx, callback, connection, path, &read)?)),
    }
}

/// The parameter gets a default, and is filled from `new` where nobody passes it.
fn with_default<'a>(
    cx: &Context<'a>,
    callback: &Callback<'a>,
    path: &ParameterWithDefault,
    new: &str,
) -> Option<Vec<Edit>> {
    let Code::Function(def) = callback.code else { return None };
    // What has none cannot stand behind what has one.
    callback.arguments().iter().skip(2).all(|other| other.default.is_some()).then_some(())?;
    let name = &path.parameter.name;
    let default = match &path.parameter.annotation {
        None => vec![Edit::replace(path, format!("{name}=None"))],
        Some(annotation) => {
            let text = cx.text(&**annotation);
            let optional =
                if text.contains(['"', '\'', '|', '[']) { return None } else { format!("\"{text} | None\"") };
            vec![Edit::replace(path, format!("{name}: {optional} = None"))]
        }
    };
    if callback::uses(cx, callback, &path.parameter).reads.is_empty() {
        return Some(default);
    }
    let newline = cx.source.newline();
    let statement = callback::first_statement(cx, def, &format!("if {name} is None:"))?;
    // The condition needs a line of its own, and another one for what follows.
    let indent = statement.content.strip_prefix(newline)?.split("if").next()?;
    let step = if indent.contains('\t') { "\t" } else { "    " };
    let filled = format!("{}{newline}{indent}{step}{name} = {new}", statement.content);
    Some([default, vec![Edit { content: filled, ..statement }]].concat())
}
