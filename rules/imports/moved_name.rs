//! A name of the library has moved to another module.
//!
//! Old places of a few names are gone: importing `Headers` from `websockets.http` raises `ModuleNotFoundError` since websockets
//! 17.0, importing `Connect` from `websockets.client` raises `ImportError` since 9.0. Others only warn: `websockets.connection`
//! is `websockets.protocol` since 11.0, and `WebSocketServer` of the threading implementation is `Server` since 13.0.
//!
//! ```python
//! from websockets.http import Headers
//! from websockets.connection import State
//!
//! def is_open(ws, headers: Headers):
//!     return ws.state is State.OPEN
//! ```
//! becomes
//! ```python
//! from websockets.datastructures import Headers
//! from websockets.protocol import State
//!
//! def is_open(ws, headers: Headers):
//!     return ws.state is State.OPEN
//! ```
//!
//! The fix is safe: the object is the same one. There is none where a supported version does not have the new place yet, where
//! a use of a name that changes is not understood, and where other files take the name from this one.
//!
//! Imports that are tried, with `except ImportError` behind them, are left alone.
//!
//! ## When there is no fix
//!
//! The name is used in a way that an import cannot replace, or was never importable from the supported versions.

use ruff_python_ast::{Expr, ModModule};
use ruff_text_size::Ranged;

use crate::fixes::imports;
use crate::fixes::imports::moves::{self, Brought, Move};
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Edit;

pub const META: Meta =
    Meta { code: "WS404", since: "9.0", severity: Severity::Error, fix: Safe, triggers: &["websockets"] };

/// A name that moved.
struct Moved {
    /// The old place.
    from: &'static str,
    /// The module and the name now.
    to: (&'static str, &'static str),
    /// The first release that has the new place.
    exists: &'static [u64],
    /// The first release without the old place; `None` where it only warns.
    gone: Option<&'static [u64]>,
}

const fn moved(
    from: &'static str,
    to: (&'static str, &'static str),
    exists: &'static [u64],
    gone: Option<&'static [u64]>,
) -> Moved {
    Moved { from, to, exists, gone }
}

const MOVED: &[Moved] = &[
    moved("websockets.http.Headers", ("websockets.datastructures", "Headers"), &[9, 0], Some(&[17, 0])),
    moved(
        "websockets.http.MultipleValuesError",
        ("websockets.datastructures", "MultipleValuesError"),
        &[9, 0],
        Some(&[17, 0]),
    ),
    moved("websockets.http.USER_AGENT", ("websockets.http11", "USER_AGENT"), &[13, 0], Some(&[13, 0])),
    moved("websockets.parse_uri", ("websockets.uri", "parse_uri"), &[8, 0], Some(&[17, 0])),
    moved("websockets.WebSocketURI", ("websockets.uri", "WebSocketURI"), &[8, 0], Some(&[17, 0])),
    moved("websockets.client.Connect", ("websockets.legacy.client", "Connect"), &[9, 0], Some(&[9, 0])),
    moved("websockets.server.Serve", ("websockets.legacy.server", "Serve"), &[9, 0], Some(&[9, 0])),
    moved("websockets.server.HTTPResponse", ("websockets.legacy.server", "HTTPResponse"), &[9, 0], Some(&[9, 0])),
    moved(
        "websockets.protocol.WebSocketCommonProtocol",
        ("websockets.legacy.protocol", "WebSocketCommonProtocol"),
        &[9, 0],
        Some(&[9, 0]),
    ),
    moved("websockets.connection.State", ("websockets.protocol", "State"), &[11, 0], None),
    moved("websockets.connection.Side", ("websockets.protocol", "Side"), &[11, 0], None),
    moved("websockets.connection.SEND_EOF", ("websockets.protocol", "SEND_EOF"), &[11, 0], None),
    moved("websockets.connection.Connection", ("websockets.protocol", "Protocol"), &[11, 0], None),
    moved("websockets.connection.Event", ("websockets.protocol", "Event"), &[11, 0], Some(&[11, 0])),
    moved("websockets.sync.server.WebSocketServer", ("websockets.sync.server", "Server"), &[13, 0], None),
    moved("websockets.exceptions.WebSocketProtocolError", ("websockets.exceptions", "ProtocolError"), &[8, 0], None),
    moved("websockets.WebSocketProtocolError", ("websockets", "ProtocolError"), &[8, 0], None),
    moved("websockets.legacy.exceptions.InvalidMessage", ("websockets.exceptions", "InvalidMessage"), &[14, 2], None),
    moved("websockets.legacy.protocol.State", ("websockets.protocol", "State"), &[11, 0], None),
    moved("websockets.frames.OP_CONT", ("websockets.frames", "Opcode.CONT"), &[9, 1], Some(&[17, 0])),
    moved("websockets.frames.OP_TEXT", ("websockets.frames", "Opcode.TEXT"), &[9, 1], Some(&[17, 0])),
    moved("websockets.frames.OP_BINARY", ("websockets.frames", "Opcode.BINARY"), &[9, 1], Some(&[17, 0])),
    moved("websockets.frames.OP_CLOSE", ("websockets.frames", "Opcode.CLOSE"), &[9, 1], Some(&[17, 0])),
    moved("websockets.frames.OP_PING", ("websockets.frames", "Opcode.PING"), &[9, 1], Some(&[17, 0])),
    moved("websockets.frames.OP_PONG", ("websockets.frames", "Opcode.PONG"), &[9, 1], Some(&[17, 0])),
];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let text = cx.source.text();
    let is_there = |it: &&Moved| it.from.rsplit('.').next().is_some_and(|name| text.contains(name));
    let candidates: Vec<&Moved> = MOVED.iter().filter(is_there).collect();
    let paths: Vec<&str> = candidates.iter().map(|it| it.from).collect();
    let place = |path: &str| candidates.iter().copied().find(|it| it.from == path);
    let mut found: Vec<(Brought<'a>, &Moved)> = Vec::new();
    for it in moves::brought(cx, &paths) {
        let start = it.alias.start();
        if !cx.model.is_version_guarded(start) && !cx.model.is_chosen(start) {
            found.push((it, place(&it.path())?));
        }
    }
    for (brought, to) in &found {
        // The names of one statement move together.
        let together: Vec<Move> = found
            .iter()
            .filter(|(other, it)| other.import.range == brought.import.range && is_certain(cx, it))
            .map(|(other, it)| Move { from: *other, module: it.to.0, name: it.to.1, also: &[] })
            .collect();
        let edits = if is_certain(cx, to) { moves::edits(cx, &together) } else { None };
        report(cx, brought.alias, to, edits);
    }
    for to in candidates {
        for reference in cx.model.references(&[to.from]) {
            let start = reference.expr.start();
            let Expr::Attribute(attribute) = reference.expr else { continue };
            if !cx.model.is_version_guarded(start) && !cx.model.is_chosen(start) {
                report(cx, &attribute.attr, to, attribute_edits(cx, reference.expr, to));
            }
        }
    }
    Some(())
}

/// Whether the fix can be offered: all supported versions have the new place, and the code works there.
fn is_certain(cx: &Context, it: &Moved) -> bool {
    // What comes from the legacy implementation means nothing to the new one.
    let is_legacy = it.to.0.starts_with("websockets.legacy") && cx.target.side == Side::Modern;
    cx.target.is_at_least(it.exists) && !is_legacy
}

/// `websockets.parse_uri(...)`: the name is imported from its module.
fn attribute_edits(cx: &Context, expr: &Expr, it: &Moved) -> Option<Vec<Edit>> {
    is_certain(cx, it).then_some(())?;
    let Expr::Attribute(attribute) = expr else { return None };
    // The same module under the same name has the new one as well.
    if it.from.rsplit_once('.').is_some_and(|(module, _)| module == it.to.0) {
        return Some(vec![Edit::replace(&attribute.attr, it.to.1)]);
    }
    let (spelled, mut edits) = imports::name(cx, it.to.0, it.to.1, &[])?;
    edits.push(Edit::replace(expr, spelled));
    Some(edits)
}

fn report(cx: &mut Context, place: impl Ranged, it: &Moved, edits: Option<Vec<Edit>>) {
    let (module, name) = it.to;
    let old = it.from;
    let version = |release: &[u64]| release.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
    let message = match it.gone {
        Some(gone) => format!("`{old}` was removed in websockets {}: importing it raises ImportError", version(gone)),
        None => format!("`{old}` is deprecated: it is another name of `{module}.{name}`"),
    };
    let breaks_already = it.gone.is_some_and(|gone| cx.target.is_at_least(gone));
    let side = if breaks_already { Side::Modern } else { cx.target.side };
    let help = if cx.target.is_at_least(it.exists) {
        format!("Import `{name}` from `{module}`.")
    } else {
        format!(
            "Import `{name}` from `{module}`, which exists since {}; for older versions, try that first and fall back with `except ImportError`.",
            version(it.exists)
        )
    };
    let severity = if it.gone.is_some() { Severity::Error } else { Severity::Warning };
    let finding = cx.report(place, message);
    finding.on(side).here(format!("now `{module}.{name}`")).help(help).severity(severity);
    if let Some(edits) = edits {
        finding.fix(Safe, edits);
    }
}
