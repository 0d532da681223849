//! A mock of a connection has `open` and `closed`, which the code under test no longer reads.
//!
//! The connections of websockets 14 have `state` instead of `open` and `closed`. On a mock with the spec of the new class, reading
//! `open` is an `AttributeError`, and setting it has no effect on `state`, which is another mock: `ws.state is State.OPEN` is false
//! and nobody is told. With the spec of the old class, reading `state` is the `AttributeError`.
//!
//! ```python
//! from unittest.mock import AsyncMock
//! from websockets import ClientConnection
//!
//! def test_send():
//!     ws = AsyncMock(spec=ClientConnection)
//!     ws.open = True
//! ```
//!
//! There is no fix, because `state` has four values: set `ws.state = State.OPEN`, with `State` from `websockets.protocol`, where
//! `open` was true, and `State.CLOSED` where `closed` was. A mock whose `state` is set somewhere in the file is left alone.
//!
//! ## When there is no fix
//!
//! The mock has to be given a `state` that fits each test.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, ModModule};
use ruff_text_size::{Ranged, TextRange};

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::mocks;
use crate::python::{Model, Origin};
use crate::syntax::scope::Value;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS705", since: "14.0", severity: Severity::Warning, fix: DisplayOnly, triggers: &["spec"] };

/// The new connections.
const NEW: &[&str] = &[
    "websockets.ClientConnection",
    "websockets.ServerConnection",
    "websockets.asyncio.client.ClientConnection",
    "websockets.asyncio.connection.Connection",
    "websockets.asyncio.server.ServerConnection",
];

/// The old ones; a file that names them under the legacy modules means them.
const OLD: &[&str] = &[
    "websockets.WebSocketClientProtocol",
    "websockets.WebSocketCommonProtocol",
    "websockets.WebSocketServerProtocol",
    "websockets.client.WebSocketClientProtocol",
    "websockets.server.WebSocketServerProtocol",
];

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let legacy = [names::LEGACY_CONNECT, names::LEGACY_SERVE].concat();
    let text = cx.source.text();
    let is_worth_it = text.contains("spec") && cx.target.side.has_modern();
    (is_worth_it && cx.model.references(&legacy).is_empty()).then_some(())?;
    let mut search = Search { model: cx.model, found: Vec::new(), with_state: Vec::new() };
    search.visit_body(&module.body);
    let Search { found, with_state, .. } = search;
    for (place, name, mock) in found {
        let start = place.start();
        if with_state.contains(&mock.range()) || cx.model.is_version_guarded(start) {
            continue;
        }
        let is_new = spec(cx.model, mock).is_some_and(|class| class.is_one_of(NEW));
        let consequence =
            if is_new { "this mock's `state` is another mock" } else { "this mock of an old one has no `state`" };
        let message = format!("connections no longer have `{name}` (removed in websockets 14.0), and {consequence}");
        let value = if name == "open" { "OPEN" } else { "CLOSED" };
        let finding = cx.report(place, message);
        finding.here("now `state`").label(&*mock.func, "the mock is made here");
        finding.help(format!(
            "Set `state = State.{value}` on the mock where `{name}` was true, with `State` from `websockets.protocol`."
        ));
    }
    Some(())
}

/// The connection class whose attributes the mock that `call` makes has.
fn spec(model: &Model, call: &ExprCall) -> Option<Origin> {
    model.may_be_called(&call.func, mocks::CLASS_NAMES).then_some(())?;
    let callee = model.origin(&call.func);
    callee.is_one_of(mocks::CLASSES).then_some(())?;
    let is_autospec = callee.library_name().is_some_and(|name| name.ends_with("create_autospec"));
    let named = ["spec", "spec_set"].iter().find_map(|name| call.arguments.find_keyword(name));
    let class = named.map(|keyword| &keyword.value).or_else(|| call.arguments.args.first().filter(|_| is_autospec))?;
    Some(model.origin(class)).filter(|class| class.is_one_of(&[NEW, OLD].concat()))
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    /// The place, the attribute, and the call that makes the mock.
    found: Vec<(TextRange, &'a str, &'a ExprCall)>,
    /// The mocks whose `state` somebody sets or reads.
    with_state: Vec<TextRange>,
}

impl<'a> Search<'_, 'a> {
    fn attribute(&mut self, name: &'a str, place: TextRange, mock: &'a ExprCall) {
        match name {
            "state" => self.with_state.push(mock.range()),
            "open" | "closed" => self.found.push((place, name, mock)),
            _ => {}
        }
    }

    /// The call that makes the mock in a name or in an attribute of `self`.
    fn mock(&self, expr: &Expr) -> Option<&'a ExprCall> {
        let value = match expr {
            Expr::Name(name) => self.model.only_value(name)?,
            Expr::Attribute(attribute) => {
                let Origin::Instance(class) = self.model.origin(&attribute.value) else { return None };
                match self.model.class_named(&class)?.attributes.get(attribute.attr.as_str())?.as_slice() {
                    [Value::Expr(value)] => value,
                    _ => return None,
                }
            }
            _ => return None,
        };
        value.as_call_expr().filter(|call| spec(self.model, call).is_some())
    }
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "open" | "closed" | "state") => {
                if let Some(mock) = self.mock(&attribute.value) {
                    self.attribute(&attribute.attr, attribute.attr.range, mock);
                }
            }
            Expr::Call(call) if spec(self.model, call).is_some() => {
                for name in call.arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_ref()) {
                    self.attribute(name, name.range, call);
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
