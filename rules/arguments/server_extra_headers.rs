//! `extra_headers` of a server was removed: `process_response` adds headers.
//!
//! Since websockets 14.0 `serve()` and `unix_serve()` are the new implementation, which passes keywords that it does not know on
//! to the event loop: `TypeError: ... create_server() got an unexpected keyword argument 'extra_headers'`, up to 17.0 when
//! `serve()` is called, since 17.0.1 when it is awaited.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, extra_headers={"X-Region": "eu"}) as server:
//!         await server.serve_forever()
//! ```
//!
//! becomes
//! ```python
//! import websockets
//!
//! def add_headers(connection, request, response):
//!     if response.status_code == 101:
//!         response.headers["X-Region"] = "eu"
//!
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, process_response=add_headers) as server:
//!         await server.serve_forever()
//! ```
//!
//! The old argument decorated the response that opens a connection (status 101) and no other; `process_response` is called for every
//! response, and asks. The fix is safe where the headers are written out: names and values are texts, or values constants of
//! the module. Headers that are made elsewhere are added by a function beside the call, which is unsafe: they may name what the
//! response has anyway. Assigning to `response.headers[name]` *adds* a header, so there is no fix for those: to
//! replace `Server`, pass `server_header=` instead. There is none either where the server has a
//! `process_response` already, and where both sides of 14.0 are supported. Where `extra_headers` was a
//! function of path and request headers, call it with `request.path` and `request.headers`.
//!
//! ## When there is no fix
//!
//! The headers are made in a way that is not understood, or the call already has a `process_response`: only the author knows what to
//! send with which response.

use ruff_python_ast::{Expr, ExprCall, ExprName, Keyword};
use ruff_text_size::{Ranged, TextSize};

use crate::fixes::early_response;
use crate::fixes::imports;
use crate::fixes::statement::Enclosing;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::python::keywords::Spelling;
use crate::syntax::scope::ScopeId;
use crate::target::Side;
use crate::text::edit::Applicability::{self, Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS102", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["extra_headers"] };

const RECIPE: &str = "Add them in `process_response=`, to the response with status 101 only:\n\
    \n    def add_headers(connection, request, response):\
    \n        if response.status_code == 101:\
    \n            response.headers[\"X-Name\"] = \"value\"";

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let mentions_it =
        call.arguments.keywords.iter().any(|it| it.arg.as_deref().is_none_or(|name| name == "extra_headers"));
    mentions_it.then_some(())?;
    let callee = cx.callee(call);
    callee.is_one_of(&[names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE, names::SYNC_SERVE].concat()).then_some(())?;
    let top_level = callee.is_one_of(names::TOP_LEVEL_SERVE);
    if cx.model.is_version_guarded(call.start()) {
        return None;
    }
    for place in cx.model.passed(call, "extra_headers") {
        let start = place.range().start();
        if cx.model.is_version_guarded(start) || cx.model.is_retried_with(start, "process_response") {
            continue;
        }
        let side = if top_level { cx.target.side } else { Side::Modern };
        let help = match side {
            Side::Both => format!("Choose by `\"process_response\" in inspect.signature(serve).parameters`. {RECIPE}"),
            _ => RECIPE.to_owned(),
        };
        let message = if callee.is_one_of(names::SYNC_SERVE) {
            "the threading server does not accept `extra_headers` and never did"
        } else {
            "`serve()` no longer accepts `extra_headers` (removed in websockets 14.0): passing it raises TypeError"
        };
        // A dictionary that is unpacked into many calls is reported where the key is, once.
        if cx.findings.has(place.range(), message) {
            continue;
        }
        let is_new = side == Side::Modern && !callee.is_one_of(names::SYNC_SERVE);
        let fix = match place.spelling {
            Spelling::Keyword(keyword) if is_new => rewritten(cx, call, keyword),
            _ => None,
        };
        let finding = cx.report(place.range(), message);
        finding.on(side).here("now `process_response=`").help(help);
        if !call.range().contains_range(place.range()) {
            finding.label(&*call.func, "arrives here");
        }
        if let Some((applicability, edits)) = fix {
            finding.fix(applicability, edits);
        }
    }
    Some(())
}

/// Headers that the response has anyway, or that the handshake is made of.
const OWN: &[&str] = &["server", "date", "connection", "upgrade", "content-length", "content-type"];

/// The edits that add the headers in a function of its own: one of the module where they are written out, else one beside the call.
fn rewritten<'a>(cx: &Context<'a>, call: &'a ExprCall, keyword: &'a Keyword) -> Option<(Applicability, Vec<Edit>)> {
    let own = call.arguments.keywords.iter().any(|own| own.range == keyword.range);
    let is_unseen = cx.model.unpacks_unseen(call);
    let is_decided = !cx.model.passed(call, "process_response").is_empty();
    if !own || is_unseen || is_decided || cx.text(keyword).contains('#') {
        return None;
    }
    let name = function_name(cx, call)?;
    match of_module(cx, call, keyword, &name) {
        Some(edits) => Some((Safe, edits)),
        None => Some((Unsafe, beside(cx, keyword, &name)?)),
    }
}

/// `add_headers`; where several servers have headers, the others have functions that are called after where they are started.
fn function_name(cx: &Context, call: &ExprCall) -> Option<String> {
    let mut all = cx.model.calls().iter().filter(|call| call.arguments.find_keyword("extra_headers").is_some());
    if all.next().is_some_and(|first| first.range() == call.range()) && imports::is_free(cx, "add_headers") {
        return Some("add_headers".to_owned());
    }
    let around = cx.model.function_around(call.range());
    let alone = all.filter(|other| cx.model.function_around(other.range()) == around).count() <= 1;
    let function = cx.model.functions().find(|function| function.def.range == around).filter(|_| alone)?;
    let name = format!("add_headers_in_{}", function.def.name.trim_matches('_'));
    imports::is_free(cx, &name).then_some(name)
}

fn of_module<'a>(cx: &Context<'a>, call: &ExprCall, keyword: &'a Keyword, function: &str) -> Option<Vec<Edit>> {
    let newline = cx.source.newline();
    let mut lines = String::new();
    for (name, value) in early_response::pairs(cx, &keyword.value)? {
        let spelled = name.as_string_literal_expr()?.value.to_str().to_ascii_lowercase();
        let is_own = OWN.contains(&spelled.as_str()) || spelled.starts_with("sec-websocket-");
        (!is_own && is_constant(cx, value)).then_some(())?;
        lines += &format!("        response.headers[{}] = {}{newline}", cx.text(name), cx.text(value));
    }
    (!lines.is_empty()).then_some(())?;
    let written = format!(
        "def {function}(connection, request, response):{newline}    if response.status_code == 101:{newline}{lines}{newline}{newline}"
    );
    let around = cx.module.body.iter().find(|stmt| stmt.range().contains_range(call.range()))?;
    let before = cx.source.text().get(..around.start().to_usize())?;
    (before.is_empty() || before.ends_with(['\n', '\r'])).then_some(())?;
    // Comments right above belong to what follows.
    let mut above = before;
    while let Some(rest) = above.strip_suffix("\r\n").or_else(|| above.strip_suffix(['\n', '\r'])) {
        let line = rest.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        if !rest.get(line..)?.starts_with('#') {
            break;
        }
        above = above.get(..line)?;
    }
    Some(vec![
        Edit::insert(TextSize::of(above), written),
        Edit::replace(keyword, format!("process_response={function}")),
    ])
}

/// Headers that are made elsewhere: the function stands in front of the statement, and sees what that sees.
fn beside<'a>(cx: &Context<'a>, keyword: &'a Keyword, function: &str) -> Option<Vec<Edit>> {
    let origin = cx.origin(&keyword.value);
    let is_container = match &origin {
        Origin::Mapping(_) | Origin::Iterable(_) => true,
        known => known.is_instance_of(&["builtins.dict", "builtins.list", "websockets.datastructures.Headers"]),
    };
    let is_unknown = matches!(origin, Origin::Unknown | Origin::None | Origin::OneOf(_));
    // A function of path and headers was called by the old server.
    if keyword.value.is_lambda_expr() || !is_container && !is_unknown {
        return None;
    }
    let names_own = early_response::pairs(cx, &keyword.value).into_iter().flatten().any(|(name, _)| {
        let name = name.as_string_literal_expr().map(|name| name.value.to_str().to_ascii_lowercase());
        name.is_some_and(|name| OWN.contains(&name.as_str()) || name.starts_with("sec-websocket-"))
    });
    if names_own {
        return None;
    }
    let around = Enclosing::of(cx, keyword)?;
    let mut lines = Vec::new();
    let headers = match &keyword.value {
        Expr::Name(name) if is_bound_once(cx, name) => name.id.as_str(),
        made => {
            let scopes = cx.model.scopes();
            let scope = scopes.block(scopes.block_at(keyword.start())).scope;
            let is_free = |name: &&str| scopes.bindings_of(scope, name).is_empty();
            let held = ["headers", "extra_headers", "response_headers"].into_iter().find(is_free)?;
            lines.push(format!("{held} = {}", cx.text(made)));
            lines.push(String::new());
            held
        }
    };
    let or_none = if is_container { String::new() } else { format!(" and {headers}") };
    lines.extend([
        format!("def {function}(connection, request, response):"),
        format!("    if response.status_code == 101{or_none}:"),
        format!("        response.headers.update({headers})"),
        String::new(),
    ]);
    let named = Edit::replace(keyword, format!("process_response={function}"));
    Some(vec![around.put_before(cx, &lines), named])
}

/// Whether a name of the function around is there before the call, and never changes.
fn is_bound_once(cx: &Context, name: &ExprName) -> bool {
    let scopes = cx.model.scopes();
    let Some(reaching) = scopes.reaching(&name.id, name.start()) else { return false };
    let [id] = reaching[..] else { return false };
    let scope = scopes.block(scopes.binding(id).block).scope;
    scopes.bindings_of(scope, &name.id) == reaching
}

/// A text, or a constant of the module: what it is does not depend on when it is asked.
fn is_constant(cx: &Context, value: &Expr) -> bool {
    let Some(name) = value.as_name_expr() else {
        return value.as_string_literal_expr().is_some_and(|text| !cx.text(text).contains(['\n', '\r']));
    };
    let scopes = cx.model.scopes();
    let bindings = scopes.bindings_of(ScopeId(0), &name.id);
    bindings.len() == 1 && scopes.reaching(&name.id, name.start()).is_some_and(|reaching| reaching == bindings)
}
