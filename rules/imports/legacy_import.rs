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
//! on instead of called, the call unpacks a dictionary whose keys are not seen, it has arguments without a successor (`create_protocol`,
//! `klass`, `loop`, a server's `extra_headers` or `select_subprotocol`), `serve()` is called outside of a coroutine, the handler
//! is not a plain function of the file, or an attribute without a successor is read from a connection.
//!
//! Where the project supports both sides of 14.0 the new path needs 13.0.
//!
//! To stay with the legacy implementation on purpose, ignore the finding: the code keeps working while the library ships it.
//!
//! ## When there is no fix
//!
//! The rest of the code is written for the legacy implementation, or it is not visible what is done with the name.

use std::cell::LazyCell;

use ruff_python_ast::{Expr, ModModule, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use crate::fixes::arguments;
use crate::fixes::imports;
use crate::fixes::imports::moves::{self, Brought, Move};
use crate::fixes::legacy_move::{Blocker, changing, obstacle, reads_gone};
use crate::fixes::retrying;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::syntax::scope::Value;
use crate::target::Side;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::{Edit, Fix};
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
    ("websockets.legacy.server.HTTPResponse", RESPONSE),
    ("websockets.legacy.server.HeadersLike", HEADERS),
    ("websockets.legacy.server.HeadersLikeOrCallable", HEADERS),
    ("websockets.legacy.http", "Requests and responses are in `websockets.http11`."),
];

const RESPONSE: &str = "`process_request` returns a `websockets.http11.Response` or None now.";

const HEADERS: &str =
    "It is `websockets.datastructures.HeadersLike`; the new `serve()` takes `process_response` for headers.";

const AUTH: &str =
    "Pass `process_request=basic_auth(...)` to `serve()`: `basic_auth` of `websockets.asyncio.server`, since 13.1.";

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let paths: Vec<&str> = CALLED.iter().map(|(path, ..)| *path).collect();
    // Where the legacy implementation is tried first, it is what is taken.
    let chooses = |range: TextRange| {
        let is_second = cx.model.is_chosen(range.start()) && !cx.model.is_tried_first(range.start());
        cx.model.is_version_guarded(range.start()) || is_second
    };
    let mut brought = moves::brought(cx, &paths);
    brought.retain(|it| !chooses(it.alias.range));
    let mut references = cx.model.references(&paths);
    references.retain(|it| !chooses(it.expr.range()));
    let loops = retrying::loops(cx, module, names::LEGACY_CONNECT);
    let mut obstacles: Vec<Blocker> = references.iter().filter_map(|it| obstacle(cx, it)).collect();
    obstacles.extend(reads_gone(cx));
    // What is tried again after any error is tried again after any error.
    let mut retries: Vec<Edit> = Vec::new();
    for it in loops.iter().filter(|it| !retrying::chooses(cx, it.call)) {
        let edit = arguments::add(cx.source, it.call, retrying::ARGUMENT).filter(|_| cx.target.is_at_least(&[13, 1]));
        match edit {
            Some(edit) if !retries.contains(&edit) => retries.push(edit),
            Some(_) => {}
            None => obstacles.push(Blocker {
                place: it.statement.iter.range(),
                what: "this loop, which tries again after any error".to_owned(),
            }),
        }
    }
    obstacles.sort_by_key(|it| it.place.start());
    let is_understood = is_possible(cx) && obstacles.is_empty();
    let notes = Notes { obstacles: &obstacles, changing: changing(cx, &references) };
    let whole = |edits: Vec<Edit>| Fix::new([edits, retries.clone()].concat(), Unsafe);
    let used: FxHashSet<TextRange> =
        references.iter().filter_map(|it| Some(cx.model.import_of(it.expr)?.alias.range)).collect();
    // The names of one statement move together. They follow each other here.
    for together in brought.chunk_by(|one, other| one.import.range == other.import.range) {
        let fix = LazyCell::new(|| {
            let moves = together.iter().filter_map(|it| {
                let (_, module, name) = CALLED.iter().find(|(path, ..)| *path == it.path())?;
                Some(Move { from: *it, module, name, also: &[] })
            });
            moves::edits(cx, &moves.collect::<Vec<_>>()).and_then(whole)
        });
        let is_movable = |it: &Brought| {
            is_understood && used.contains(&it.alias.range) && !cx.model.is_tried_first(it.alias.start())
        };
        let fixes: Vec<_> = together.iter().map(|it| if is_movable(it) { (*fix).clone() } else { None }).collect();
        for (it, fix) in together.iter().zip(fixes) {
            report(cx, it.alias, &it.path(), &notes, fix);
        }
    }
    for reference in references.iter().filter(|it| it.expr.is_attribute_expr()) {
        let Origin::Ref(path) = cx.origin(reference.expr) else { continue };
        // Another import brings the same name, in a fix of its own.
        let (_, _, name) = CALLED.iter().find(|(known, ..)| *known == path.as_str())?;
        let is_brought =
            brought.iter().any(|it| CALLED.iter().any(|(known, _, new)| *known == it.path() && new == name));
        let edits =
            if is_understood && !is_brought { attribute_edits(cx, reference.expr, path.as_str()) } else { None };
        report(cx, reference.expr, path.as_str(), &notes, edits.and_then(whole));
    }
    report_others(cx)
}

/// Whether every supported version has the new implementation under its own path.
fn is_possible(cx: &Context) -> bool {
    cx.target.is_at_least(&[13, 0])
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

/// What a finding says besides the name.
struct Notes<'n> {
    obstacles: &'n [Blocker],
    /// The parameter `path` of handlers, which changes with the server.
    changing: Vec<TextRange>,
}

fn report(cx: &mut Context, place: impl Ranged, path: &str, notes: &Notes, fix: Option<Fix>) {
    let Some((_, module, name)) = CALLED.iter().find(|(known, ..)| *known == path) else { return };
    let help = match cx.target.side {
        side if side.has_modern() && !cx.target.is_at_least(&[13, 0]) => format!(
            "Import `{name}` from `{module}` once 13.0 is the oldest supported version, or try that first and fall back with `except ImportError`."
        ),
        _ if fix.is_some() => format!("Import `{name}` from `{module}`."),
        _ => match notes.obstacles.first() {
            Some(Blocker { what, .. }) => {
                format!("Import `{name}` from `{module}`, and change what it is used for with it. In the way: {what}.")
            }
            None => format!("Import `{name}` from `{module}`, and change what it is used for with it."),
        },
    };
    let message = format!("`{path}` is the legacy implementation (deprecated since websockets 14.0)");
    let finding = cx.report(place, message);
    finding.here(format!("now `{module}.{name}`")).help(help);
    if fix.is_none() {
        for Blocker { place, what } in notes.obstacles.iter().take(3) {
            finding.label(*place, what.as_str());
        }
        for parameter in notes.changing.iter().take(3) {
            finding.label(*parameter, "changes with it");
        }
    }
    finding.fix = fix;
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
    let paths: Vec<&str> = OTHERS.iter().map(|(path, _)| *path).filter(|path| path.contains(".server.")).collect();
    for reference in cx.model.references(&paths).iter().filter(|it| it.expr.is_attribute_expr()) {
        let origin = cx.origin(reference.expr);
        let other = origin.library_name().and_then(others);
        found.extend(other.map(|(module, help)| (reference.expr.range(), *module, *help)));
    }
    for (place, module, help) in found {
        if cx.model.is_version_guarded(place.start()) || cx.model.is_chosen(place.start()) {
            continue;
        }
        let message = format!("`{module}` is part of the legacy implementation (deprecated since websockets 14.0)");
        cx.report(place, message).help(help);
    }
    Some(())
}
