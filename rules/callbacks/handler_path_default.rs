//! A handler with `path=None` never gets the path.
//!
//! Since websockets 10.1 a server looks at the handler's parameters: one that can be called with the connection alone is called
//! so. A second parameter with a default, written to work with any version, keeps its default for ever, and nothing says so.
//!
//! ```python
//! import websockets
//!
//! async def handler(ws, path=None):
//!     await ws.send(f"welcome to {path}")
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
//!     await ws.send(f"welcome to {ws.request.path}")
//!
//! async def main():
//!     async with websockets.serve(handler, "localhost", 8765) as server:
//!         await server.serve_forever()
//! ```
//!
//! The fix is unsafe: the handler sees the path then, after years with the default, and may do what it never did. There is none
//! where somebody else calls the function. Where both sides of 14.0 are supported it reads `getattr(ws, "request", ws).path`.
//!
//! A handler that reads the path from the connection too, that asks elsewhere where it gets none (`path = path or path_of(ws)`),
//! or that does not use the parameter, is left alone.
//!
//! ## When there is no fix
//!
//! Whether the default or the path of the request is meant is not visible.

use ruff_python_ast::ModModule;

use crate::fixes::callback::{self, Callback, Code};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::handlers::Role;
use crate::text::edit::Applicability::Unsafe;

pub const META: Meta = Meta {
    code: "WS602",
    since: "10.1",
    severity: Severity::Warning,
    fix: Unsafe,
    triggers: &["websockets", ", path"],
};

/// Parts of what the parameter is called.
const NAMES: &[&str] = &["path", "uri", "url"];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for callback in callback::callbacks(cx, Role::Handler) {
        let [connection, path, ..] = &callback.arguments()[..] else { continue };
        let name = &path.parameter.name;
        let Some(default) = &path.default else { continue };
        let is_path = NAMES.iter().any(|part| name.contains(part)) && !callback.keywords.contains(&name.to_string());
        if !is_path || has_another_way(cx, &callback, name) {
            continue;
        }
        if callback::uses(cx, &callback, &path.parameter).reads.is_empty() {
            continue;
        }
        let read = callback.path(connection);
        let edits =
            callback.is_only_that(cx).then(|| callback::read_instead(cx, &callback, connection, path, &read)).flatten();
        let default = cx.text(&**default).to_owned();
        let message = format!(
            "handlers are not passed `{name}` if it has a default (since websockets 10.1): it is always `{default}`"
        );
        let finding = cx.report(path, message);
        let object = &connection.parameter.name;
        finding.here(format!("always `{default}`"));
        if !callback.side.has_modern() {
            let help = format!("Read `{object}.path`; with websockets 14 it is `{object}.request.path`.");
            finding.help(help).severity(Severity::Info);
            continue;
        }
        finding.help(format!("Read `{read}`."));
        if let Some(edits) = edits {
            finding.fix(Unsafe, edits);
        }
    }
    Some(())
}

/// Whether the function has another way to find out.
fn has_another_way(cx: &Context, callback: &Callback, name: &str) -> bool {
    let text = match callback.code {
        Code::Function(def) => cx.text(def),
        Code::Lambda(lambda) => cx.text(lambda),
    };
    // A fallback that is a constant is what the handler always gets.
    let is_asked_for = |rest: &str| rest.starts_with(|first: char| first.is_alphabetic());
    let set = format!("{name} = ");
    let or = format!("{set}{name} or ");
    let tests = [format!("if {name} is None:"), format!("if not {name}:")];
    let follows = |after: &str| text.split(after).skip(1).any(is_asked_for);
    let inside = |test: &String| {
        text.split(&**test).skip(1).any(|rest| rest.trim_start().strip_prefix(&*set).is_some_and(is_asked_for))
    };
    ["request", ".path"].iter().any(|word| text.contains(word)) || follows(&or) || tests.iter().any(inside)
}
