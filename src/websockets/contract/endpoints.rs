//! The server's side: functions that are handed a WebSocket, what they accept it with, and their routes.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Decorator, Expr, ExprCall, ExprName, ModModule, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Facts;
use super::routes::Path;
use crate::python::literal::Literal;
use crate::python::{Model, Origin};
use crate::syntax::scope::Value;
use crate::text::source::Source;
use crate::websockets::names;

/// Applications: what is registered on them has its whole path there.
const APPLICATIONS: &[&str] = &["fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette"];

/// Routers with a `prefix` that may get another one where they are included.
const ROUTERS: &[&str] = &["fastapi.APIRouter", "fastapi.routing.APIRouter"];

/// Routes as objects.
const ROUTE_CLASSES: &[&str] =
    &["starlette.routing.WebSocketRoute", "fastapi.routing.APIWebSocketRoute", "fastapi.routing.WebSocketRoute"];

/// A function of a server that is handed a WebSocket: the endpoint of a route, or a helper that it calls.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The function, as other files name it.
    pub key: String,
    /// Its name in the text.
    pub range: TextRange,
    /// Its `accept()` calls, in the order of the text.
    pub accepts: Vec<Accept>,
    /// Where it first looks at what the client offers.
    pub reads_offer: Option<TextSize>,
    /// Functions of the project that it hands the WebSocket to, and where.
    pub passes_to: Vec<(TextSize, String)>,
}

impl Endpoint {
    /// The function's own name.
    pub fn name(&self) -> &str {
        self.key.rsplit(['.', ':']).next().unwrap_or_default()
    }
}

/// One `websocket.accept(...)`.
#[derive(Debug, Clone)]
pub struct Accept {
    /// The call.
    pub range: TextRange,
    /// Where a first argument can be inserted.
    pub first_argument: TextSize,
    /// Whether there are other arguments.
    pub has_arguments: bool,
    /// What it selects.
    pub selection: Selection,
    /// The WebSocket as the code spells it, where that can be repeated.
    pub websocket: Option<String>,
}

/// What an `accept()` selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// No subprotocol.
    Nothing,
    /// Always the same subprotocol.
    Constant(Constant),
    /// Something that may be a subprotocol.
    Something,
}

/// A subprotocol that is spelled out where it is selected, or named there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// The argument.
    pub range: TextRange,
    /// The subprotocol.
    pub value: String,
    /// The argument as the code spells it, where that can be repeated.
    pub spelled: Option<String>,
}

/// A path that a function answers on.
#[derive(Debug, Clone)]
pub struct Route {
    /// The function or class, `None` where it is not known.
    pub endpoint: Option<String>,
    /// The path, `None` where it is not literal.
    pub path: Option<Path>,
}

/// Whether an expression is a Starlette WebSocket.
pub fn is_websocket(model: &Model<'_>, expr: &Expr) -> bool {
    matches!(expr, Expr::Name(_) | Expr::Attribute(_)) && model.origin(expr).is_instance_of(names::STARLETTE_WEBSOCKET)
}

/// Whether an annotation names the WebSocket. Only one that is spelled so, or is a name of this file for something, is looked up:
/// looking up every class of the project would cost more than all the rest.
pub fn annotates_websocket(source: &Source, model: &Model<'_>, annotation: &Expr) -> bool {
    let is_alias =
        |name: &ExprName| model.assigned(&name.id, name.start()).is_some_and(|assigned| !assigned.is_empty());
    (source.slice(annotation.range()).contains("ebSocket") || annotation.as_name_expr().is_some_and(is_alias))
        && model.annotated(annotation).is_instance_of(names::STARLETTE_WEBSOCKET)
}

/// Whether a name may hold a parameter, directly or through other names; nothing else is worth the question in a plain argument.
fn may_be_parameter(model: &Model<'_>, expr: &Expr) -> bool {
    let name = match expr {
        Expr::Name(name) => name,
        // `self.websocket`; to look up what every attribute of the project is would take longer than all the rest.
        Expr::Attribute(attribute) => {
            let name = attribute.attr.to_ascii_lowercase();
            return ["ws", "sock", "conn", "client"].iter().any(|word| name.contains(word));
        }
        _ => return false,
    };
    let scopes = model.scopes();
    scopes.reaching(&name.id, name.start()).into_iter().flatten().any(|id| match &scopes.binding(id).value {
        Value::Parameter(of) => of.parameter.annotation.is_some(),
        Value::Expr(Expr::Name(_) | Expr::Attribute(_)) => true,
        _ => false,
    })
}

/// Whether a name is one that people give to a parameter for the offered subprotocols.
pub fn names_the_offer(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("subprotocol") || name.contains("websocket_protocol")
}

/// Whether the expression itself (not one inside) looks at what the client offers.
pub fn reads_offer(expr: &Expr) -> bool {
    let is_key = |text: &str| text == "subprotocols" || text.eq_ignore_ascii_case("sec-websocket-protocol");
    match expr {
        Expr::StringLiteral(text) => is_key(text.value.to_str()),
        Expr::BytesLiteral(bytes) => {
            let bytes: Vec<u8> = bytes.value.bytes().collect();
            std::str::from_utf8(&bytes).is_ok_and(is_key)
        }
        Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "subprotocols" | "requested_subprotocols"),
        Expr::Name(name) => name.ctx.is_load() && names_the_offer(&name.id) && !name.id.chars().any(char::is_uppercase),
        // A helper that nobody can look into, but whose name says what it is for.
        Expr::Call(call) => callee_name(call).is_some_and(|name| name.to_ascii_lowercase().contains("proto")),
        _ => false,
    }
}

/// The last name of what is called.
pub fn callee_name(call: &ExprCall) -> Option<&str> {
    match &*call.func {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// Whether a parameter of the signature is filled from the offer: by `Header()` or by a dependency that its name tells.
pub fn signature_reads_offer(parameters: &Parameters) -> bool {
    parameters.iter_non_variadic_params().any(|with_default| {
        let parameter = &with_default.parameter;
        let filled = [with_default.default.as_deref(), parameter.annotation()].into_iter().flatten().any(has_call);
        let mut by_alias = Reads(false);
        with_default.default.iter().for_each(|default| by_alias.visit_expr(default));
        parameter.annotation.iter().for_each(|annotation| by_alias.visit_expr(annotation));
        by_alias.0 || filled && parameter.name.to_ascii_lowercase().contains("proto")
    })
}

/// Whether anything in what it visits looks at the offer.
struct Reads(bool);

impl<'a> Visitor<'a> for Reads {
    fn visit_expr(&mut self, expr: &'a Expr) {
        self.0 |= reads_offer(expr);
        walk_expr(self, expr);
    }
}

/// Whether there is a call in `expr`: `Header()`, `Depends(...)`.
pub fn has_call(expr: &Expr) -> bool {
    match expr {
        Expr::Call(_) => true,
        Expr::Subscript(subscript) => match &*subscript.slice {
            Expr::Tuple(tuple) => tuple.elts.iter().any(has_call),
            one => has_call(one),
        },
        _ => false,
    }
}

/// All arguments of a call.
fn arguments(call: &ExprCall) -> impl Iterator<Item = &Expr> {
    call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value))
}

/// The WebSocket, or what it knows about the handshake.
fn is_handed_over(model: &Model<'_>, argument: &Expr) -> bool {
    let part = match argument {
        Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "scope" | "headers") => &attribute.value,
        whole => whole,
    };
    may_be_parameter(model, part) && is_websocket(model, part)
}

/// What FastAPI calls before the function: `Depends(...)` as a default or in `Annotated`.
fn dependencies(parameters: &Parameters) -> impl Iterator<Item = &Expr> {
    parameters.iter_non_variadic_params().flat_map(|with_default| {
        let metadata = match with_default.parameter.annotation() {
            Some(Expr::Subscript(annotated)) => match &*annotated.slice {
                Expr::Tuple(tuple) => tuple.elts.as_slice(),
                one => std::slice::from_ref(one),
            },
            _ => &[],
        };
        metadata.iter().chain(with_default.default.as_deref()).filter_map(|value| {
            let call = value.as_call_expr()?;
            matches!(callee_name(call)?, "Depends" | "Security")
                .then(|| call.arguments.find_argument_value("dependency", 0))?
        })
    })
}

/// What the arguments of `accept()` select.
fn selection(source: &Source, model: &Model<'_>, call: &ExprCall) -> Selection {
    if let Some(argument) = call.arguments.find_argument_value("subprotocol", 0)
        && let Some(Literal::Text(value)) = model.literal(argument)
        && !value.is_empty()
    {
        let range = argument.range();
        let spelled = source.slice(range);
        let repeatable = matches!(argument, Expr::StringLiteral(_) | Expr::Name(_)) && !spelled.contains('\n');
        return Selection::Constant(Constant { range, value, spelled: repeatable.then(|| spelled.to_owned()) });
    }
    let [] = &*call.arguments.args else { return Selection::Something };
    let nothing = call
        .arguments
        .keywords
        .iter()
        .all(|keyword| keyword.arg.as_deref() == Some("headers") && !may_name_the_header(model, &keyword.value));
    if nothing { Selection::Nothing } else { Selection::Something }
}

/// Whether headers may have a `Sec-WebSocket-Protocol` among them: whatever is not spelled out may.
fn may_name_the_header(model: &Model<'_>, headers: &Expr) -> bool {
    let name_of = |pair: &Expr| match pair {
        Expr::Tuple(pair) => pair.elts.first().cloned(),
        _ => None,
    };
    let other = |name: &Expr| match name {
        Expr::BytesLiteral(_) | Expr::StringLiteral(_) => !reads_offer(name),
        _ => false,
    };
    match headers {
        Expr::List(list) => !list.elts.iter().all(|pair| name_of(pair).as_ref().is_some_and(other)),
        Expr::Tuple(tuple) => !tuple.elts.iter().all(|pair| name_of(pair).as_ref().is_some_and(other)),
        Expr::NoneLiteral(_) => false,
        Expr::Name(name) => model.only_value(name).is_none_or(|value| may_name_the_header(model, value)),
        _ => true,
    }
}

/// Collects the endpoints and routes of a file.
pub(super) fn collect(source: &Source, module: &ModModule, model: &Model<'_>, facts: &mut Facts) {
    let has_fakes = ["Mock", "Fake", "fake", "Dummy", "Stub"].iter().any(|word| source.text().contains(word));
    let has_routes = source.text().contains("WebSocketRoute");
    let names_websocket = source.text().contains("WebSocket");
    let mut collector =
        Collector { names_websocket, source, model, facts, functions: Vec::new(), in_string: 0, has_fakes, has_routes };
    collector.visit_body(&module.body);
    facts.faked.sort();
    facts.faked.dedup();
}

struct Collector<'a, 'm> {
    source: &'a Source,
    model: &'a Model<'m>,
    facts: &'a mut Facts,
    /// The functions around, outermost first.
    functions: Vec<Endpoint>,
    /// How many f-strings are around.
    in_string: usize,
    /// Whether a fake WebSocket may be at work in the file.
    has_fakes: bool,
    /// Whether the file names the class, without which nothing in it is a WebSocket for sure.
    names_websocket: bool,
    /// Whether the file knows of routes as objects.
    has_routes: bool,
}

impl Collector<'_, '_> {
    fn function(&mut self, def: &StmtFunctionDef) {
        let Some(key) = self.model.name_of(def) else { return };
        let key = format!("{key:?}");
        for Decorator { expression, .. } in &def.decorator_list {
            if let Expr::Call(call) = expression
                && let Some(path) = self.route(call)
            {
                self.facts.routes.push(Route { endpoint: Some(key.clone()), path });
            }
        }
        let reads_offer = signature_reads_offer(&def.parameters).then(|| def.parameters.start());
        let range = def.name.range;
        let mut function = Endpoint { key, range, accepts: Vec::new(), reads_offer, passes_to: Vec::new() };
        // What FastAPI calls for the function is as good as called by it.
        let called = dependencies(&def.parameters).filter_map(|target| self.function_key(target));
        function.passes_to.extend(called.map(|key| (def.parameters.start(), key)));
        self.functions.push(function);
        self.visit_body(&def.body);
        let Some(function) = self.functions.pop() else { return };
        let takes_websocket = def.parameters.iter_non_variadic_params().any(|with_default| {
            let annotation = with_default.parameter.annotation();
            annotation.is_some_and(|annotation| annotates_websocket(self.source, self.model, annotation))
        });
        let is_dependency = function.reads_offer.is_some();
        if takes_websocket || is_dependency || !function.accepts.is_empty() {
            // An inner function that accepts does so for the one around, in a way that nobody can follow.
            if let Some(outer) = self.functions.last_mut() {
                let accepts = function.accepts.iter().map(|accept| Accept { websocket: None, ..accept.clone() });
                outer.accepts.extend(accepts.filter(|accept| accept.selection != Selection::Nothing));
            }
            self.facts.endpoints.push(function);
        }
    }

    /// The path of `@app.websocket(path)`: `None` for another decorator, `Some(None)` for a path that is not literal.
    #[allow(clippy::option_option, reason = "two questions, and the callers ask the first alone or both")]
    fn route(&self, call: &ExprCall) -> Option<Option<Path>> {
        let Expr::Attribute(method) = &*call.func else { return None };
        matches!(
            method.attr.as_str(),
            "websocket" | "websocket_route" | "add_api_websocket_route" | "add_websocket_route"
        )
        .then(|| {
            let path = self.model.literal(call.arguments.find_argument_value("path", 0)?)?.text()?;
            let (prefix, open) = self.prefix(&method.value);
            Path::route(&format!("{}{path}", prefix.unwrap_or_default()), open)
        })
    }

    /// The prefix of the router or application, and whether another one may stand before it.
    fn prefix(&self, receiver: &Expr) -> (Option<String>, bool) {
        let value = receiver.as_name_expr().and_then(|name| self.model.only_value(name));
        if let Some(Expr::Call(call)) = value
            && self.model.origin(&call.func).is_one_of(ROUTERS)
        {
            let prefix = call.arguments.find_keyword("prefix");
            return (prefix.and_then(|keyword| self.model.literal(&keyword.value)?.text()), true);
        }
        (None, !self.model.origin(receiver).is_instance_of(APPLICATIONS))
    }

    fn function_key(&self, expr: &Expr) -> Option<String> {
        match self.model.origin(expr) {
            Origin::Ref(name) if name.split_project().is_some() => Some(format!("{name:?}")),
            _ => None,
        }
    }

    fn call(&mut self, call: &ExprCall) {
        self.registration(call);
        if let Expr::Attribute(method) = &*call.func
            && method.attr.as_str() == "accept"
            && is_websocket(self.model, &method.value)
        {
            return self.accept(call, &method.value);
        }
        if self.has_fakes
            && call.arguments.args.iter().any(may_be_fake)
            && let Some(key) = self.function_key(&call.func)
        {
            self.facts.faked.push(key);
        }
        if self.functions.is_empty() || !self.names_websocket {
            return;
        }
        if arguments(call).any(|argument| is_handed_over(self.model, argument))
            && let Some(key) = self.function_key(&call.func)
            && let Some(function) = self.functions.last_mut()
        {
            function.passes_to.push((call.start(), key));
        }
    }

    fn accept(&mut self, call: &ExprCall, receiver: &Expr) {
        let text = self.source.slice(receiver.range());
        let repeatable = self.in_string == 0 && text.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
        let accept = Accept {
            range: call.range(),
            first_argument: call.arguments.start() + TextSize::of('('),
            has_arguments: !call.arguments.is_empty(),
            selection: selection(self.source, self.model, call),
            websocket: repeatable.then(|| text.to_owned()),
        };
        if let Some(function) = self.functions.last_mut() {
            function.accepts.push(accept);
        }
    }

    /// `app.websocket("/ws")(handler)`, `app.add_api_websocket_route("/ws", handler)`, `WebSocketRoute("/ws", handler)`.
    fn registration(&mut self, call: &ExprCall) {
        let arguments = &call.arguments;
        let (path, handler) = match &*call.func {
            Expr::Call(inner) => match self.route(inner) {
                Some(path) => (path, arguments.args.first()),
                None => return,
            },
            Expr::Attribute(method)
                if matches!(method.attr.as_str(), "add_api_websocket_route" | "add_websocket_route") =>
            {
                let handler = arguments.find_argument_value("endpoint", 1);
                (self.route(call).flatten(), handler.or_else(|| arguments.find_argument_value("route", 1)))
            }
            callee if self.has_routes && self.model.origin(callee).is_one_of(ROUTE_CLASSES) => {
                let path = arguments.find_argument_value("path", 0).and_then(|path| self.model.literal(path)?.text());
                (path.and_then(|path| Path::route(&path, true)), arguments.find_argument_value("endpoint", 1))
            }
            _ => return,
        };
        let endpoint = handler.and_then(|handler| self.function_key(handler));
        self.facts.routes.push(Route { endpoint, path });
    }
}

/// Whether an argument in a test may be a stand-in for a WebSocket.
fn may_be_fake(argument: &Expr) -> bool {
    let name = match argument {
        Expr::Call(call) => callee_name(call),
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    };
    name.map(str::to_ascii_lowercase).is_some_and(|name| {
        ["ws", "sock", "mock", "fake", "conn", "stub", "dummy"].iter().any(|word| name.contains(word))
    })
}

impl<'a> Visitor<'a> for Collector<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if reads_offer(expr) {
            for function in &mut self.functions {
                function.reads_offer.get_or_insert(expr.start());
            }
        }
        match expr {
            Expr::Call(call) => self.call(call),
            Expr::FString(_) | Expr::TString(_) => {
                self.in_string += 1;
                walk_expr(self, expr);
                self.in_string -= 1;
                return;
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
