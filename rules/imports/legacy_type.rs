//! A legacy class is not the class of the connections that `connect()` and `serve()` create.
//!
//! `WebSocketClientProtocol`, `WebSocketServerProtocol`, `WebSocketCommonProtocol` and `WebSocketServer` belong to the legacy
//! implementation. They can still be imported, with a `DeprecationWarning` since websockets 14.0, but what the top level gives
//! since then is a `ClientConnection`, a `ServerConnection` or a `Server`: `isinstance(ws, WebSocketClientProtocol)` is false
//! without a word, and an annotation is wrong.
//!
//! ```python
//! import websockets
//! from websockets import WebSocketClientProtocol
//!
//! async def connect(uri) -> WebSocketClientProtocol:
//!     ws = await websockets.connect(uri)
//!     assert isinstance(ws, WebSocketClientProtocol)
//!     return ws
//! ```
//! becomes
//! ```python
//! import websockets
//! from websockets import ClientConnection
//!
//! async def connect(uri) -> ClientConnection:
//!     ws = await websockets.connect(uri)
//!     assert isinstance(ws, ClientConnection)
//!     return ws
//! ```
//!
//! The fix is safe where the project calls the new implementation and nowhere the legacy one under its own path: then no object
//! of the old class can arrive. It is unsafe where no call is in sight, and where the class is used as a value. There is none for
//! base classes and where an object of the class is made: the new classes are made differently. There is none either while some
//! file of the project calls the legacy implementation; `legacy-import` comes first.
//!
//! The top level has the new classes since 14.2; where older versions are supported they are imported from `websockets.asyncio`.
//! Where both sides of 14.0 are supported the class depends on the version:
//!
//! ```text
//! try:
//!     from websockets.asyncio.client import ClientConnection
//! except ImportError:
//!     from websockets.client import WebSocketClientProtocol as ClientConnection
//! ```
//!
//! With websockets 13 the top level still gives the legacy class, so for an `isinstance` import `connect` from the same module.
//!
//! ## When there is no fix
//!
//! Something in the project still uses the legacy implementation, whose connections are of this class.

use ruff_python_ast::ModModule;

use crate::fixes::connection_types::{attribute_fix, find, import_fix, is_of};
use crate::fixes::imports::local;
use crate::fixes::imports::moves::{self, Brought};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::questions::Implementations;
use crate::python::references::{Reference, Role};
use crate::target::Side;
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Fix;
use crate::websockets::names::{LEGACY_TYPES, ReplacedType};

pub const META: Meta = Meta {
    code: "WS402",
    since: "14.0",
    severity: Severity::Warning,
    fix: Safe,
    triggers: &["WebSocketClientProtocol", "WebSocketServerProtocol", "WebSocketCommonProtocol", "WebSocketServer"],
};

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let text = cx.source.text();
    let is_there = |it: &&ReplacedType| {
        it.paths.first().and_then(|path| path.rsplit('.').next()).is_some_and(|it| text.contains(it))
    };
    for class in LEGACY_TYPES.iter().filter(is_there) {
        let (brought, references) = find(cx, class);
        if brought.is_empty() && references.is_empty() {
            continue;
        }
        let used = cx.model.implementations();
        for it in &brought {
            let own: Vec<&Reference> = references.iter().filter(|reference| is_of(cx, reference, it)).collect();
            let quoted = cx.model.quoted(class.paths);
            if own.is_empty() && quoted.is_empty() && !cx.model.is_taken(local(it.alias)) {
                continue;
            }
            let fix = import_fix(cx, class, it, &own, used);
            report_import(cx, class, it, &own, used, fix.clone());
            for reference in own.iter().filter(|it| !matches!(it.role, Role::Annotation | Role::Value)) {
                report(cx, class, reference, used, fix.clone());
            }
        }
        let alone = |it: &&Reference| !brought.iter().any(|import| is_of(cx, it, import));
        let alone: Vec<&Reference> = references.iter().filter(alone).collect();
        for reference in alone {
            let fix = attribute_fix(cx, class, reference, used);
            report(cx, class, reference, used, fix);
        }
    }
    Some(())
}

fn report_import(
    cx: &mut Context,
    class: &ReplacedType,
    it: &Brought,
    own: &[&Reference],
    used: Implementations,
    fix: Option<Fix>,
) {
    let quiet = used.legacy || moves::is_for_type_checkers(cx, it.import.range);
    let (old, new) = (&it.alias.name, class.name);
    let message = format!(
        "`{old}` is a legacy class (deprecated since websockets 14.0): the new implementation creates a `{new}`"
    );
    let (help, severity) = advice(cx, class, used, quiet);
    let finding = cx.report(it.alias, message);
    finding.here(format!("now `{new}`")).help(help).severity(severity);
    for reference in own.iter().take(3) {
        finding.label(reference.expr, "used here");
    }
    finding.fix = fix;
}

fn report(cx: &mut Context, class: &ReplacedType, reference: &Reference, used: Implementations, fix: Option<Fix>) {
    let old = cx.text(reference.expr).to_owned();
    let consequence = match reference.role {
        Role::Instance(_) | Role::Pattern(_) => "this test is false for the new connections",
        Role::Base => "a class derived from it does not work with the new implementation",
        Role::Construction(_) => "the new implementation creates its connections differently",
        _ => "new connections are of another class",
    };
    let message = format!("`{old}` is a legacy class (deprecated since websockets 14.0): {consequence}");
    let (help, mut severity) = advice(cx, class, used, used.legacy);
    if matches!(reference.role, Role::Instance(_) | Role::Pattern(_) | Role::Base)
        && severity == Severity::Warning
        && used.new
    {
        severity = Severity::Error;
    }
    let finding = cx.report(reference.expr, message);
    finding.here(format!("now `{}`", class.name)).help(help).severity(severity);
    finding.fix = fix;
}

fn advice(cx: &Context, class: &ReplacedType, used: Implementations, quiet: bool) -> (String, Severity) {
    let (module, name) = (class.module, class.name);
    match cx.target.side {
        _ if used.legacy => (
            format!("Use `{name}` from `{module}` once nothing in the project uses the legacy implementation."),
            Severity::Info,
        ),
        Side::Both => (
            format!(
                "Choose by version: `try: from {module} import {name}`, and behind `except ImportError:` import the old class under that name."
            ),
            if quiet { Severity::Info } else { Severity::Warning },
        ),
        _ => (format!("Use `{name}` from `{module}`."), if quiet { Severity::Info } else { Severity::Warning }),
    }
}
