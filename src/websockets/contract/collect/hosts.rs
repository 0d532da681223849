//! Applications, routers and routes, as the frameworks register them.

use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprCompare, ExprTuple, Number, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use super::{Around, Collector, Frame, offer};
use crate::python::Origin;
use crate::python::literal::Literal;
use crate::websockets::contract::facts::{Accept, Holder, Host, Insertion, Mount, Registered, Route};
use crate::websockets::contract::framework::{Framework, Selection};
use crate::websockets::contract::path;
use crate::websockets::names;

/// A class whose instances routes are registered on.
struct Kind {
    names: &'static [&'static str],
    is_application: bool,
    /// The argument with the prefix, and its place.
    prefix: Option<(&'static str, usize)>,
    /// The framework, for those whose routes are decorated alike.
    framework: Framework,
}

const KINDS: &[Kind] = &[
    Kind {
        names: &["fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette"],
        is_application: true,
        prefix: None,
        framework: Framework::Starlette,
    },
    Kind {
        names: &["fastapi.APIRouter", "fastapi.routing.APIRouter"],
        is_application: false,
        prefix: Some(("prefix", usize::MAX)),
        framework: Framework::Starlette,
    },
    Kind { names: &["starlette.routing.Router"], is_application: false, prefix: None, framework: Framework::Starlette },
    Kind {
        names: &["quart.Quart", "quart.app.Quart"],
        is_application: true,
        prefix: None,
        framework: Framework::Quart,
    },
    Kind {
        names: &["quart.Blueprint", "quart.blueprints.Blueprint"],
        is_application: false,
        prefix: Some(("url_prefix", 5)),
        framework: Framework::Quart,
    },
    Kind {
        names: &["sanic.Sanic", "sanic.app.Sanic"],
        is_application: true,
        prefix: None,
        framework: Framework::Sanic,
    },
    Kind {
        names: &["sanic.Blueprint", "sanic.blueprints.Blueprint"],
        is_application: false,
        prefix: Some(("url_prefix", 1)),
        framework: Framework::Sanic,
    },
    Kind {
        names: &["litestar.Litestar", "litestar.app.Litestar"],
        is_application: true,
        prefix: None,
        framework: Framework::Litestar,
    },
    Kind {
        names: &["litestar.Router", "litestar.router.Router"],
        is_application: false,
        prefix: Some(("path", 0)),
        framework: Framework::Litestar,
    },
    Kind {
        names: &["flask_sock.Sock", "flask.Blueprint", "flask.blueprints.Blueprint"],
        is_application: false,
        prefix: Some(("url_prefix", usize::MAX)),
        framework: Framework::FlaskSock,
    },
    Kind {
        names: &["aiohttp.web.Application", "aiohttp.web_app.Application"],
        is_application: true,
        prefix: None,
        framework: Framework::Aiohttp,
    },
    Kind {
        names: &["aiohttp.web.RouteTableDef", "aiohttp.web_routedef.RouteTableDef"],
        is_application: true,
        prefix: None,
        framework: Framework::Aiohttp,
    },
];

/// Applications and blueprints of Sanic.
pub const SANIC: &[&str] = &["sanic.Sanic", "sanic.app.Sanic", "sanic.Blueprint", "sanic.blueprints.Blueprint"];

/// Routes as objects of Starlette.
const ROUTE_CLASSES: &[&str] =
    &["starlette.routing.WebSocketRoute", "fastapi.routing.APIWebSocketRoute", "fastapi.routing.WebSocketRoute"];

/// Routes as objects of aiohttp.
const AIOHTTP_ROUTES: &[&str] =
    &["aiohttp.web.get", "aiohttp.web.route", "aiohttp.web.view", "aiohttp.web_routedef.get"];

/// Decorators of Litestar.
const LITESTAR_ROUTES: &[&str] = &["litestar.websocket", "litestar.handlers.websocket"];

impl Collector<'_, '_> {
    fn kind(origin: &Origin) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| origin.is_instance_of(kind.names))
    }

    /// What a variable is bound to: an application, a router, or a list of routes.
    pub(super) fn assignment(&mut self, target: &Expr, value: &Expr) {
        match value {
            Expr::Call(call) => {
                let origin = self.model.origin(&call.func);
                let Some(kind) = KINDS.iter().find(|kind| origin.is_one_of(kind.names)) else { return };
                let Some(key) = self.target_key(target) else { return };
                let prefix = match kind.prefix {
                    None => Some(String::new()),
                    Some((name, place)) => match call.arguments.find_argument_value(name, place) {
                        None => Some(String::new()),
                        Some(prefix) => self.template(prefix),
                    },
                };
                let dependencies = self.dependency_list(call);
                self.facts.hosts.push(Host { key, is_application: kind.is_application, prefix, dependencies });
            }
            Expr::List(_) | Expr::BinOp(_) | Expr::Tuple(_) if self.around.is_empty() => {
                if let Some(key) = self.target_key(target) {
                    self.around.push(Around::Variable(key));
                }
            }
            // `app.config["SOCK_SERVER_OPTIONS"] = {"subprotocols": [...]}`
            Expr::Dict(dict) => {
                let is_options = |it: &Expr| {
                    it.as_subscript_expr().is_some_and(|it| {
                        it.slice.as_string_literal_expr().is_some_and(|it| it.value.to_str() == "SOCK_SERVER_OPTIONS")
                    })
                };
                if is_options(target) {
                    let value = dict.items.iter().find(|item| {
                        let key = item.key.as_ref().and_then(Expr::as_string_literal_expr);
                        key.is_some_and(|key| key.value.to_str() == "subprotocols")
                    });
                    let selection = value.map_or(Selection::Nothing, |item| self.list(&item.value));
                    self.facts.sock_options = Some(selection);
                }
            }
            _ => {}
        }
    }

    pub(super) fn leave_assignment(&mut self, target: &Expr, value: &Expr) {
        if matches!(value, Expr::List(_) | Expr::BinOp(_) | Expr::Tuple(_))
            && matches!(self.around.last(), Some(Around::Variable(_)))
            && self.target_key(target).is_some()
        {
            self.around.pop();
        }
    }

    fn target_key(&self, target: &Expr) -> Option<String> {
        match target {
            Expr::Name(name) => Some(self.bound_key(name, name.range.start())),
            Expr::Attribute(attribute) if attribute.value.as_name_expr().is_some_and(|it| it.id == "self") => {
                let (class, _) = self.classes.last()?;
                Some(format!("{class}.{}", attribute.attr))
            }
            _ => None,
        }
    }

    /// Where a route is registered, by what it is registered on.
    fn registered(&self, receiver: &Expr) -> Registered {
        if let Some(key) = self.variable_key(receiver) {
            return Registered::On(key);
        }
        match Self::kind(&self.model.origin(receiver)) {
            Some(kind) if kind.is_application => Registered::Application,
            _ => Registered::Somewhere,
        }
    }

    /// The place in the lists and mounts around, and the prefix there.
    fn place(&self) -> (Registered, Option<String>) {
        let mut prefix = Some(String::new());
        for around in self.around.iter().rev() {
            match around {
                Around::Application => return (Registered::Application, prefix),
                Around::Variable(key) => return (Registered::On(key.clone()), prefix),
                Around::Prefix(own) => prefix = own.as_ref().zip(prefix).map(|(own, rest)| join(own, &rest)),
            }
        }
        (Registered::Somewhere, prefix)
    }

    fn route(&self, framework: Framework, host: Registered, path: Option<String>, at: &impl Ranged) -> Route {
        Route {
            framework,
            target: None,
            host,
            path,
            any_path: false,
            port: None,
            dependencies: Vec::new(),
            accept: None,
            range: at.range(),
            line: self.line(at),
        }
    }

    /// The text of a path, with a hole for each part that is computed.
    fn template(&self, expr: &Expr) -> Option<String> {
        super::clients::template(self.model, expr)
    }

    /// The decorators that make a function an endpoint.
    pub(super) fn decorated(&mut self, def: &StmtFunctionDef, key: &str) {
        for decorator in &def.decorator_list {
            let Expr::Call(call) = &decorator.expression else { continue };
            let Some(mut route) = self.decorated_route(call) else { continue };
            route.target = Some(key.to_owned());
            if let Some(accept) = &mut route.accept {
                accept.range = TextRange::new(call.start(), def.name.end());
            }
            self.facts.routes.push(route);
        }
    }

    fn decorated_route(&self, call: &ExprCall) -> Option<Route> {
        let path = |name: &str| call.arguments.find_argument_value(name, 0).and_then(|path| self.template(path));
        let method = match &*call.func {
            Expr::Attribute(method) => method,
            Expr::Name(name) if name.id.contains("websocket") => {
                if !self.model.origin(&call.func).is_one_of(LITESTAR_ROUTES) {
                    return None;
                }
                let path = call
                    .arguments
                    .find_argument_value("path", 0)
                    .map_or_else(|| Some(String::from("/")), |path| self.template(path));
                return Some(self.route(Framework::Litestar, Registered::Somewhere, path, call));
            }
            _ => return None,
        };
        match method.attr.as_str() {
            "websocket" | "websocket_route" => {
                let framework = Self::kind(&self.model.origin(&method.value)).map(|kind| kind.framework);
                let host = self.registered(&method.value);
                match framework {
                    Some(framework @ (Framework::Sanic | Framework::Quart)) => {
                        let path = path(if framework == Framework::Sanic { "uri" } else { "rule" });
                        let mut route = self.route(framework, host, path, call);
                        route.accept = Some(self.registered_accept(call, framework));
                        Some(route)
                    }
                    Some(Framework::Starlette) | None => {
                        let mut route = self.route(Framework::Starlette, host, path("path"), call);
                        route.dependencies = self.dependency_list(call);
                        Some(route)
                    }
                    Some(_) => None,
                }
            }
            "route" if Self::kind(&self.model.origin(&method.value))?.names.contains(&"flask_sock.Sock") => {
                let is_sock = self.model.origin(&method.value).is_instance_of(&["flask_sock.Sock"]);
                if !is_sock {
                    return None;
                }
                let blueprint = call.arguments.find_argument_value("bp", 1);
                let host = blueprint.map_or(Registered::Application, |bp| self.registered(bp));
                let mut route = self.route(Framework::FlaskSock, host, path("path"), call);
                route.accept = Some(self.registered_accept(call, Framework::FlaskSock));
                Some(route)
            }
            "get" | "view" if self.says_aiohttp => {
                let kind = Self::kind(&self.model.origin(&method.value))?;
                let is_table = kind.framework == Framework::Aiohttp;
                is_table.then(|| self.route(Framework::Aiohttp, Registered::Somewhere, path("path"), call))
            }
            _ => None,
        }
    }

    /// What a registration selects itself.
    fn registered_accept(&self, call: &ExprCall, framework: Framework) -> Accept {
        let keyword = call.arguments.find_keyword("subprotocols");
        let is_open = call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
        let selection = match keyword {
            Some(keyword) => self.list(&keyword.value),
            None if is_open => Selection::Unknown,
            None => Selection::Nothing,
        };
        let (range, line) = (call.range(), self.line(call));
        Accept { range, line, framework, holder: Holder::Known, selection, argument: None, insertion: None }
    }

    /// Calls that register routes and routers.
    pub(super) fn registration(&mut self, call: &ExprCall) {
        match &*call.func {
            // `app.websocket("/ws")(handler)`
            Expr::Call(inner) => {
                if let Some(mut route) = self.decorated_route(inner) {
                    route.target = call.arguments.args.first().and_then(|handler| self.function_key(handler));
                    self.facts.routes.push(route);
                }
            }
            Expr::Attribute(method) => self.registering_method(call, &method.value, method.attr.as_str()),
            Expr::Name(_) => self.registering_function(call),
            _ => {}
        }
        self.server(call);
    }

    fn registering_method(&mut self, call: &ExprCall, receiver: &Expr, method: &str) {
        let argument = |name: &str, place: usize| call.arguments.find_argument_value(name, place);
        match method {
            "add_api_websocket_route" | "add_websocket_route" => {
                let sanic = Self::kind(&self.model.origin(receiver)).is_some_and(|it| it.framework == Framework::Sanic);
                let (path, handler) = if sanic {
                    (argument("uri", 1), argument("handler", 0))
                } else {
                    (argument("path", 0), argument("endpoint", 1).or_else(|| argument("route", 1)))
                };
                let framework = if sanic { Framework::Sanic } else { Framework::Starlette };
                let path = path.and_then(|path| self.template(path));
                let mut route = self.route(framework, self.registered(receiver), path, call);
                route.target = handler.and_then(|handler| self.function_key(handler));
                route.dependencies = self.dependency_list(call);
                route.accept = sanic.then(|| self.registered_accept(call, framework));
                self.facts.routes.push(route);
            }
            "include_router" | "mount" | "register_blueprint" | "blueprint" => {
                let names: &[&str] = &["prefix", "url_prefix"];
                let is_mount = method == "mount";
                let child = if is_mount { argument("app", 1) } else { call.arguments.args.first() };
                let child = child.or_else(|| argument("router", 0)).or_else(|| argument("blueprint", 0));
                let prefix = if is_mount {
                    argument("path", 0)
                } else {
                    names.iter().find_map(|name| call.arguments.find_keyword(name)).map(|keyword| &keyword.value)
                };
                let prefix = prefix.map_or_else(|| Some(String::new()), |prefix| self.template(prefix));
                if let Some(child) = child.and_then(|child| self.variable_key(child)) {
                    let (parent, dependencies) = (self.registered(receiver), self.dependency_list(call));
                    let replaces = matches!(method, "register_blueprint" | "blueprint");
                    self.facts.mounts.push(Mount { parent, prefix, child, replaces, dependencies });
                }
            }
            // aiohttp: `app.router.add_get("/ws", handler)`
            "add_get" | "add_route" | "add_view" => {
                let place = usize::from(method == "add_route");
                let path = argument("path", place).and_then(|path| self.template(path));
                let handler = argument("handler", place + 1);
                let target = handler.and_then(|handler| self.function_key(handler));
                if target.is_some() {
                    let mut route = self.route(Framework::Aiohttp, Registered::Somewhere, path, call);
                    route.target = target;
                    self.facts.routes.push(route);
                }
            }
            "as_asgi" => {}
            _ => self.registering_function(call),
        }
    }

    fn registering_function(&mut self, call: &ExprCall) {
        let Some(name) = offer::callee_name(call) else { return };
        let argument = |name: &str, place: usize| call.arguments.find_argument_value(name, place);
        match name {
            "path" | "re_path" | "url" => {
                let pattern = argument("route", 0).and_then(|it| self.model.literal(it)?.text());
                let pattern = match name {
                    "path" => pattern,
                    _ => pattern.and_then(|pattern| path::of_regex(&pattern)),
                };
                match argument("view", 1) {
                    Some(Expr::Call(view)) if offer::callee_name(view) == Some("as_asgi") => {
                        let Some(class) = view.func.as_attribute_expr() else { return };
                        let (host, prefix) = self.place();
                        let path = prefix.zip(pattern).map(|(prefix, path)| join(&prefix, &path));
                        let mut route = self.route(Framework::Channels, host, path, call);
                        route.target = self.function_key(&class.value);
                        self.facts.routes.push(route);
                    }
                    // `path("chat/", URLRouter(...))`
                    Some(Expr::Call(_)) => self.around.push(Around::Prefix(pattern)),
                    _ => {}
                }
            }
            "URLRouter" => {
                if self.around.is_empty() {
                    self.around.push(Around::Application);
                }
                if let Some(routes) = argument("routes", 0) {
                    self.children(routes, call);
                }
            }
            "Mount" => {
                let prefix = argument("path", 0).and_then(|path| self.template(path));
                self.around.push(Around::Prefix(prefix));
                for child in [argument("app", 1), argument("routes", 2)].into_iter().flatten() {
                    self.children(child, call);
                }
            }
            "Starlette" | "FastAPI" | "Router" => {
                if self.around.is_empty() {
                    self.around.push(Around::Application);
                }
                if let Some(routes) = call.arguments.find_keyword("routes") {
                    self.children(&routes.value, call);
                }
            }
            "WebSocketRoute" | "APIWebSocketRoute" => {}
            "get" | "route" | "view"
                if self.says_aiohttp && self.model.origin(&call.func).is_one_of(AIOHTTP_ROUTES) =>
            {
                let place = usize::from(name == "route");
                let path = argument("path", place).and_then(|path| self.template(path));
                let mut route = self.route(Framework::Aiohttp, Registered::Somewhere, path, call);
                route.target = argument("handler", place + 1).and_then(|handler| self.function_key(handler));
                self.facts.routes.push(route);
                return;
            }
            _ => {}
        }
        if self.says_route && self.model.origin(&call.func).is_one_of(ROUTE_CLASSES) {
            let (host, prefix) = self.place();
            let path = argument("path", 0).and_then(|path| self.template(path));
            let path = prefix.zip(path).map(|(prefix, path)| join(&prefix, &path));
            let mut route = self.route(Framework::Starlette, host, path, call);
            route.target = argument("endpoint", 1).and_then(|handler| self.function_key(handler));
            self.facts.routes.push(route);
        }
    }

    /// The lists of routes and applications that are named where routes are expected.
    fn children(&mut self, routes: &Expr, call: &ExprCall) {
        match routes {
            Expr::Name(_) | Expr::Attribute(_) => {
                if let Some(child) = self.variable_key(routes) {
                    let (parent, prefix) = self.place();
                    let dependencies = self.dependency_list(call);
                    self.facts.mounts.push(Mount { parent, prefix, child, replaces: false, dependencies });
                }
            }
            Expr::BinOp(sum) => {
                self.children(&sum.left, call);
                self.children(&sum.right, call);
            }
            Expr::List(list) => {
                list.elts.iter().filter_map(Expr::as_starred_expr).for_each(|it| self.children(&it.value, call));
            }
            _ => {}
        }
    }

    /// `(r"/ws", Handler)` of Tornado.
    pub(super) fn tornado_route(&mut self, tuple: &ExprTuple) {
        let [pattern, handler, ..] = &tuple.elts[..] else { return };
        let Some(Literal::Text(pattern)) = self.model.literal(pattern) else { return };
        if !matches!(handler, Expr::Name(_) | Expr::Attribute(_)) || !pattern.contains('/') {
            return;
        }
        let origin = self.model.origin(handler);
        if !self.model.derives_from(&origin, &["tornado.websocket.WebSocketHandler"]) {
            return;
        }
        let mut route = self.route(Framework::Tornado, Registered::Application, path::of_regex(&pattern), tuple);
        if let Origin::Ref(name) = origin {
            route.target = Some(name.key());
        }
        self.facts.routes.push(route);
    }

    /// `scope["path"] == "/ws"` in an ASGI application.
    pub(super) fn compared_path(&mut self, compare: &ExprCompare) {
        let ([CmpOp::Eq], [other]) = (&compare.ops[..], &compare.comparators[..]) else { return };
        let is_path = compare
            .left
            .as_subscript_expr()
            .is_some_and(|it| it.slice.as_string_literal_expr().is_some_and(|key| key.value.to_str() == "path"));
        let Some(frame) = self.functions.iter_mut().rev().find(|frame| frame.is_asgi && is_path) else { return };
        frame.compared.extend(self.model.literal(other).and_then(Literal::text));
    }

    /// An ASGI application that accepts by itself.
    pub(super) fn asgi_route(&mut self, def: &StmtFunctionDef, frame: &mut Frame) {
        let path = if let [path] = &frame.compared[..] { Some(path.clone()) } else { None };
        let mut route = self.route(Framework::Asgi, Registered::Application, path, &def.name);
        route.any_path = frame.compared.is_empty();
        route.target = Some(frame.function.key.clone());
        self.facts.routes.push(route);
    }

    /// `serve(handler, host, port, subprotocols=...)` of websockets.
    fn server(&mut self, call: &ExprCall) {
        if !matches!(offer::callee_name(call), Some("serve" | "unix_serve" | "Serve")) {
            return;
        }
        let origin = self.model.origin(&call.func);
        let is_legacy = origin.is_one_of(names::LEGACY_SERVE);
        let is_new = [names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE, names::SYNC_SERVE].concat();
        if !is_legacy && !origin.is_one_of(&is_new) {
            return;
        }
        let framework = if is_legacy { Framework::WebsocketsLegacy } else { Framework::Websockets };
        let is_open = call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
            || call.arguments.args.iter().any(Expr::is_starred_expr)
            || call.arguments.find_keyword("select_subprotocol").is_some()
            || call.arguments.find_keyword("create_protocol").is_some();
        let keyword = call.arguments.find_keyword("subprotocols");
        let selection = match keyword {
            _ if is_open => Selection::Unknown,
            Some(keyword) => self.list(&keyword.value),
            None => Selection::Nothing,
        };
        let insertion = if is_legacy {
            Self::list_insertion(call, "subprotocols")
        } else {
            // A list would reject the clients that offer none.
            Insertion { offer: "offered".to_owned(), ..Self::list_insertion(call, "select_subprotocol") }
        };
        let mut route = self.route(framework, Registered::Application, None, call);
        route.any_path = true;
        route.port = call.arguments.find_argument_value("port", 2).and_then(|port| self.number(port));
        let (holder, insertion) = (Holder::Known, (keyword.is_none() && self.in_string == 0).then_some(insertion));
        let (range, line) = (call.range(), route.line);
        route.accept = Some(Accept { range, line, framework, holder, selection, argument: None, insertion });
        self.facts.routes.push(route);
    }

    fn number(&self, expr: &Expr) -> Option<u16> {
        match expr {
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(int) => int.as_u16(),
                _ => None,
            },
            Expr::Name(name) => match self.model.only_value(name)? {
                value @ Expr::NumberLiteral(_) => self.number(value),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Two parts of a path with one slash between them.
fn join(before: &str, after: &str) -> String {
    format!("{}/{}", before.trim_end_matches('/'), after.trim_start_matches('/'))
}
