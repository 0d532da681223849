//! `accept()` is given the subprotocol in a way that this framework does not take.
//!
//! The first argument of Quart's `websocket.accept()` is the headers: a text there ends in status 500. Litestar's keyword has the plural
//! name `subprotocols` and takes one text; `subprotocol=` raises `TypeError`. Starlette, FastAPI and Channels have the singular, and
//! take no list.
//!
//! ```python
//! from quart import Quart, websocket
//!
//! app = Quart(__name__)
//!
//!
//! @app.websocket("/feed")
//! async def feed():
//!     await websocket.accept("feed.v1")
//! ```
//! becomes
//! ```python
//! from quart import Quart, websocket
//!
//! app = Quart(__name__)
//!
//!
//! @app.websocket("/feed")
//! async def feed():
//!     await websocket.accept(subprotocol="feed.v1")
//! ```

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::python::literal::Literal;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::contract::collect::{framework_of, is_consumer, offer};
use crate::websockets::contract::framework::Framework;

pub const META: Meta =
    Meta { code: "WS310", since: "any", severity: Severity::Error, fix: Unsafe, triggers: &[".accept("] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let method = call.func.as_attribute_expr().filter(|method| method.attr.as_str() == "accept")?;
    if call.arguments.is_empty() {
        return None;
    }
    match framework(cx, &method.value)? {
        Framework::Quart => quart(call, cx),
        framework => keyword(call, framework, cx),
    }
}

fn framework(cx: &Context, receiver: &Expr) -> Option<Framework> {
    if let Some(framework) = framework_of(cx.model, receiver) {
        return Some(framework);
    }
    let Origin::Instance(class) = cx.origin(receiver) else { return None };
    is_consumer(cx.model, &Origin::Ref(class)).then_some(Framework::Channels)
}

/// A subprotocol in the place of Quart's headers.
fn quart<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let first = call.arguments.args.first()?;
    let is_text = |expr: &Expr| matches!(cx.model.literal(expr), Some(Literal::Text(_)));
    let is_subprotocol = match first {
        Expr::If(conditional) => is_text(&conditional.body) || is_text(&conditional.orelse),
        Expr::Name(name) => is_text(first) || cx.model.only_value(name).is_some_and(offer::is_read_in),
        Expr::Dict(_) | Expr::List(_) => false,
        other => is_text(other) || offer::is_read_in(other),
    };
    if !is_subprotocol {
        return None;
    }
    let finding = cx.report(first, "Quart takes this for the headers: the client gets status 500");
    finding.help("Pass it by name: `subprotocol=`.");
    if call.arguments.args.len() == 1 {
        finding.fix(Unsafe, vec![Edit::insert(first.start(), "subprotocol=")]);
    }
    Some(())
}

/// The other framework's keyword, or a list in the place of a text.
fn keyword<'a>(call: &'a ExprCall, framework: Framework, cx: &mut Context<'a>) -> Option<()> {
    let right = framework.keyword();
    let wrong = if right == "subprotocol" { "subprotocols" } else { "subprotocol" };
    if let Some(keyword) = call.arguments.find_keyword(wrong) {
        let name = keyword.arg.as_ref()?;
        let message = format!("`accept()` of {} has no argument `{wrong}`: this raises TypeError", framework.name());
        let finding = cx.report(name, message);
        finding.help(format!("It is called `{right}` there, and takes one text."));
        if !matches!(keyword.value, Expr::List(_) | Expr::Tuple(_) | Expr::Set(_)) {
            finding.fix(Unsafe, vec![Edit::replace(name.range(), right)]);
        }
        return Some(());
    }
    let value = call.arguments.find_argument_value(right, 0)?;
    if matches!(value, Expr::List(_) | Expr::Tuple(_) | Expr::Set(_)) {
        let message = format!("`{right}` of {} is one text, and this is several", framework.name());
        cx.report(value, message).help("Select one of those that the client offers, or None.");
    }
    Some(())
}
