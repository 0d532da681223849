//! Moving code from the legacy implementation to the new one as a whole: what is in the way.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::lint::rule::Context;
use crate::python::Origin;
use crate::python::references::{Reference, Role};
use crate::syntax::bind::Function;
use crate::websockets::names;

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

/// What keeps the fix from being offered.
pub struct Blocker {
    /// The code.
    pub place: TextRange,
    /// In a few words.
    pub what: String,
}

/// What is asked of the legacy implementation here that the new one cannot do, once the other rules have been through.
pub fn obstacle<'a>(cx: &Context<'a>, reference: &Reference<'a>) -> Option<Blocker> {
    let Role::Construction(call) = reference.role else {
        return Some(Blocker { place: reference.expr.range(), what: "it is passed on here, not called".to_owned() });
    };
    for keyword in &call.arguments.keywords {
        let text = cx.text(&keyword.value);
        let what = match keyword.arg.as_deref() {
            None if cx.model.unpacks_unseen(call) => format!("`**{text}`, whose keys are not seen"),
            None => continue,
            Some("process_request") if is_own_function(cx, &keyword.value) => continue,
            Some(name) if WITHOUT_SUCCESSOR.contains(&name) => format!("`{name}`, which the new one does not take"),
            Some(_) => continue,
        };
        return Some(Blocker { place: keyword.range, what });
    }
    let unpacked = || call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
    let among = WITHOUT_SUCCESSOR.iter().filter(|_| unpacked()).find_map(|name| {
        let place = cx.model.passed(call, name).first()?.range();
        Some(Blocker { place, what: format!("`{name}`, which the new one does not take") })
    });
    let starred = call.arguments.args.iter().find(|argument| argument.is_starred_expr());
    let starred = starred.map(|it| Blocker { place: it.range(), what: format!("`{}`", cx.text(it)) });
    let is_serve = cx.origin(reference.expr).is_one_of(names::LEGACY_SERVE);
    among.or(starred).or_else(|| if is_serve { server_obstacle(cx, call) } else { None })
}

/// A server needs a running loop now, and a handler that the other rules can see.
fn server_obstacle(cx: &Context, call: &ExprCall) -> Option<Blocker> {
    let around = cx.model.function_around(call.range());
    let is_async = cx.model.functions().any(|function| function.def.range == around && function.def.is_async);
    if !is_async {
        return Some(Blocker { place: call.func.range(), what: "it is called outside of a coroutine".to_owned() });
    }
    if let Some(headers) = call.arguments.find_keyword("extra_headers") {
        return Some(Blocker {
            place: headers.range,
            what: "`extra_headers`, which the new one does not take".to_owned(),
        });
    }
    let handler = call.arguments.find_argument_value("ws_handler", 0)?;
    if is_own_function(cx, handler) {
        return None;
    }
    Some(Blocker { place: handler.range(), what: "the handler, which is no plain function of this file".to_owned() })
}

fn is_own_function(cx: &Context, handler: &Expr) -> bool {
    let Origin::Ref(name) = cx.origin(handler) else { return false };
    cx.model.functions().any(|it| cx.model.name_of(it.def).as_ref() == Some(&name) && is_plain(it))
}

/// The second parameters of the handlers that are given to the servers.
pub fn changing(cx: &Context, references: &[Reference]) -> Vec<TextRange> {
    let calls = references.iter().filter_map(|it| match it.role {
        Role::Construction(call) if cx.origin(it.expr).is_one_of(names::LEGACY_SERVE) => Some(call),
        _ => None,
    });
    let handlers = calls.filter_map(|call| match cx.origin(call.arguments.find_argument_value("ws_handler", 0)?) {
        Origin::Ref(name) => cx.model.functions().find(|it| cx.model.name_of(it.def).as_ref() == Some(&name)),
        _ => None,
    });
    let second = handlers.filter_map(|function| {
        let own = function.def.parameters.args.iter().skip(usize::from(function.class.is_some()));
        own.into_iter().nth(1).map(|path| path.parameter.range)
    });
    second.collect()
}

/// Whether a function takes the connection, and perhaps the path: `handler-path` knows what to do about that.
fn is_plain(function: &Function) -> bool {
    let parameters = &function.def.parameters;
    let own = parameters.posonlyargs.len() + parameters.args.len() - usize::from(function.class.is_some());
    let has_others = parameters.vararg.is_some() || parameters.kwarg.is_some() || !parameters.kwonlyargs.is_empty();
    function.def.decorator_list.is_empty() && (1..=2).contains(&own) && !has_others
}

/// What the file reads from a legacy connection or server that the new ones do not have.
pub fn reads_gone(cx: &Context) -> Option<Blocker> {
    let classes: Vec<&str> = names::LEGACY_TYPES.iter().flat_map(|class| class.paths).copied().collect();
    let places = cx.model.places().attributes(GONE);
    let (read, _) = places.iter().find(|(read, _)| cx.origin(&read.value).may_be_instance_of(&classes))?;
    let what = format!("`{}`, which has no successor of the same kind", read.attr);
    Some(Blocker { place: read.attr.range, what })
}
