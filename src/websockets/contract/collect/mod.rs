//! The facts of one file, in one walk over its tree.

mod accepts;
mod calls;
mod classes;
mod clients;
mod header;
mod hosts;
pub mod offer;
mod selection;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ModModule, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::facts::{Accept, Facts, Holder, Key, Participant};
use super::framework::{Framework, Selection};
use crate::python::{Model, Origin};
use crate::syntax::scope::Value;
use crate::text::source::Source;
use crate::websockets::names;

pub use accepts::framework_of;
pub use classes::is_consumer;
pub use clients::{is_library_protocol, is_valid, list_keyword, looks_like_token};
pub use header::spells_header;

/// Words without one of which a file says nothing about the contract.
pub const TRIGGERS: &[&str] = &[
    "subprotocol",
    "protocols=",
    "WebSocket-Protocol",
    "websocket-protocol",
    "websocket_protocol",
    "accept(",
    "websocket.accept",
    "WebSocketRoute",
    "websocket_route",
    "flask_sock",
    ".websocket(",
    "@websocket",
    "WebSocketResponse",
    "WebSocketHandler",
    "WebSocketEndpoint",
    "WebsocketConsumer",
    "WebsocketCommunicator",
    "websocket_connect(",
    "websocket_urlpatterns",
    "URLRouter",
    "include_router(",
    "register_blueprint(",
    "httpx_ws",
    "ws_connect(",
    "Mock",
    "Fake",
];

/// Those of [`TRIGGERS`] that only tests with stand-ins have.
const STAND_INS: &[&str] = &["Mock", "Fake"];

/// Whether a file with this text can say anything about the contract.
pub fn is_mentioned(text: &str) -> bool {
    takes_part(text) || STAND_INS.iter().any(|word| text.contains(word))
}

/// Whether a file with this text can have a part in a handshake, and not only a test that leaves it out.
pub fn takes_part(text: &str) -> bool {
    let words = TRIGGERS.iter().filter(|word| !STAND_INS.contains(word));
    words.into_iter().any(|word| text.contains(word)) || text.contains("serve(")
}

/// Collects what one file says.
pub fn collect(source: &Source, module: &ModModule, model: &Model<'_>) -> Facts {
    let mut facts = Facts { path: source.path().to_owned(), ..Facts::default() };
    let text = source.text();
    clients::collect(source, model, &mut facts);
    if !is_mentioned(text) {
        return facts;
    }
    let has_fakes = ["Mock", "Fake", "fake", "Dummy", "Stub"].iter().any(|word| text.contains(word));
    let mut collector = Collector {
        source,
        model,
        facts,
        functions: Vec::new(),
        classes: Vec::new(),
        around: Vec::new(),
        in_string: 0,
        has_fakes,
        says_aiohttp: text.contains("aiohttp"),
        says_route: text.contains("WebSocketRoute"),
    };
    collector.visit_body(&module.body);
    let mut facts = collector.facts;
    facts.faked.sort();
    facts.faked.dedup();
    facts
}

/// What stands around a route in a list of routes.
#[derive(Debug, Clone)]
enum Around {
    /// An application: its paths are whole.
    Application,
    /// A mount with this prefix.
    Prefix(Option<String>),
    /// A variable that holds the list.
    Variable(Key),
}

/// A function that is being walked over.
struct Frame {
    function: Participant,
    /// Whether one of its parameters is annotated with a WebSocket.
    takes_websocket: bool,
    /// Whether it takes `scope`, `receive` and `send`.
    is_asgi: bool,
    /// Whether it passes those on to another application.
    passes_on: bool,
    /// The path that it compares with the scope's, for an ASGI application; `Err` where there are several.
    compared: Vec<String>,
}

struct Collector<'a, 'm> {
    source: &'a Source,
    model: &'a Model<'m>,
    facts: Facts,
    /// The functions around, outermost first.
    functions: Vec<Frame>,
    /// The classes around: their names, and whether they may hold a WebSocket.
    classes: Vec<(Key, bool)>,
    around: Vec<Around>,
    /// How many f-strings are around.
    in_string: usize,
    /// Whether a fake WebSocket may be at work in the file.
    has_fakes: bool,
    /// Whether the file names aiohttp.
    says_aiohttp: bool,
    /// Whether the file knows of routes as objects.
    says_route: bool,
}

/// Whether an annotation names the WebSocket of a framework. Only one that is spelled so, or is a name of this file for something,
/// is looked up: looking up every class of the project would cost more than all the rest.
pub fn annotated_framework(source: &Source, model: &Model<'_>, annotation: &Expr) -> Option<Framework> {
    let is_alias = annotation
        .as_name_expr()
        .is_some_and(|name| model.assigned(&name.id, name.range.start()).is_some_and(|assigned| !assigned.is_empty()));
    if !source.slice(annotation.range()).contains("ebSocket") && !is_alias {
        return None;
    }
    let origin = model.annotated(annotation);
    if origin.is_instance_of(names::STARLETTE_WEBSOCKET) {
        return Some(Framework::Starlette);
    }
    origin.is_instance_of(accepts::LITESTAR_WEBSOCKET).then_some(Framework::Litestar)
}

impl Collector<'_, '_> {
    fn line(&self, node: &impl Ranged) -> usize {
        self.source.stored_position(node.start()).row
    }

    /// The function of the project that an expression names, or `__call__` of the object that it is.
    fn function_key(&self, expr: &Expr) -> Option<Key> {
        match self.model.origin(expr) {
            Origin::Ref(name) if name.split_project().is_some() => Some(name.key()),
            Origin::Instance(class) if class.split_project().is_some() => Some(format!("{}.__call__", class.key())),
            _ => None,
        }
    }

    /// The variable that an expression names, as other files name it too.
    fn variable_key(&self, expr: &Expr) -> Option<Key> {
        match expr {
            Expr::Name(name) => {
                let scopes = self.model.scopes();
                let [id] = scopes.reaching(&name.id, name.range.start())?[..] else { return None };
                let binding = scopes.binding(id);
                match &binding.value {
                    Value::ImportFrom(import, alias) => {
                        let file = self.model.module_of(import)?;
                        Some(self.model.exported(&file, &alias.name))
                    }
                    Value::Expr(_) | Value::Annotated(..) => Some(self.bound_key(name, binding.range.start())),
                    _ => None,
                }
            }
            Expr::Attribute(attribute) => match self.model.origin(&attribute.value) {
                Origin::Ref(module) => match module.split_project()? {
                    (file, "") => Some(self.model.exported(file, &attribute.attr)),
                    _ => None,
                },
                _ if attribute.value.as_name_expr().is_some_and(|name| name.id == "self") => {
                    let (class, _) = self.classes.last()?;
                    Some(format!("{class}.{}", attribute.attr))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The key of a variable of this file: one of a function is told apart by where it is bound.
    fn bound_key(&self, name: &ruff_python_ast::ExprName, at: ruff_text_size::TextSize) -> Key {
        let scopes = self.model.scopes();
        let scope = scopes.block(scopes.block_at(at)).scope;
        if scopes.scope(scope).parent.is_none() {
            self.model.key_of(&name.id)
        } else {
            self.model.key_of(&format!("{}@{}", name.id, u32::from(at)))
        }
    }

    fn function(&mut self, def: &StmtFunctionDef) {
        let Some(key) = self.model.name_of(def).map(|name| name.key()) else { return };
        self.decorated(def, &key);
        let parameters: Vec<String> =
            def.parameters.iter_non_variadic_params().map(|it| it.parameter.name.to_string()).collect();
        let takes_websocket = def.parameters.iter_non_variadic_params().any(|it| {
            let annotation = it.parameter.annotation();
            annotation.is_some_and(|it| annotated_framework(self.source, self.model, it).is_some())
        });
        let is_asgi = parameters.iter().rev().take(3).map(String::as_str).eq(["send", "receive", "scope"]);
        let own = !self.classes.is_empty() && self.functions.is_empty();
        let function = Participant {
            class: self.classes.last().filter(|_| own).map(|(class, _)| class.clone()),
            range: def.name.range,
            parameters,
            accepts: Vec::new(),
            reads_offer: offer::signature_reads(&def.parameters).then(|| def.parameters.start()),
            firsts: Vec::new(),
            calls: self.dependencies(def),
            decorators: Vec::new(),
            key,
        };
        self.functions.push(Frame { function, takes_websocket, is_asgi, passes_on: false, compared: Vec::new() });
        self.visit_body(&def.body);
        let Some(mut frame) = self.functions.pop() else { return };
        self.finish(def, &mut frame);
        let Frame { mut function, takes_websocket, .. } = frame;
        let fills =
            own && def.name.as_str() == "__init__" && self.classes.last().is_some_and(|(_, may_hold)| *may_hold);
        let says = takes_websocket || fills || function.reads_offer.is_some() || !function.accepts.is_empty();
        if !says && function.calls.is_empty() && function.firsts.is_empty() {
            return;
        }
        function.decorators = self.decorators(def);
        // An inner function that accepts does so for the one around, in a way that nobody can follow.
        if let Some(outer) = self.functions.last_mut() {
            let selects = |accept: &&Accept| accept.selection != Selection::Nothing;
            let accepts = function.accepts.iter().filter(selects).cloned();
            outer.function.accepts.extend(accepts.map(|accept| Accept { insertion: None, argument: None, ..accept }));
        }
        self.facts.functions.push(function);
    }

    /// What an ASGI application or middleware says as a whole.
    fn finish(&mut self, def: &StmtFunctionDef, frame: &mut Frame) {
        if !frame.is_asgi || !self.functions.is_empty() && frame.function.accepts.is_empty() {
            return;
        }
        let accepts = frame.function.accepts.iter().any(|accept| accept.framework == Framework::Asgi);
        if frame.passes_on {
            self.facts.has_middleware |= frame.function.reads_offer.is_some() || accepts;
        } else if accepts {
            self.asgi_route(def, frame);
        }
    }

    /// Functions of the project that decorate this one.
    fn decorators(&self, def: &StmtFunctionDef) -> Vec<Key> {
        let named = def.decorator_list.iter().map(|decorator| match &decorator.expression {
            Expr::Call(call) => &*call.func,
            other => other,
        });
        named.filter_map(|name| self.function_key(name)).collect()
    }
}

impl<'a> Visitor<'a> for Collector<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                def.decorator_list.iter().for_each(|it| self.visit_expr(&it.expression));
                let around = std::mem::take(&mut self.around);
                self.function(def);
                self.around = around;
            }
            Stmt::ClassDef(class) => {
                let Some(key) = self.model.name_of(class).map(|name| name.key()) else {
                    return walk_stmt(self, stmt);
                };
                let may_hold = self.class(class, &key);
                self.classes.push((key, may_hold));
                let functions = std::mem::take(&mut self.functions);
                self.visit_body(&class.body);
                self.functions = functions;
                self.classes.pop();
            }
            Stmt::Assign(assign) => {
                let [target] = &*assign.targets else { return walk_stmt(self, stmt) };
                self.assignment(target, &assign.value);
                walk_stmt(self, stmt);
                self.leave_assignment(target, &assign.value);
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.assignment(&assign.target, value);
                    walk_stmt(self, stmt);
                    self.leave_assignment(&assign.target, value);
                }
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if offer::reads(expr) {
            for frame in &mut self.functions {
                frame.function.reads_offer.get_or_insert(expr.start());
            }
        }
        match expr {
            Expr::Call(call) => {
                let depth = self.around.len();
                self.call(call);
                walk_expr(self, expr);
                self.around.truncate(depth);
                return;
            }
            Expr::Dict(dict) => self.accept_message(dict),
            Expr::Subscript(subscript) => self.first(subscript),
            Expr::Tuple(tuple) => self.tornado_route(tuple),
            Expr::Compare(compare) => self.compared_path(compare),
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

/// Whether a name may be that of a WebSocket, or of what is known about its handshake.
fn may_be_websocket(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["ws", "sock", "conn", "client", "scope"].iter().any(|word| name.contains(word))
}

impl Holder {
    /// As the code spells it, where a Name or `self.name` does.
    fn parameter(name: &str) -> Self {
        Self::Parameter(name.to_owned())
    }
}
