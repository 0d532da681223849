//! Classes that answer handshakes, or hold the WebSocket.

use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::{Collector, annotated_framework, may_be_websocket};
use crate::python::{Model, Origin};
use crate::syntax::scope::Value;
use crate::websockets::contract::facts::{Argument, EndpointClass, Holder};
use crate::websockets::contract::framework::{Framework, Selection};

/// Base classes of endpoints.
const BASES: &[(Framework, &[&str])] = &[
    (
        Framework::Channels,
        &[
            "channels.generic.websocket.WebsocketConsumer",
            "channels.generic.websocket.JsonWebsocketConsumer",
            "channels.generic.websocket.AsyncWebsocketConsumer",
            "channels.generic.websocket.AsyncJsonWebsocketConsumer",
        ],
    ),
    (Framework::Starlette, &["starlette.endpoints.WebSocketEndpoint"]),
    (Framework::Tornado, &["tornado.websocket.WebSocketHandler"]),
    (Framework::Aiohttp, &["aiohttp.web.View", "aiohttp.web_urldispatcher.View"]),
];

/// Methods that a framework calls, one of which every endpoint has; most classes have none, and need no look at their bases.
const METHODS: &[&str] = &[
    "connect",
    "disconnect",
    "get",
    "on_connect",
    "on_message",
    "on_receive",
    "open",
    "receive",
    "receive_json",
    "select_subprotocol",
    "websocket_connect",
];

/// Whether a class is a consumer of Channels.
pub fn is_consumer(model: &Model<'_>, class: &Origin) -> bool {
    BASES.iter().any(|(framework, names)| *framework == Framework::Channels && model.derives_from(class, names))
}

impl Collector<'_, '_> {
    /// Whether the class may hold a WebSocket, or be one.
    pub(super) fn class(&mut self, class: &StmtClassDef, key: &str) -> bool {
        let bases: &[Expr] = class.arguments.as_ref().map_or(&[], |arguments| &arguments.args);
        let methods = class.body.iter().filter_map(Stmt::as_function_def_stmt);
        let has_method = methods.clone().any(|method| METHODS.contains(&method.name.as_str()));
        let is_named = |base: &Expr| {
            let name = self.source.slice(base.range());
            ["onsumer", "ocket", "Handler", "Endpoint"].iter().any(|part| name.contains(part))
        };
        let mut framework = None;
        let mut own = Vec::new();
        if !bases.is_empty() && (has_method || bases.iter().any(is_named)) {
            let of_class = bases.iter().map(|base| self.model.origin(base));
            for origin in of_class {
                let derived = BASES.iter().find(|(_, names)| self.model.derives_from(&origin, names));
                framework = framework.or(derived.map(|(framework, _)| *framework));
                if let Origin::Ref(name) = origin
                    && name.split_project().is_some()
                {
                    own.push(name.key());
                }
            }
        }
        let attributes = self.attributes(class);
        if framework.is_none() && attributes.is_empty() && own.is_empty() {
            return false;
        }
        let selecting = methods.clone().find(|method| method.name.as_str() == "select_subprotocol");
        let selecting = selecting.filter(|_| framework == Some(Framework::Tornado));
        let (selection, argument) = selecting.map(|method| self.selected_by(method)).unzip();
        self.facts.classes.push(EndpointClass {
            key: key.to_owned(),
            range: class.name.range,
            line: self.line(&class.name),
            framework,
            bases: own,
            attributes,
            selection,
            argument: argument.flatten(),
        });
        true
    }

    /// The attributes that may hold the WebSocket.
    fn attributes(&self, class: &StmtClassDef) -> Vec<(String, Holder)> {
        let Some(bound) = self.model.class(class) else { return Vec::new() };
        let mut attributes: Vec<(String, Holder)> = Vec::new();
        for (name, values) in &bound.attributes {
            let holder = values.iter().find_map(|value| match value {
                Value::Expr(value @ Expr::Name(_)) | Value::Annotated(_, Some(value @ Expr::Name(_))) => {
                    self.holder(value).map(|(holder, _)| holder)
                }
                Value::Annotated(annotation, _) => {
                    annotated_framework(self.source, self.model, annotation).map(|_| Holder::Known)
                }
                _ => None,
            });
            match holder {
                Some(Holder::Parameter(parameter)) if may_be_websocket(&parameter) => {
                    attributes.push(((*name).to_owned(), Holder::Parameter(parameter)));
                }
                Some(Holder::Known) => attributes.push(((*name).to_owned(), Holder::Known)),
                _ => {}
            }
        }
        // The table has no order.
        attributes.sort();
        attributes
    }

    /// What a `select_subprotocol(self, subprotocols)` of Tornado returns.
    fn selected_by(&self, method: &StmtFunctionDef) -> (Selection, Option<Argument>) {
        let is_docstring = |stmt: &&Stmt| !stmt.as_expr_stmt().is_some_and(|stmt| stmt.value.is_string_literal_expr());
        let body: Vec<&Stmt> = method.body.iter().filter(is_docstring).collect();
        let Some((Stmt::Return(last), before)) = body.split_last() else { return (Selection::Unknown, None) };
        if before.iter().any(|stmt| !matches!(stmt, Stmt::Assign(_) | Stmt::Expr(_))) {
            return (Selection::Unknown, None);
        }
        match &last.value {
            None => (Selection::Nothing, None),
            Some(value) if value.is_none_literal_expr() => (Selection::Nothing, None),
            Some(value) => (self.selection(value), Some(Argument { range: value.range(), spelled: None })),
        }
    }
}
