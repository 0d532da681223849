//! `websockets.client`, `websockets.server` and `websockets.legacy` lead to the legacy implementation.
//!
//! `connect` and `serve` from there are the legacy ones in every version up to 17.4. Since websockets 14.0 using them is a
//! `DeprecationWarning`, while the same names at the top level are the new implementation. The names look alike, so
//! `websockets.client` is often taken for the new one.
//!
//! ```python
//! from websockets.client import connect
//!
//! async def main(uri):
//!     async with connect(uri, ping_interval=None) as ws:
//!         await ws.send("hello")
//! ```
//! becomes
//! ```python
//! from websockets.asyncio.client import connect
//!
//! async def main(uri):
//!     async with connect(uri, ping_interval=None) as ws:
//!         await ws.send("hello")
//! ```
//!
//! The fix is unsafe: it exchanges the implementation. Arguments, attributes, exceptions and handlers that differ are then found by
//! the other rules, which move them in the same run. It is not offered where that would leave something behind: the name is passed
//! on instead of called, the call unpacks a dictionary, it has arguments without a successor (`create_protocol`, `klass`, `loop`,
//! a server's `extra_headers`, `process_request` or `select_subprotocol`), `serve()` is called outside of a coroutine, the handler
//! is not a plain function of the file, or an attribute without a successor is read from a connection.
//!
//! Where the project supports both sides of 14.0 the new path needs 13.0.
//!
//! To stay with the legacy implementation on purpose, ignore the finding: the code keeps working while the library ships it.

use ruff_python_ast::{Expr, ExprCall, ModModule, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::fixes::imports;
use crate::fixes::imports::moves::{self, Brought, Move};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::python::references::{Reference, Role};
use crate::syntax::bind::Function;
use crate::syntax::scope::Value;
use crate::target::Side;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS401", since: "14.0", severity: Severity::Warning, fix: Unsafe, triggers: &["websockets"] };

/// What calls the legacy implementation: the path, and the module and name of the new one.
const CALLED: &[(&str, &str, &str)] = &[
    ("websockets.client.connect", "websockets.asyncio.client", "connect"),
    ("websockets.client.unix_connect", "websockets.asyncio.client", "unix_connect"),
    ("websockets.legacy.client.connect", "websockets.asyncio.client", "connect"),
    ("websockets.legacy.client.unix_connect", "websockets.asyncio.client", "unix_connect"),
    ("websockets.legacy.client.Connect", "websockets.asyncio.client", "connect"),
    ("websockets.server.serve", "websockets.asyncio.server", "serve"),
    ("websockets.server.unix_serve", "websockets.asyncio.server", "unix_serve"),
    ("websockets.server.broadcast", "websockets.asyncio.server", "broadcast"),
    ("websockets.legacy.server.serve", "websockets.asyncio.server", "serve"),
    ("websockets.legacy.server.unix_serve", "websockets.asyncio.server", "unix_serve"),
    ("websockets.legacy.server.Serve", "websockets.asyncio.server", "serve"),
    ("websockets.legacy.server.broadcast", "websockets.asyncio.server", "broadcast"),
    ("websockets.legacy.protocol.broadcast", "websockets.asyncio.server", "broadcast"),
];

/// Modules of the legacy implementation with nothing of the same kind in the new one, and what comes closest.
const OTHERS: &[(&str, &str)] = &[
    ("websockets.auth", AUTH),
    ("websockets.legacy.auth", AUTH),
    ("websockets.legacy.framing", "Frames are in `websockets.frames`."),
    (
        "websockets.legacy.handshake",
        "The handshake is in `websockets.client.ClientProtocol` and `websockets.server.ServerProtocol`.",
    ),
    ("websockets.legacy.http", "Requests and responses are in `websockets.http11`."),
];

const AUTH: &str =
    "Pass `process_request=basic_auth(...)` to `serve()`: `basic_auth` of `websockets.asyncio.server`, since 13.1.";

/// Arguments that the new implementation does not know, and that no fix replaces.
const WITHOUT_SUCCESSOR: &[&str] =
    &["create_protocol", "klass", "loop", "legacy_recv", "process_request", "select_subprotocol"];

/// Attributes of legacy connections and servers without a successor of the same kind.
const GONE: &[&str] = &[
    "host",
    "port",
    "secure",
    "ensure_open",
    "fail_connection",
    "ws_server",
    "is_client",
    "side",
    "extensions",
    "origin",
    "max_size",
    "read_limit",
    "extra_headers",
    "process_request",
    "select_subprotocol",
    "available_subprotocols",
    "available_extensions",
    "messages",
    "reader",
    "pings",
    "close_connection_task",
    "transfer_data_task",
    "keepalive_ping_task",
    "closed_waiter",
    "wrap",
    "loop",
];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let paths: Vec<&str> = CALLED.iter().map(|(path, ..)| *path).collect();
    let chooses = |range: TextRange| cx.model.is_version_guarded(range.start()) || cx.model.is_chosen(range.start());
    let mut brought = moves::brought(cx, &paths);
    brought.retain(|it| !chooses(it.alias.range));
    let mut references = cx.model.references(&paths);
    references.retain(|it| !chooses(it.expr.range()));
    let is_understood = is_possible(cx) && references.iter().all(|it| is_movable(cx, it)) && !reads_gone(cx);
    for it in &brought {
        let together: Vec<Move> = brought
            .iter()
            .filter(|other| other.import.range == it.import.range)
            .filter_map(|other| {
                let (_, module, name) = CALLED.iter().find(|(path, ..)| *path == other.path())?;
                Some(Move { from: *other, module, name, also: &[] })
            })
            .collect();
        let is_used = references.iter().any(|reference| is_of(cx, reference, it));
        let edits = if is_understood && is_used { moves::edits(cx, &together) } else { None };
        report(cx, it.alias, &it.path(), edits);
    }
    for reference in references.iter().filter(|it| it.expr.is_attribute_expr()) {
        let Origin::Ref(path) = cx.origin(reference.expr) else { continue };
        let edits = if is_understood { attribute_edits(cx, reference.expr, path.as_str()) } else { None };
        report(cx, reference.expr, path.as_str(), edits);
    }
    report_others(cx)
}

/// Whether every supported version has the new implementation under its own path.
fn is_possible(cx: &Context) -> bool {
    cx.target.is_at_least(&[13, 0])
}

fn is_of(cx: &Context, reference: &Reference, it: &Brought) -> bool {
    cx.model.import_of(reference.expr).is_some_and(|import| import.alias.range == it.alias.range)
}

/// Whether the new implementation can do what is asked of the legacy one here, once the other rules have been through.
fn is_movable(cx: &Context, reference: &Reference) -> bool {
    let Role::Construction(call) = reference.role else { return false };
    let keywords = &call.arguments.keywords;
    let is_known = |name: &str| !WITHOUT_SUCCESSOR.contains(&name);
    let is_serve = cx.origin(reference.expr).is_one_of(names::LEGACY_SERVE);
    keywords.iter().all(|keyword| keyword.arg.as_deref().is_some_and(is_known))
        && !call.arguments.args.iter().any(Expr::is_starred_expr)
        && (!is_serve || is_movable_server(cx, call))
}

/// A server needs a running loop now, and a handler that the other rules can see.
fn is_movable_server(cx: &Context, call: &ExprCall) -> bool {
    let around = cx.model.function_around(call.range());
    let is_async = cx.model.functions().any(|function| function.def.range == around && function.def.is_async);
    let handler = call.arguments.find_argument_value("ws_handler", 0);
    let is_own = handler.is_some_and(|handler| match cx.origin(handler) {
        Origin::Ref(name) => {
            cx.model.functions().any(|it| cx.model.name_of(it.def) == Some(name.clone()) && is_plain(it))
        }
        _ => false,
    });
    is_async && is_own && call.arguments.find_keyword("extra_headers").is_none()
}

/// Whether a function takes the connection, and perhaps the path: `handler-path` knows what to do about that.
fn is_plain(function: &Function) -> bool {
    let parameters = &function.def.parameters;
    let own = parameters.posonlyargs.len() + parameters.args.len() - usize::from(function.class.is_some());
    let has_others = parameters.vararg.is_some() || parameters.kwarg.is_some() || !parameters.kwonlyargs.is_empty();
    function.def.decorator_list.is_empty() && (1..=2).contains(&own) && !has_others
}

/// Whether the file reads something from a legacy connection or server that the new ones do not have.
fn reads_gone(cx: &Context) -> bool {
    let classes: Vec<&str> = names::LEGACY_TYPES.iter().flat_map(|class| class.paths).copied().collect();
    let places = cx.model.places().attributes(GONE);
    places.iter().any(|(attribute, _)| cx.origin(&attribute.value).may_be_instance_of(&classes))
}

/// `websockets.client.connect` becomes `websockets.connect`; where older versions are supported the name is imported.
fn attribute_edits(cx: &Context, expr: &Expr, path: &str) -> Option<Vec<Edit>> {
    let (_, module, name) = CALLED.iter().find(|(known, ..)| *known == path)?;
    let mut root = expr;
    while let Expr::Attribute(attribute) = root {
        root = &attribute.value;
    }
    if cx.target.side == Side::Modern && cx.origin(root).is_one_of(&["websockets"]) {
        return Some(vec![Edit::replace(expr, format!("{}.{name}", cx.text(root)))]);
    }
    let also = format!("websockets.{name}");
    let also: &[&str] = if cx.target.side == Side::Modern { &[&also] } else { &[] };
    let (spelled, mut edits) = imports::name(cx, module, name, also)?;
    edits.push(Edit::replace(expr, spelled));
    Some(edits)
}

fn report(cx: &mut Context, place: impl Ranged, path: &str, edits: Option<Vec<Edit>>) {
    let Some((_, module, name)) = CALLED.iter().find(|(known, ..)| *known == path) else { return };
    let help = match cx.target.side {
        side if side.has_modern() && !cx.target.is_at_least(&[13, 0]) => format!(
            "Import `{name}` from `{module}` once 13.0 is the oldest supported version, or try that first and fall back with `except ImportError`."
        ),
        _ if edits.is_some() => format!("Import `{name}` from `{module}`."),
        _ => format!("Import `{name}` from `{module}`, and change what it is used for with it."),
    };
    let message = format!("`{path}` is the legacy implementation, deprecated since websockets 14.0");
    let finding = cx.report(place, message);
    finding.here(format!("now `{module}.{name}`")).help(help);
    if let Some(edits) = edits {
        finding.fix(Unsafe, edits);
    }
}

/// Reports imports of other modules of the legacy implementation.
fn report_others(cx: &mut Context) -> Option<()> {
    let mut found: Vec<(TextRange, &str, &str)> = Vec::new();
    let others = |module: &str| OTHERS.iter().find(|(known, _)| *known == module);
    for binding in &cx.model.scopes().bindings {
        let module = match binding.value {
            Value::ImportFrom(import, alias) if !imports::is_own(cx, import) => {
                let inside = format!("{}.{}", import.module.as_deref().unwrap_or_default(), alias.name);
                others(&inside).or_else(|| others(import.module.as_deref()?))
            }
            _ => None,
        };
        found.extend(module.map(|(module, help)| (binding.range, *module, *help)));
    }
    for import in cx.module.body.iter().filter_map(Stmt::as_import_stmt) {
        for alias in &import.names {
            found.extend(others(&alias.name).map(|(module, help)| (alias.range, *module, *help)));
        }
    }
    for (place, module, help) in found {
        if cx.model.is_version_guarded(place.start()) || cx.model.is_chosen(place.start()) {
            continue;
        }
        let message = format!("`{module}` is a part of the legacy implementation, deprecated since websockets 14.0");
        cx.report(place, message).help(help);
    }
    Some(())
}
