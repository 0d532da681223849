//! Calls that hand the WebSocket on, and what runs before an endpoint.

use ruff_python_ast::{Expr, ExprCall, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::{Collector, may_be_websocket, offer};
use crate::python::Name;
use crate::websockets::contract::facts::{Call, Holder, Key, Slot};

impl Collector<'_, '_> {
    pub(super) fn call(&mut self, call: &ExprCall) {
        self.registration(call);
        if self.accept(call) {
            return;
        }
        self.response(call);
        if self.has_fakes
            && call.arguments.args.iter().any(may_be_fake)
            && let Some(key) = self.function_key(&call.func)
        {
            self.facts.faked.push(key);
        }
        if self.functions.is_empty() {
            return;
        }
        let callee = self.callee(call);
        // A method of the class that is not defined here is an attribute, such as `self.app`.
        let is_known = callee.as_ref().is_some_and(|(key, _)| !self.is_attribute(call, key));
        self.passing_on(call, is_known);
        if let Some((callee, arguments)) = callee
            && let Some(frame) = self.functions.last_mut()
        {
            frame.function.calls.push(Call { at: call.start(), callee, arguments });
        }
    }

    /// A function of the project that gets the WebSocket, or whose object has it.
    fn callee(&self, call: &ExprCall) -> Option<(Key, Vec<(Slot, Holder)>)> {
        let arguments = self.handed(call);
        if let Expr::Attribute(method) = &*call.func
            && method.value.as_name_expr().is_some_and(|name| name.id == "self")
            && let Some((class, may_hold)) = self.classes.last()
        {
            // Whether the class, or a base of it, has such a method is asked when everything is known.
            return (*may_hold || !arguments.is_empty()).then(|| (format!("{class}.{}", method.attr), arguments));
        }
        if !arguments.is_empty() {
            return Some((self.function_key(&call.func)?, arguments));
        }
        let Expr::Attribute(method) = &*call.func else { return None };
        let made = match &*method.value {
            Expr::Call(made) => made,
            Expr::Name(name) => match self.model.only_value(name)? {
                Expr::Call(made) => made,
                Expr::Await(awaited) => awaited.value.as_call_expr()?,
                _ => return None,
            },
            _ => return None,
        };
        if self.handed(made).is_empty() {
            return None;
        }
        Some((self.function_key(&call.func)?, Vec::new()))
    }

    /// Whether `self.name` is something else than a method of this file.
    fn is_attribute(&self, call: &ExprCall, key: &str) -> bool {
        let of_self = call.func.as_attribute_expr().and_then(|method| method.value.as_name_expr());
        let method = key.split_once("::").map(|(file, qualname)| Name::project(file, qualname));
        of_self.is_some_and(|name| name.id == "self")
            && method.is_none_or(|method| self.model.functions_named(&method) == 0)
    }

    /// The arguments that may hold the WebSocket, or what it knows about the handshake.
    fn handed(&self, call: &ExprCall) -> Vec<(Slot, Holder)> {
        let positional = call.arguments.args.iter().enumerate().map(|(at, it)| (Slot::Position(at), it));
        let named = call
            .arguments
            .keywords
            .iter()
            .filter_map(|keyword| Some((Slot::Keyword(keyword.arg.as_ref()?.to_string()), &keyword.value)));
        let mut handed = Vec::new();
        for (slot, argument) in positional.chain(named) {
            let part = match argument {
                Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "scope" | "headers") => {
                    &attribute.value
                }
                whole => whole,
            };
            if !matches!(part, Expr::Name(_) | Expr::Attribute(_)) {
                continue;
            }
            match self.holder(part) {
                Some((Holder::Parameter(name), _)) if !may_be_websocket(&name) => {}
                Some((holder, _)) => handed.push((slot, holder)),
                None => {}
            }
        }
        handed
    }

    /// Whether the scope of an ASGI application goes on to another one that nobody can look into.
    fn passing_on(&mut self, call: &ExprCall, is_known: bool) {
        let is_scope = |expr: &Expr| expr.as_name_expr().is_some_and(|name| name.id == "scope");
        if is_known || call.arguments.args.len() < 3 || !call.arguments.args.iter().any(is_scope) {
            return;
        }
        for frame in self.functions.iter_mut().filter(|frame| frame.is_asgi) {
            frame.passes_on = true;
        }
    }

    /// What FastAPI calls before the function: `Depends(...)` as a default or in `Annotated`.
    pub(super) fn dependencies(&self, def: &StmtFunctionDef) -> Vec<Call> {
        let mut calls = Vec::new();
        for it in def.parameters.iter_non_variadic_params() {
            let metadata = match it.parameter.annotation() {
                Some(Expr::Subscript(annotated)) => match &*annotated.slice {
                    Expr::Tuple(tuple) => tuple.elts.as_slice(),
                    one => std::slice::from_ref(one),
                },
                _ => &[],
            };
            for callee in metadata.iter().chain(it.default.as_deref()).filter_map(|value| self.dependency(value)) {
                calls.push(Call { at: def.parameters.start(), callee, arguments: Vec::new() });
            }
        }
        calls
    }

    /// The function or class of `Depends(...)`.
    fn dependency(&self, expr: &Expr) -> Option<Key> {
        let call = expr.as_call_expr()?;
        if !matches!(offer::callee_name(call)?, "Depends" | "Security") {
            return None;
        }
        self.function_key(call.arguments.find_argument_value("dependency", 0)?)
    }

    /// `dependencies=[Depends(...)]` of a route, a router or an application.
    pub(super) fn dependency_list(&self, call: &ExprCall) -> Vec<Key> {
        let elements = match call.arguments.find_keyword("dependencies").map(|keyword| &keyword.value) {
            Some(Expr::List(list)) => &list.elts[..],
            Some(Expr::Tuple(tuple)) => &tuple.elts[..],
            _ => return Vec::new(),
        };
        elements.iter().filter_map(|element| self.dependency(element)).collect()
    }
}

/// Whether an argument in a test may be a stand-in for a WebSocket.
fn may_be_fake(argument: &Expr) -> bool {
    let name = match argument {
        Expr::Call(call) => offer::callee_name(call),
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    };
    name.map(str::to_ascii_lowercase).is_some_and(|name| {
        ["ws", "sock", "mock", "fake", "conn", "stub", "dummy"].iter().any(|word| name.contains(word))
    })
}
