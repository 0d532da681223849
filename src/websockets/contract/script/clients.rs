//! The clients of a script.

use oxc_ast::ast::{Argument, Expression, ObjectPropertyKind, Program};
use oxc_span::Span;
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;

use super::names::{Names, called};
use super::value::{Evaluator, Offered, Spot};
use crate::websockets::contract::collect::{is_library_protocol, is_valid, looks_like_token};
use crate::websockets::contract::facts::Offer;
use crate::websockets::contract::framework::ClientKind;
use crate::websockets::contract::path::{self, Address, HOLE};

/// Names that make a client, and the packages that have them. Browsers and node have the first without any.
const CLIENTS: &[(&str, &[&str])] = &[
    ("WebSocket", &["ws", "isomorphic-ws", "undici", "partysocket", "partysocket/ws", "universal-websocket-client"]),
    ("ReconnectingWebSocket", &["reconnecting-websocket", "partysocket", "partysocket/ws"]),
];

/// Where `useWebSocket()` comes from.
const HOOKS: &[&str] = &["react-use-websocket", "@vueuse/core"];

/// A client, and where it stands in the script.
pub(super) struct Client {
    pub span: Span,
    /// Its place is not known yet.
    pub offer: Offer,
    /// Whether its line may show a secret.
    pub is_secret: bool,
}

/// The clients of a script, in the order of the text.
pub(super) fn of(program: &Program<'_>) -> Vec<Client> {
    let names = Names::of(program);
    let reader = Evaluator::new(&names);
    let required: FxHashMap<&str, bool> =
        CLIENTS.iter().map(|(name, packages)| (*name, names.requires(name, packages))).collect();
    let mut clients = Vec::new();
    for (new, scope) in &names.constructed {
        let Some(name) = called(&new.callee) else { continue };
        if is_client(&names, name, required.get(name) == Some(&true))
            && let Some(url) = argument(&new.arguments, 0)
        {
            let offered = argument(&new.arguments, 1);
            let is_spread = new.arguments.get(1).is_some_and(Argument::is_spread);
            clients.extend(client(&reader, new.span, *scope, url, offered, is_spread));
        }
    }
    for (call, scope) in &names.hooked {
        if names.imports.get("useWebSocket").is_some_and(|from| HOOKS.contains(from))
            && let Some(url) = argument(&call.arguments, 0)
        {
            let options = call.arguments.get(1);
            let offered = options.and_then(Argument::as_expression).and_then(protocols);
            clients.extend(client(&reader, call.span, *scope, url, offered, options.is_some()));
        }
    }
    clients.sort_by_key(|client| client.span.start);
    clients
}

/// Whether a name is that of a client, and nothing else in this script. `is_required` says that it is bound to `require("ws")`.
fn is_client(names: &Names<'_>, name: &str, is_required: bool) -> bool {
    let Some((_, packages)) = CLIENTS.iter().find(|(known, _)| *known == name) else { return false };
    let is_elsewhere = names.imports.get(name).is_some_and(|from| !packages.contains(from));
    let is_own = names.own.contains(name) && !is_required;
    !is_elsewhere && !is_own
}

/// An argument that is there, with nothing spread before it.
fn argument<'e, 'a>(arguments: &'e [Argument<'a>], at: usize) -> Option<&'e Expression<'a>> {
    arguments.get(at)?.as_expression()
}

/// `protocols` among the options of a hook.
fn protocols<'e, 'a>(options: &'e Expression<'a>) -> Option<&'e Expression<'a>> {
    let Expression::ObjectExpression(object) = options else { return None };
    object.properties.iter().find_map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) if property.key.is_specific_static_name("protocols") => {
            Some(&property.value)
        }
        _ => None,
    })
}

/// `unknown` says that something may be offered where `offered` is not there.
fn client<'a>(
    reader: &Evaluator<'_, 'a>,
    span: Span,
    scope: usize,
    url: &Expression<'a>,
    offered: Option<&Expression<'a>>,
    unknown: bool,
) -> Option<Client> {
    let place = Spot::new(scope);
    let url = whole(reader.text(url, &place));
    let Offered { values, computed, unknown } = match offered {
        Some(expr) => reader.offered(expr, &place),
        None => Offered { unknown, ..Offered::default() },
    };
    let (hidden, values): (Vec<_>, Vec<_>) =
        values.into_iter().partition(|value| looks_like_token(value) || !is_valid(value));
    if values.iter().any(|value| is_library_protocol(value)) {
        return None;
    }
    let offer = Offer {
        range: TextRange::default(),
        line: 0,
        code: String::new(),
        client: ClientKind::Script,
        values,
        computed: computed || !hidden.is_empty(),
        unknown,
        by_hand: false,
        expects_nothing: false,
        port: path::port(&url),
        address: Address::of(&url, false),
    };
    Some(Client { span, offer, is_secret: !hidden.is_empty() })
}

/// A URL whose scheme is computed or missing has one all the same: `${scheme}//host/path`.
fn whole(url: String) -> String {
    let rest = url.strip_prefix(HOLE).unwrap_or(&url);
    if rest.starts_with("//") { format!("ws:{rest}") } else { url }
}
