//! The places that answer a handshake, and what a name has to do with a WebSocket.

use ruff_python_ast::{Expr, ExprCall, ExprDict, ExprName, ExprSubscript};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{Collector, annotated_framework, may_be_websocket, offer};
use crate::python::{Model, Origin};
use crate::syntax::scope::Value;
use crate::websockets::contract::facts::{Accept, Argument, Holder, Insertion};
use crate::websockets::contract::framework::{Framework, Selection};
use crate::websockets::names;

/// The WebSocket of Litestar.
pub const LITESTAR_WEBSOCKET: &[&str] =
    &["litestar.WebSocket", "litestar.connection.WebSocket", "litestar.connection.websocket.WebSocket"];

/// The WebSocket of Quart, which stands for that of the request.
const QUART_WEBSOCKET: &[&str] = &["quart.websocket", "quart.globals.websocket"];

/// aiohttp's response to a handshake.
pub const AIOHTTP_RESPONSE: &[&str] = &["aiohttp.web.WebSocketResponse", "aiohttp.web_ws.WebSocketResponse"];

/// Names are followed through so many others.
const DEPTH: u32 = 3;

/// The framework whose WebSocket an expression is.
pub fn framework_of(model: &Model<'_>, expr: &Expr) -> Option<Framework> {
    let origin = model.origin(expr);
    if origin == Origin::Unknown {
        None
    } else if origin.is_instance_of(names::STARLETTE_WEBSOCKET) {
        Some(Framework::Starlette)
    } else if origin.is_instance_of(LITESTAR_WEBSOCKET) {
        Some(Framework::Litestar)
    } else if origin.is_one_of(QUART_WEBSOCKET) {
        Some(Framework::Quart)
    } else {
        None
    }
}

impl Collector<'_, '_> {
    /// Whether an expression may hold the WebSocket, and of which framework it is as far as that is known.
    pub(super) fn holder(&self, expr: &Expr) -> Option<(Holder, Framework)> {
        self.holder_within(expr, DEPTH)
    }

    fn holder_within(&self, expr: &Expr, depth: u32) -> Option<(Holder, Framework)> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Name(name) => self.name_holder(expr, name, depth),
            Expr::Attribute(attribute) => {
                if !may_be_websocket(&attribute.attr) {
                    return None;
                }
                if let Some(framework) = framework_of(self.model, expr) {
                    return Some((Holder::Known, framework));
                }
                let of_self = attribute.value.as_name_expr().is_some_and(|it| it.id == "self");
                of_self.then(|| (Holder::Attribute(attribute.attr.to_string()), Framework::Starlette))
            }
            _ => None,
        }
    }

    fn name_holder(&self, expr: &Expr, name: &ExprName, depth: u32) -> Option<(Holder, Framework)> {
        let scopes = self.model.scopes();
        let bindings = scopes.reaching(&name.id, name.start())?;
        let known = || framework_of(self.model, expr).map(|framework| (Holder::Known, framework));
        let [id] = bindings[..] else { return known() };
        match &scopes.binding(id).value {
            Value::Parameter(of) => match &of.parameter.annotation {
                Some(annotation) => {
                    annotated_framework(self.source, self.model, annotation).map(|it| (Holder::Known, it))
                }
                None if of.class.is_some() && of.index == Some(0) => Some((Holder::Own, Framework::Channels)),
                None => Some((Holder::parameter(&name.id), Framework::Starlette)),
            },
            Value::Expr(value @ (Expr::Name(_) | Expr::Attribute(_))) => self.holder_within(value, depth),
            Value::ImportFrom(_, alias) if alias.name.as_str() == "websocket" => known(),
            Value::Annotated(..) => known(),
            _ => None,
        }
    }

    /// `websocket.accept(...)`, `self.accept(...)`.
    pub(super) fn accept(&mut self, call: &ExprCall) -> bool {
        let Expr::Attribute(method) = &*call.func else { return false };
        if method.attr.as_str() != "accept" || self.functions.is_empty() {
            return false;
        }
        let Some((holder, framework)) = self.holder(&method.value) else { return false };
        let receiver = self.source.slice(method.value.range());
        let repeatable = self.in_string == 0 && receiver.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
        let offer = match framework {
            Framework::Quart => format!("{receiver}.requested_subprotocols"),
            _ => format!("{receiver}.scope.get(\"subprotocols\", ())"),
        };
        let argument = selecting(call, framework);
        let selection = match argument {
            // A text in the place of the headers is a mistake of its own.
            None if framework == Framework::Quart && !call.arguments.args.is_empty() => Selection::Unknown,
            None if self.selects_nothing(call) => Selection::Nothing,
            None => Selection::Unknown,
            Some(argument) => self.selection(argument),
        };
        let keyword = framework.keyword();
        let insertion = (repeatable && argument.is_none()).then(|| Insertion {
            at: call.arguments.range().start() + TextSize::of('('),
            before: format!("{keyword}="),
            after: if call.arguments.is_empty() { String::new() } else { ", ".to_owned() },
            offer: offer.clone(),
        });
        let argument = argument.map(|argument| self.argument(argument, repeatable));
        let insertion = insertion.or_else(|| {
            // For a fix that reads the offer beside an argument that is there.
            (repeatable && argument.is_some()).then(|| Insertion {
                at: call.start(),
                before: String::new(),
                after: String::new(),
                offer,
            })
        });
        let (range, line) = (call.range(), self.line(call));
        self.accepts(Accept { range, line, framework, holder, selection, argument, insertion });
        true
    }

    fn accepts(&mut self, accept: Accept) {
        if let Some(frame) = self.functions.last_mut() {
            frame.function.accepts.push(accept);
        }
    }

    fn argument(&self, argument: &Expr, repeatable: bool) -> Argument {
        let range = argument.range();
        let spelled = self.source.slice(range);
        let is_short = matches!(argument, Expr::StringLiteral(_) | Expr::Name(_)) && !spelled.contains('\n');
        Argument { range, spelled: (repeatable && is_short).then(|| spelled.to_owned()) }
    }

    /// Whether the arguments of `accept()` certainly select nothing: there are headers at most, without the one that selects.
    fn selects_nothing(&self, call: &ExprCall) -> bool {
        call.arguments.args.is_empty()
            && call
                .arguments
                .keywords
                .iter()
                .all(|keyword| keyword.arg.as_deref() == Some("headers") && !self.may_name_the_header(&keyword.value))
    }

    /// Whether headers may have a `Sec-WebSocket-Protocol` among them: whatever is not spelled out may.
    fn may_name_the_header(&self, headers: &Expr) -> bool {
        let other = |pair: &Expr| {
            let name = match pair {
                Expr::Tuple(pair) => pair.elts.first(),
                _ => None,
            };
            name.is_some_and(|it| matches!(it, Expr::BytesLiteral(_) | Expr::StringLiteral(_)) && !offer::reads(it))
        };
        match headers {
            Expr::List(list) => !list.elts.iter().all(other),
            Expr::Tuple(tuple) => !tuple.elts.iter().all(other),
            Expr::NoneLiteral(_) => false,
            Expr::Name(name) => self.model.only_value(name).is_none_or(|value| self.may_name_the_header(value)),
            _ => true,
        }
    }

    /// `{"type": "websocket.accept"}`
    pub(super) fn accept_message(&mut self, dict: &ExprDict) {
        let key = |expr: &Option<Expr>, name: &str| {
            let text = expr.as_ref().and_then(Expr::as_string_literal_expr);
            text.is_some_and(|text| text.value.to_str() == name)
        };
        let Some(kind) = dict.items.iter().find(|item| key(&item.key, "type")) else { return };
        if kind.value.as_string_literal_expr().is_none_or(|text| text.value.to_str() != "websocket.accept") {
            return;
        }
        let Some(frame) = self.functions.last() else { return };
        let has_scope = frame.function.parameters.iter().any(|parameter| parameter == "scope");
        let argument = dict.items.iter().find(|item| key(&item.key, "subprotocol")).map(|item| &item.value);
        let is_open = dict.items.iter().any(|item| item.key.is_none() || key(&item.key, "headers"));
        let selection = match argument {
            Some(argument) => self.selection(argument),
            None if is_open => Selection::Unknown,
            None => Selection::Nothing,
        };
        let insertion = (has_scope && self.in_string == 0).then(|| Insertion {
            at: kind.value.end(),
            before: ", \"subprotocol\": ".to_owned(),
            after: String::new(),
            offer: "scope.get(\"subprotocols\", ())".to_owned(),
        });
        let argument = argument.map(|argument| self.argument(argument, has_scope));
        let (range, line, framework, holder) = (dict.range(), self.line(dict), Framework::Asgi, Holder::Known);
        self.accepts(Accept { range, line, framework, holder, selection, argument, insertion });
    }

    /// `WebSocketResponse(protocols=...)` of aiohttp.
    pub(super) fn response(&mut self, call: &ExprCall) {
        let is_named = offer::callee_name(call) == Some("WebSocketResponse");
        if !is_named || self.functions.is_empty() || !self.model.origin(&call.func).is_one_of(AIOHTTP_RESPONSE) {
            return;
        }
        let keyword = call.arguments.find_keyword("protocols");
        let is_open = !call.arguments.args.is_empty() || call.arguments.keywords.iter().any(|it| it.arg.is_none());
        let selection = match keyword {
            Some(keyword) => self.list(&keyword.value),
            None if is_open => Selection::Unknown,
            None => Selection::Nothing,
        };
        let insertion = (keyword.is_none() && self.in_string == 0).then(|| Self::list_insertion(call, "protocols"));
        let argument = keyword.map(|keyword| self.argument(&keyword.value, false));
        let (range, line, framework, holder) = (call.range(), self.line(call), Framework::Aiohttp, Holder::Known);
        self.accepts(Accept { range, line, framework, holder, selection, argument, insertion });
    }

    /// Where a list of subprotocols can be inserted as the first keyword of a call.
    pub(super) fn list_insertion(call: &ExprCall, keyword: &str) -> Insertion {
        let last = call.arguments.args.last().map(Ranged::end);
        let (at, before, after) = match last {
            Some(end) => (end, format!(", {keyword}="), String::new()),
            None => {
                let after = if call.arguments.is_empty() { String::new() } else { ", ".to_owned() };
                (call.arguments.range().start() + TextSize::of('('), format!("{keyword}="), after)
            }
        };
        Insertion { at, before, after, offer: String::new() }
    }

    /// The first of an offer that may be empty.
    pub(super) fn first(&mut self, subscript: &ExprSubscript) {
        if self.functions.is_empty() || !self.is_first(subscript) || self.is_guarded(subscript.range()) {
            return;
        }
        let range: TextRange = subscript.range();
        if let Some(frame) = self.functions.last_mut() {
            frame.function.firsts.push(range);
        }
    }
}

/// The argument of `accept()` that selects.
fn selecting(call: &ExprCall, framework: Framework) -> Option<&Expr> {
    match framework {
        Framework::Quart => call.arguments.find_keyword("subprotocol").map(|keyword| &keyword.value),
        Framework::Litestar => call.arguments.find_argument_value("subprotocols", 0),
        _ => call
            .arguments
            .find_argument_value("subprotocol", 0)
            .or_else(|| call.arguments.find_keyword("subprotocols").map(|keyword| &keyword.value)),
    }
}
