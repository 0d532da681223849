//! A class of the legacy implementation is not what `connect()` and `serve()` give.
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

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ModModule};
use ruff_text_size::{Ranged, TextRange};

use crate::api::{LEGACY_TYPES, LegacyType};
use crate::edit::Applicability::{self, Safe, Unsafe};
use crate::edit::{Edit, Fix};
use crate::imports::moves::{self, Brought, Move};
use crate::imports::{self, local};
use crate::project::Implementations;
use crate::rule::{Context, Meta, Severity};
use crate::semantic::quoted::is_generic;
use crate::semantic::references::{Reference, Role};
use crate::target::Side;

pub const META: Meta = Meta {
    code: "WS402",
    since: "14.0",
    severity: Severity::Warning,
    fix: Safe,
    triggers: &["WebSocketClientProtocol", "WebSocketServerProtocol", "WebSocketCommonProtocol", "WebSocketServer"],
};

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let text = cx.source.text();
    let is_there = |it: &&LegacyType| {
        it.paths.first().and_then(|path| path.rsplit('.').next()).is_some_and(|it| text.contains(it))
    };
    for class in LEGACY_TYPES.iter().filter(is_there) {
        let free = |range: TextRange| {
            !cx.model.is_version_guarded(range.start()) && cx.model.import_try(range.start()).is_none()
        };
        let mut brought = moves::brought(cx, class.paths);
        brought.retain(|it| free(it.alias.range));
        let mut references = cx.model.references(class.paths);
        references.retain(|it| free(it.expr.range()));
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

/// Whether a reference is a plain name that this import brings.
fn is_of(cx: &Context, reference: &Reference, brought: &Brought) -> bool {
    cx.model.import_of(reference.expr).is_some_and(|it| it.alias.range == brought.alias.range)
}

/// How sure it is that the new class is meant in all these places; `None` where a person has to decide.
fn certainty(cx: &Context, references: &[&Reference], used: Implementations) -> Option<Applicability> {
    let decides = cx.target.side == Side::Modern && !used.legacy;
    let is_odd = references.iter().any(|it| matches!(it.role, Role::Base | Role::Construction(_)));
    (decides && !is_odd).then_some(())?;
    let is_type = |it: &&Reference| match it.role {
        Role::Annotation | Role::Instance(_) => true,
        _ => is_type_argument(cx, it.expr),
    };
    Some(if used.new && references.iter().all(is_type) { Safe } else { Unsafe })
}

/// The module and the name of the new class, for an import from `module` or a name in it.
fn new_place(cx: &Context, class: &LegacyType, module: &str) -> &'static str {
    if module == "websockets" && class.is_top_level && cx.target.is_at_least(&[14, 2]) {
        "websockets"
    } else {
        class.module
    }
}

fn import_fix(
    cx: &Context,
    class: &LegacyType,
    it: &Brought,
    own: &[&Reference],
    used: Implementations,
) -> Option<Fix> {
    let applicability = certainty(cx, own, used)?;
    let module = new_place(cx, class, it.import.module.as_deref()?);
    let also = [format!("websockets.{}", class.name), format!("{}.{}", class.module, class.name)];
    let also: Vec<&str> = also.iter().map(String::as_str).collect();
    let edits = moves::edits(cx, &[Move { from: *it, module, name: class.name, also: &also }])?;
    Fix::new(edits, applicability)
}

/// `websockets.WebSocketClientProtocol` becomes `websockets.ClientConnection`; what comes from elsewhere is imported.
fn attribute_fix(cx: &Context, class: &LegacyType, reference: &Reference, used: Implementations) -> Option<Fix> {
    let applicability = certainty(cx, &[reference], used)?;
    let mut root = &**reference.expr.as_attribute_expr().map(|attribute| &attribute.value)?;
    while let Expr::Attribute(attribute) = root {
        root = &attribute.value;
    }
    let is_root = cx.origin(root).is_one_of(&["websockets"]);
    let edits = if is_root && new_place(cx, class, "websockets") == "websockets" {
        vec![Edit::replace(reference.expr, format!("{}.{}", cx.text(root), class.name))]
    } else {
        let also = format!("websockets.{}", class.name);
        let (spelled, mut edits) = imports::name(cx, class.module, class.name, &[&also])?;
        edits.push(Edit::replace(reference.expr, spelled));
        edits
    };
    Fix::new(edits, applicability)
}

fn report_import(
    cx: &mut Context,
    class: &LegacyType,
    it: &Brought,
    own: &[&Reference],
    used: Implementations,
    fix: Option<Fix>,
) {
    let quiet = used.legacy || moves::is_for_type_checkers(cx, it.import.range);
    let (old, new) = (&it.alias.name, class.name);
    let message = format!(
        "`{old}` is a class of the legacy implementation, deprecated since websockets 14.0: what the new one gives is a `{new}`"
    );
    let (help, severity) = advice(cx, class, used, quiet);
    let finding = cx.report(it.alias, message);
    finding.here(format!("now `{new}`")).help(help).severity(severity);
    for reference in own.iter().take(3) {
        finding.label(reference.expr, "used here");
    }
    finding.fix = fix;
}

fn report(cx: &mut Context, class: &LegacyType, reference: &Reference, used: Implementations, fix: Option<Fix>) {
    let old = cx.text(reference.expr).to_owned();
    let consequence = match reference.role {
        Role::Instance(_) => "this test is false for what the new one gives",
        Role::Base => "a class derived from it cannot be used with the new one",
        Role::Construction(_) => "the new one makes its connections differently",
        _ => "what the new one gives is another class",
    };
    let message =
        format!("`{old}` is a class of the legacy implementation, deprecated since websockets 14.0: {consequence}");
    let (help, mut severity) = advice(cx, class, used, used.legacy);
    if matches!(reference.role, Role::Instance(_) | Role::Base) && severity == Severity::Warning && used.new {
        severity = Severity::Error;
    }
    let finding = cx.report(reference.expr, message);
    finding.here(format!("now `{}`", class.name)).help(help).severity(severity);
    finding.fix = fix;
}

fn advice(cx: &Context, class: &LegacyType, used: Implementations, quiet: bool) -> (String, Severity) {
    let (module, name) = (class.module, class.name);
    match cx.target.side {
        Side::Legacy => (cx.target.until_then(&format!("use `{name}` from `{module}`")), Severity::Info),
        _ if used.legacy => (
            format!(
                "Use `{name}` from `{module}` once nothing in the project calls the legacy implementation any more."
            ),
            Severity::Info,
        ),
        Side::Both => (
            format!(
                "Choose by version: `try: from {module} import {name}`, and behind `except ImportError:` import the old class under that name."
            ),
            if quiet { Severity::Info } else { Severity::Warning },
        ),
        Side::Modern => {
            (format!("Use `{name}` from `{module}`."), if quiet { Severity::Info } else { Severity::Warning })
        }
    }
}

/// Whether a class stands where a type is expected outside of an annotation: `Optional[X]`, `cast(X, ...)`, `TypeVar("T", X)`.
fn is_type_argument(cx: &Context, class: &Expr) -> bool {
    struct Types<'c, 'a> {
        cx: &'c Context<'a>,
        class: TextRange,
        found: bool,
    }
    impl<'a> Visitor<'a> for Types<'_, 'a> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            let around = |range: TextRange| range.contains_range(self.class);
            if !around(expr.range()) {
                return;
            }
            self.found |= match expr {
                Expr::Subscript(subscript) => is_generic(&subscript.value) && around(subscript.slice.range()),
                Expr::Call(call) => {
                    let typing = ["typing.cast", "typing.TypeVar", "typing.NewType", "typing_extensions.TypeVar"];
                    call.arguments.args.iter().any(|argument| argument.range() == self.class)
                        && self.cx.origin(&call.func).is_one_of(&typing)
                }
                _ => false,
            };
            walk_expr(self, expr);
        }
    }
    let mut types = Types { cx, class: class.range(), found: false };
    types.visit_body(&cx.module.body);
    types.found
}
