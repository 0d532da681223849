//! The clients' side: calls that offer subprotocols, and where they connect to.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    CmpOp, Expr, ExprAttribute, ExprCall, InterpolatedStringElement, Operator, Stmt, StmtClassDef, StmtFunctionDef,
};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use super::header::HeaderSearch;
use super::{annotated_framework, offer};
use crate::python::literal::Literal;
use crate::python::{Model, Origin};
use crate::syntax::scope::{ScopeKind, Value};
use crate::text::source::Source;
use crate::websockets::contract::facts::{Facts, Offer, code_at};
use crate::websockets::contract::framework::ClientKind;
use crate::websockets::contract::path::{self, Address, HOLE};
use crate::websockets::names;

/// Addresses that are built through more names than this are unknown.
const DEPTH: u32 = 8;

/// How a client takes its arguments.
struct Client {
    kind: ClientKind,
    /// Its library names; for a method, those of the classes whose it is.
    names: &'static [&'static [&'static str]],
    url: (&'static str, usize),
    offer: &'static str,
    headers: &'static [&'static str],
}

/// Client functions.
const CLIENTS: &[Client] = &[
    Client {
        kind: ClientKind::Websockets,
        names: &[names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT, names::LEGACY_CONNECT, names::SYNC_CONNECT],
        url: ("uri", 0),
        offer: "subprotocols",
        headers: &["additional_headers", "extra_headers"],
    },
    Client {
        kind: ClientKind::WebsocketClient,
        names: &[&["websocket.create_connection", "websocket.WebSocketApp"]],
        url: ("url", 0),
        offer: "subprotocols",
        headers: &["header"],
    },
    Client {
        kind: ClientKind::HttpxWs,
        names: &[&["httpx_ws.aconnect_ws", "httpx_ws.connect_ws"]],
        url: ("url", 0),
        offer: "subprotocols",
        headers: &["headers"],
    },
    Client {
        kind: ClientKind::Tornado,
        names: &[&["tornado.websocket.websocket_connect"]],
        url: ("url", 0),
        offer: "subprotocols",
        headers: &["headers"],
    },
    Client {
        kind: ClientKind::Communicator,
        names: &[&["channels.testing.WebsocketCommunicator", "channels.testing.websocket.WebsocketCommunicator"]],
        url: ("path", 1),
        offer: "subprotocols",
        headers: &["headers"],
    },
];

/// Client methods by their name, which nothing else in common use has.
const METHODS: &[(&str, Client)] = &[
    (
        "websocket_connect",
        Client {
            kind: ClientKind::TestClient,
            names: &[&[
                "starlette.testclient.TestClient",
                "fastapi.testclient.TestClient",
                "litestar.testing.TestClient",
                "litestar.testing.AsyncTestClient",
            ]],
            url: ("url", 0),
            offer: "subprotocols",
            headers: &["headers"],
        },
    ),
    (
        "ws_connect",
        Client {
            kind: ClientKind::Aiohttp,
            names: &[&["aiohttp.ClientSession", "aiohttp.client.ClientSession"]],
            url: ("url", 0),
            offer: "protocols",
            headers: &["headers"],
        },
    ),
    (
        "connect",
        Client {
            kind: ClientKind::WebsocketClient,
            names: &[&["websocket.WebSocket"]],
            url: ("url", 0),
            offer: "subprotocols",
            headers: &["header"],
        },
    ),
];

/// What clients are called; nothing else is looked at, unless its keywords say that it may be one.
const CALLED: &[&str] = &[
    "connect",
    "unix_connect",
    "create_connection",
    "WebSocketApp",
    "aconnect_ws",
    "connect_ws",
    "websocket_connect",
    "ws_connect",
    "WebsocketCommunicator",
];

/// Protocols whose clients and servers are libraries that negotiate by themselves.
const LIBRARY_PROTOCOLS: &[&str] = &["graphql-", "channel.k8s.io", "kernel.websocket.jupyter.org"];

/// Protocols that a page speaks with the tool that serves it while it is developed: it puts that client into every page.
const TOOL_PROTOCOLS: &[&str] = &["vite-hmr", "vite-ping", "esm-hmr"];

/// What subprotocols that carry a secret begin with.
const TOKEN_PREFIXES: &[&str] =
    &["jwt", "bearer", "token", "auth", "access", "basic", "apikey", "api-key", "api_key", "base64", "key."];

/// Longer subprotocols carry something, they do not name a protocol.
const LONGEST_NAME: usize = 64;

/// Whether a subprotocol may carry a secret: such an offer is neither shown nor answered.
pub fn looks_like_token(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.len() > LONGEST_NAME || TOKEN_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
}

/// Whether the libraries or tools that speak a protocol negotiate it by themselves.
pub fn is_library_protocol(value: &str) -> bool {
    LIBRARY_PROTOCOLS.iter().any(|library| value.contains(library)) || TOOL_PROTOCOLS.contains(&value)
}

/// Whether a text can be a subprotocol: a token of HTTP.
pub fn is_valid(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// How the header that carries the offer is spelled.
const SPELLINGS: &[&str] = &["Sec-WebSocket-Protocol", "sec-websocket-protocol", "Sec-Websocket-Protocol"];

/// Collects the clients of a file.
pub(super) fn collect(source: &Source, model: &Model<'_>, facts: &mut Facts) {
    let mut refusals: Option<Vec<TextRange>> = None;
    // Both look at more than the call, and are the same for many of them.
    let spells_header = SPELLINGS.iter().any(|spelling| source.text().contains(spelling));
    let mut expecting: FxHashMap<TextSize, bool> = FxHashMap::default();
    for call in model.calls() {
        let Some(client) = client(source, model, call) else { continue };
        let around = Around::of(model, call.start());
        // A server that connects further on offers to another server, whose path may well be the same.
        if around.function.is_some_and(|def| hands_websocket(source, model, def)) {
            continue;
        }
        // A test that expects the connection to fail.
        let refusals = refusals.get_or_insert_with(|| expected_refusals(model));
        if refusals.iter().any(|range| range.contains_range(call.range())) {
            continue;
        }
        let reader = Reader { model, class: around.class };
        let (offered, by_hand) = reader.offer(call, client, spells_header);
        let Offered { values, computed, unknown } = offered;
        let (hidden, values): (Vec<_>, Vec<_>) =
            values.into_iter().partition(|value| looks_like_token(value) || !is_valid(value));
        if values.iter().any(|value| is_library_protocol(value)) {
            continue;
        }
        let (name, place) = client.url;
        let Some(url) = call.arguments.find_argument_value(name, place) else { continue };
        let url = reader.template(url, DEPTH);
        let in_process = client.kind.is_in_process();
        facts.offers.push(Offer {
            range: call.range(),
            line: source.stored_position(call.start()).row,
            code: if hidden.is_empty() { code_at(source.text(), call.start().to_usize()) } else { String::new() },
            client: client.kind,
            values,
            computed: computed || !hidden.is_empty(),
            unknown,
            // The test clients take the header for an offer.
            by_hand: by_hand && !in_process,
            expects_nothing: around
                .function
                .is_some_and(|def| *expecting.entry(def.start()).or_insert_with(|| expects_nothing(def))),
            port: path::port(&url),
            address: Address::of(&url, in_process),
        });
    }
    facts.offers.sort_by_key(|offer| offer.range.start());
}

/// The text of a path with a [`HOLE`] for each part that is computed; `None` where nothing else is left.
pub(super) fn template(model: &Model<'_>, expr: &Expr) -> Option<String> {
    let text = Reader { model, class: Around::of(model, expr.start()).class }.template(expr, DEPTH);
    text.contains(|c| c != HOLE).then_some(text).or_else(|| expr.is_string_literal_expr().then(String::new))
}

/// The keyword with which a client or server takes a list of subprotocols, and who that is.
pub fn list_keyword(source: &Source, model: &Model<'_>, call: &ExprCall) -> Option<(&'static str, &'static str)> {
    if let Some(client) = client(source, model, call) {
        return Some((client.offer, client.kind.name()));
    }
    let callee = model.origin(&call.func);
    let servers = [names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE, names::SYNC_SERVE, names::LEGACY_SERVE];
    if servers.iter().any(|names| callee.is_one_of(names)) {
        return Some(("subprotocols", "websockets"));
    }
    if callee.is_one_of(super::accepts::AIOHTTP_RESPONSE) {
        return Some(("protocols", "aiohttp.web"));
    }
    let method = call.func.as_attribute_expr()?;
    let is_route = matches!(method.attr.as_str(), "websocket" | "add_websocket_route");
    let is_sanic = is_route && model.origin(&method.value).is_instance_of(super::hosts::SANIC);
    is_sanic.then_some(("subprotocols", "Sanic"))
}

/// Which client a call makes.
fn client(source: &Source, model: &Model<'_>, call: &ExprCall) -> Option<&'static Client> {
    let name = offer::callee_name(call)?;
    let may_offer = call.arguments.keywords.iter().any(|keyword| {
        let name = keyword.arg.as_deref().unwrap_or_default();
        name.ends_with("protocols") || name.contains("header")
    });
    if !may_offer && !CALLED.contains(&name) && !is_alias(model, call) {
        return None;
    }
    let callee = model.origin(&call.func);
    if let Some(client) = CLIENTS.iter().find(|client| client.names.iter().any(|names| callee.is_one_of(names))) {
        return Some(client);
    }
    let Expr::Attribute(method) = &*call.func else { return None };
    let (_, client) = METHODS.iter().find(|(name, _)| *name == method.attr.as_str())?;
    let receiver = model.origin(&method.value);
    let path_only =
        matches!(call.arguments.args.first(), Some(Expr::StringLiteral(_) | Expr::FString(_) | Expr::Name(_)));
    let is_unknown = receiver == Origin::Unknown;
    let fits = client.names.iter().any(|classes| receiver.is_instance_of(classes))
        // A fixture or a wrapper: only the test client is given paths that start with a slash.
        || is_unknown && client.kind == ClientKind::TestClient && path_only
        // `async with ClientSession() as session`
        || is_unknown && client.kind == ClientKind::Aiohttp && source.text().contains("aiohttp");
    fits.then_some(client)
}

/// Whether a name is another one for something that is called as clients are: `dial = websockets.connect`.
fn is_alias(model: &Model<'_>, call: &ExprCall) -> bool {
    let Expr::Name(name) = &*call.func else { return false };
    let reaching = model.scopes().reaching(&name.id, name.start());
    let Some([id]) = reaching.as_deref() else { return false };
    let called = match &model.scopes().binding(*id).value {
        Value::ImportFrom(_, alias) => alias.name.as_str(),
        Value::Expr(Expr::Attribute(attribute)) => attribute.attr.as_str(),
        Value::Expr(Expr::Name(name)) => name.id.as_str(),
        _ => return false,
    };
    CALLED.contains(&called)
}

/// The bodies of `with pytest.raises(...)` and its kin.
fn expected_refusals(model: &Model<'_>) -> Vec<TextRange> {
    struct Search(Vec<TextRange>);
    impl<'a> Visitor<'a> for Search {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::With(with) = stmt {
                let expects = with.items.iter().any(|item| {
                    let call = item.context_expr.as_call_expr();
                    let name = call.and_then(offer::callee_name);
                    matches!(name, Some("raises" | "assertRaises" | "assertRaisesRegex"))
                });
                if expects {
                    self.0.push(with.range);
                }
            }
            walk_stmt(self, stmt);
        }
    }
    let mut search = Search(Vec::new());
    search.visit_body(model.body());
    search.0
}

/// The function and the class around a call.
struct Around<'a> {
    function: Option<&'a StmtFunctionDef>,
    class: Option<&'a StmtClassDef>,
}

impl<'a> Around<'a> {
    fn of(model: &Model<'a>, offset: TextSize) -> Self {
        let scopes = model.scopes();
        let mut around = Self { function: None, class: None };
        let mut scope = Some(scopes.block(scopes.block_at(offset)).scope);
        while let Some(id) = scope {
            match scopes.scope(id).kind {
                ScopeKind::Function(def) if around.function.is_none() => around.function = Some(def),
                ScopeKind::Class(def) => {
                    around.class = Some(def);
                    break;
                }
                _ => {}
            }
            scope = scopes.scope(id).parent;
        }
        around
    }
}

fn hands_websocket(source: &Source, model: &Model<'_>, def: &StmtFunctionDef) -> bool {
    def.parameters.iter_non_variadic_params().any(|with_default| {
        let annotation = with_default.parameter.annotation();
        annotation.is_some_and(|annotation| annotated_framework(source, model, annotation).is_some())
    })
}

/// `assert ws.subprotocol is None` and its kin, in a test.
fn expects_nothing(def: &StmtFunctionDef) -> bool {
    struct Search(bool);
    impl<'a> Visitor<'a> for Search {
        fn visit_expr(&mut self, expr: &'a Expr) {
            let is_selected = |expr: &Expr| {
                expr.as_attribute_expr()
                    .is_some_and(|it| matches!(it.attr.as_str(), "subprotocol" | "accepted_subprotocol" | "protocol"))
            };
            self.0 |= match expr {
                Expr::Compare(compare) => {
                    is_selected(&compare.left)
                        && matches!(compare.ops[..], [CmpOp::Is | CmpOp::Eq])
                        && matches!(compare.comparators[..], [Expr::NoneLiteral(_)])
                }
                Expr::Call(call) => {
                    call.func.as_attribute_expr().is_some_and(|it| it.attr.as_str() == "assertIsNone")
                        && call.arguments.args.first().is_some_and(is_selected)
                }
                _ => false,
            };
            walk_expr(self, expr);
        }
    }
    let mut search = Search(false);
    search.visit_body(&def.body);
    search.0
}

/// What a client offers.
#[derive(Default)]
struct Offered {
    values: Vec<String>,
    /// Whether it offers others, too.
    computed: bool,
    /// Whether it may offer others.
    unknown: bool,
}

/// Reads the arguments of a client.
struct Reader<'a, 'm> {
    model: &'a Model<'m>,
    class: Option<&'m StmtClassDef>,
}

impl<'m> Reader<'_, 'm> {
    /// What the client offers, and whether it sets the header by hand for that. `spells_header` says that the file names the header
    /// somewhere.
    fn offer(&self, call: &'m ExprCall, client: &Client, spells_header: bool) -> (Offered, bool) {
        let unpacks = call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
        let mut unknown = unpacks && self.model.unpacks_unseen(call);
        let mut value = |name| match call.arguments.find_keyword(name) {
            Some(keyword) => Some(&keyword.value),
            None if unpacks => self.unpacked(call, name, &mut unknown),
            None => None,
        };
        let (offer, headers) = (value(client.offer), client.headers.iter().filter_map(|name| value(name)));
        let headers: Vec<&Expr> = headers.collect();
        if let Some(offer) = offer {
            if let Some(offered) = self.offered(offer, DEPTH) {
                return (offered, false);
            }
            unknown |= !self.is_empty(offer);
        }
        match headers.into_iter().find_map(|headers| self.header(headers, spells_header)) {
            Some(offered) => (offered, true),
            None => (Offered { unknown, ..Offered::default() }, false),
        }
    }

    /// What a dictionary that is unpacked into the call has under a key. `unknown` is set where it may have something there that is not seen.
    fn unpacked(&self, call: &'m ExprCall, name: &str, unknown: &mut bool) -> Option<&'m Expr> {
        let keys = match &self.model.passed(call, name)[..] {
            [] => return None,
            [one] => Some(one.range()),
            _ => None,
        };
        let dicts = call.arguments.keywords.iter().filter(|keyword| keyword.arg.is_none());
        let dicts = dicts.filter_map(|keyword| match &keyword.value {
            Expr::Name(name) => self.model.only_value(name)?.as_dict_expr(),
            value => value.as_dict_expr(),
        });
        let is_it = |key: &Expr| Some(key.range()) == keys;
        let items = dicts.flat_map(|dict| &dict.items);
        let found = items.into_iter().find(|item| item.key.as_ref().is_some_and(is_it)).map(|item| &item.value);
        *unknown |= found.is_none();
        found
    }

    /// Whether nothing is offered for sure.
    fn is_empty(&self, expr: &Expr) -> bool {
        expr.is_none_literal_expr()
            || matches!(self.model.literal(expr), Some(Literal::Texts(values)) if values.is_empty())
    }

    /// What `expr` offers, if it certainly offers something.
    fn offered(&self, expr: &Expr, depth: u32) -> Option<Offered> {
        let depth = depth.checked_sub(1)?;
        match self.model.literal(expr) {
            Some(Literal::Texts(values)) => {
                return (!values.is_empty()).then(|| Offered { values, ..Offered::default() });
            }
            // The letters of the text are offered: a mistake of its own.
            Some(Literal::Text(_)) => return None,
            None => {}
        }
        match expr {
            Expr::List(list) => self.offered_elements(&list.elts),
            Expr::Tuple(tuple) => self.offered_elements(&tuple.elts),
            Expr::Name(name) => self.offered(self.model.only_value(name)?, depth),
            Expr::Attribute(attribute) => self.offered(self.attribute(attribute)?, depth),
            Expr::If(conditional) => {
                let arms = [&conditional.body, &conditional.orelse].map(|arm| self.offered(arm, depth));
                let mut arms = arms.into_iter().flatten();
                let mut offered = arms.next()?;
                match arms.next() {
                    Some(other) => {
                        offered.values.extend(other.values);
                        offered.computed |= other.computed;
                    }
                    None => offered.unknown = true,
                }
                Some(offered)
            }
            _ => None,
        }
    }

    fn offered_elements(&self, elements: &[Expr]) -> Option<Offered> {
        let mut offered = Offered::default();
        for element in elements {
            match self.model.literal(element).and_then(Literal::text) {
                Some(value) => offered.values.push(value),
                None => offered.computed = true,
            }
        }
        elements.iter().any(|element| !element.is_starred_expr()).then_some(offered)
    }

    /// A `Sec-WebSocket-Protocol` among headers.
    fn header(&self, headers: &Expr, spells_header: bool) -> Option<Offered> {
        let headers = match headers {
            Expr::Name(name) => self.model.only_value(name).unwrap_or(headers),
            other => other,
        };
        let mut search = HeaderSearch { value: None };
        search.visit_expr(headers);
        match search.value {
            Some(value) => {
                let values: Vec<String> =
                    value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
                Some(Offered { computed: values.is_empty(), values, unknown: false })
            }
            // Headers that are made elsewhere: where the file knows the header at all, it may be one of them.
            None if spells_header && !matches!(headers, Expr::Dict(_) | Expr::List(_)) => {
                Some(Offered { computed: true, ..Offered::default() })
            }
            None => None,
        }
    }

    /// The text of a URL with a [`HOLE`] for each part that is computed.
    fn template(&self, expr: &Expr, depth: u32) -> String {
        let hole = || HOLE.to_string();
        let Some(depth) = depth.checked_sub(1) else { return hole() };
        if let Some(Literal::Text(text)) = self.model.literal(expr) {
            return text;
        }
        match expr {
            Expr::FString(string) => string
                .value
                .elements()
                .map(|element| match element {
                    InterpolatedStringElement::Literal(literal) => literal.value.to_string(),
                    InterpolatedStringElement::Interpolation(inner) if inner.format_spec.is_none() => {
                        self.template(&inner.expression, depth)
                    }
                    InterpolatedStringElement::Interpolation(_) => hole(),
                })
                .collect(),
            Expr::BinOp(sum) if sum.op == Operator::Add => {
                self.template(&sum.left, depth) + &self.template(&sum.right, depth)
            }
            Expr::Name(name) => self.model.only_value(name).map_or_else(hole, |value| self.template(value, depth)),
            Expr::Attribute(attribute) => {
                self.attribute(attribute).map_or_else(hole, |value| self.template(value, depth))
            }
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) if method.attr.as_str() == "format" => {
                    let pattern = self.template(&method.value, depth);
                    let mut text = String::new();
                    let mut inside = false;
                    for c in pattern.chars() {
                        match c {
                            '{' => inside = true,
                            '}' if inside => {
                                inside = false;
                                text.push(HOLE);
                            }
                            c if !inside => text.push(c),
                            _ => {}
                        }
                    }
                    text
                }
                _ => hole(),
            },
            _ => hole(),
        }
    }

    /// What `self.name` holds, if one assignment in the class says so.
    fn attribute(&self, attribute: &ExprAttribute) -> Option<&'m Expr> {
        let object = attribute.value.as_name_expr()?;
        let class = self.model.class(self.class?)?;
        let is_self = matches!(object.id.as_str(), "self" | "cls");
        let in_body = self.model.scopes().bindings_of(class.scope, &attribute.attr);
        match (class.attributes.get(attribute.attr.as_str()).map(Vec::as_slice), &in_body[..]) {
            (Some([Value::Expr(value) | Value::Annotated(_, Some(value))]), []) if is_self => Some(value),
            (None, [id]) if is_self => match &self.model.scopes().binding(*id).value {
                Value::Expr(value) | Value::Annotated(_, Some(value)) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }
}
