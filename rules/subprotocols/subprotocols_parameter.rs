//! An endpoint takes the offered subprotocols as a parameter, which FastAPI never fills.
//!
//! FastAPI fills a parameter from the path, the query or the body. A list without `Query()` or `Header()` is a field of the
//! body, which a handshake has not: the parameter always keeps its default, and without a default every connection is refused
//! with code 1008. So nothing is ever selected, and browsers and websocket-client fail. `sec_websocket_protocol` without
//! `Header()` is read from the query string. What the client offers is in `websocket.scope["subprotocols"]`.
//!
//! ```python
//! from typing import List, Optional
//!
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/rooms/{room}")
//! async def chat(websocket: WebSocket, room: str, subprotocols: Optional[List[str]] = None):
//!     if subprotocols and "room_chat" in subprotocols:
//!         await websocket.accept(subprotocol="room_chat")
//!     else:
//!         await websocket.accept()
//! ```
//! becomes
//! ```python
//! from typing import List, Optional
//!
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/rooms/{room}")
//! async def chat(websocket: WebSocket, room: str):
//!     subprotocols = websocket.scope.get("subprotocols", ())
//!     if subprotocols and "room_chat" in subprotocols:
//!         await websocket.accept(subprotocol="room_chat")
//!     else:
//!         await websocket.accept()
//! ```
//!
//! ## When there is no fix
//!
//! The parameter is used in a way that cannot be replaced by one assignment.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Parameter, ParameterWithDefault, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::literal::Literal;
use crate::python::{Model, Origin};
use crate::text::edit::{Applicability, Edit};
use crate::websockets::contract::collect::offer::{has_call, is_named};
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS302",
    since: "any",
    severity: Severity::Error,
    fix: Applicability::Unsafe,
    triggers: crate::websockets::contract::TRIGGERS,
};

/// What FastAPI's decorators are methods of.
const FASTAPI: &[&str] =
    &["fastapi.FastAPI", "fastapi.APIRouter", "fastapi.applications.FastAPI", "fastapi.routing.APIRouter"];

pub fn check(def: &StmtFunctionDef, cx: &mut Context) -> Option<()> {
    let path = def.decorator_list.iter().find_map(|decorator| route(cx.model, &decorator.expression))?;
    let is_websocket = |parameter: &Parameter| {
        parameter.annotation().is_some_and(|it| cx.model.annotated(it).is_instance_of(names::STARLETTE_WEBSOCKET))
    };
    let websocket = def.parameters.iter_non_variadic_params().find(|it| is_websocket(&it.parameter))?;
    let at = def.parameters.args.iter().position(|it| takes_the_offer(cx.model, it))?;
    let ParameterWithDefault { parameter, default, .. } = &def.parameters.args[at];
    let name = parameter.name.as_str();
    // A parameter of the path is filled; and somebody who calls the function fills it, too.
    let is_called = cx.model.calls().iter().any(|call| call.func.as_name_expr().is_some_and(|it| it.id == def.name.id));
    (!path.contains(&format!("{{{name}")) && !is_called).then_some(())?;
    let consequence = match default {
        Some(default) => format!("it is always `{}`", cx.text(&**default)),
        None => "every connection is refused with code 1008".to_owned(),
    };
    let assignment = format!("{name} = {}.scope.get(\"subprotocols\", ())", websocket.parameter.name);
    let edits = edits(def, at, &assignment, cx);
    let message = format!("FastAPI never fills `{name}` from the handshake: {consequence}");
    let finding = cx.report(parameter, message);
    finding.help(format!("Read what the client offers from the scope: `{assignment}`."));
    if let Some(edits) = edits {
        finding.fix(Applicability::Unsafe, edits);
    }
    Some(())
}

/// The path of `@app.websocket(path)` on a FastAPI application or router, or on something unknown.
fn route(model: &Model<'_>, decorator: &Expr) -> Option<String> {
    let call = decorator.as_call_expr()?;
    let method = call.func.as_attribute_expr().filter(|it| it.attr.as_str() == "websocket")?;
    let receiver = model.origin(&method.value);
    (receiver == Origin::Unknown || receiver.is_instance_of(FASTAPI)).then_some(())?;
    model.literal(call.arguments.find_argument_value("path", 0)?).and_then(Literal::text)
}

/// Whether a parameter is meant for the offer and does not say that it comes from somewhere else.
fn takes_the_offer(model: &Model<'_>, with_default: &ParameterWithDefault) -> bool {
    let parameter = &with_default.parameter;
    let Some(annotation) = parameter.annotation() else { return false };
    if !is_named(&parameter.name) || has_call(annotation) || with_default.default.as_deref().is_some_and(has_call) {
        return false;
    }
    let is_list = matches!(model.annotated(annotation), Origin::Iterable(_));
    // A single text is a parameter of the query, which may be what is meant unless it is named as the header.
    is_list || parameter.name.to_ascii_lowercase().contains("websocket_protocol")
}

/// The parameter becomes a variable, if the function reads it and does nothing else with it.
fn edits(def: &StmtFunctionDef, at: usize, assignment: &str, cx: &Context) -> Option<Vec<Edit>> {
    let parameters = &def.parameters.args;
    let (before, own) = (parameters.get(at.checked_sub(1)?)?, parameters.get(at)?);
    let mut uses = Uses { name: own.parameter.name.as_str(), reads: 0, writes: 0 };
    uses.visit_body(&def.body);
    (uses.reads > 0 && uses.writes == 0).then_some(())?;
    // What stands in the way of a cut from parameter to parameter: a comment, a `/` or a `*`.
    let cut = TextRange::new(before.end(), own.end());
    let between = cx.text(TextRange::new(before.end(), own.start()));
    (between.trim() == "," && !cx.text(cut).contains('#')).then_some(())?;
    let is_docstring =
        |it: &&ruff_python_ast::Stmt| it.as_expr_stmt().is_some_and(|stmt| stmt.value.is_string_literal_expr());
    let first = def.body.iter().find(|stmt| !is_docstring(stmt))?;
    let line = cx.source.text().get(..first.start().to_usize())?.rsplit(['\n', '\r']).next()?;
    // The first statement stands alone on its line, so that its indentation can be repeated.
    line.chars().all(|c| c == ' ' || c == '\t').then_some(())?;
    let insert = Edit::insert(first.start(), format!("{assignment}{}{line}", cx.source.newline()));
    Some(vec![Edit::delete(cut), insert])
}

/// Counts how a name is used.
struct Uses<'n> {
    name: &'n str,
    reads: usize,
    writes: usize,
}

impl<'a> Visitor<'a> for Uses<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && name.id == self.name
        {
            if name.ctx.is_load() { self.reads += 1 } else { self.writes += 1 }
        }
        walk_expr(self, expr);
    }
}
