//! A Sans-I/O class is not the class of a connection.
//!
//! `ClientConnection` of `websockets.client` is an old name of `ClientProtocol`, which knows the protocol and no network. The
//! connection that `connect()` gives is the `ClientConnection` of `websockets.asyncio.client`, since websockets 14.0 also at the top
//! level. An annotation with the wrong one is wrong, and `isinstance` with it is false. The same holds for `ServerConnection` and
//! `ServerProtocol` of `websockets.server`.
//!
//! ```python
//! import websockets
//! from websockets.client import ClientConnection
//!
//! async def dial(uri) -> ClientConnection:
//!     return await websockets.connect(uri)
//! ```
//! becomes
//! ```python
//! import websockets
//! from websockets.asyncio.client import ClientConnection
//!
//! async def dial(uri) -> ClientConnection:
//!     return await websockets.connect(uri)
//! ```
//!
//! Reported where the class is a type only: a file that makes such an object, or hands bytes to one, means what it says, and so may
//! one in which nothing calls `connect()` or `serve()`. The fix is safe, as for `legacy-type`, and none is offered on the same terms.
//!
//! ## When there is no fix
//!
//! It is not visible whether the Sans-I/O class or the connection is meant.

use ruff_python_ast::ModModule;

use crate::fixes::connection_types::{attribute_fix, find, import_fix, is_of};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::references::{Reference, Role};
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Fix;
use crate::websockets::names::{self, ReplacedType};

pub const META: Meta = Meta {
    code: "WS403",
    since: "13.0",
    severity: Severity::Warning,
    fix: Safe,
    triggers: &["ClientConnection", "ServerConnection", "ClientProtocol", "ServerProtocol"],
};

const SANS_IO: &[ReplacedType] = &[
    ReplacedType {
        paths: &["websockets.client.ClientConnection", "websockets.client.ClientProtocol", "websockets.ClientProtocol"],
        module: "websockets.asyncio.client",
        name: "ClientConnection",
        is_top_level: true,
    },
    ReplacedType {
        paths: &["websockets.server.ServerConnection", "websockets.server.ServerProtocol", "websockets.ServerProtocol"],
        module: "websockets.asyncio.server",
        name: "ServerConnection",
        is_top_level: true,
    },
];

/// What is done with a Sans-I/O object and never with a connection.
const SANS_IO_METHODS: &[&str] =
    &["receive_data", "receive_eof", "data_to_send", "events_received", "send_text", "send_binary", "send_request"];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let text = cx.source.text();
    if !cx.target.side.has_modern() || SANS_IO_METHODS.iter().any(|method| text.contains(method)) {
        return None;
    }
    for class in SANS_IO {
        let (brought, references) = find(cx, class);
        let is_type = |it: &Reference| matches!(it.role, Role::Annotation | Role::Instance(_) | Role::Pattern(_));
        let is_quoted = !cx.model.quoted(class.paths).is_empty();
        let used = cx.model.own_implementations();
        let is_mistaken = references.iter().all(is_type) && (is_quoted || !references.is_empty()) && used.new;
        if !is_mistaken {
            continue;
        }
        let used = cx.model.implementations();
        // A threading connection has a class of the same name.
        let is_sync = !cx.model.references(&[names::SYNC_CONNECT, names::SYNC_SERVE].concat()).is_empty();
        for it in &brought {
            let own: Vec<&Reference> = references.iter().filter(|reference| is_of(cx, reference, it)).collect();
            let fix = import_fix(cx, class, it, &own, used).filter(|_| !is_sync);
            report(cx, class, it.alias, false, fix.clone());
            for reference in own.iter().filter(|it| matches!(it.role, Role::Instance(_) | Role::Pattern(_))) {
                report(cx, class, reference.expr, true, fix.clone());
            }
        }
        for reference in references.iter().filter(|it| it.expr.is_attribute_expr()) {
            let fix = attribute_fix(cx, class, reference, used).filter(|_| !is_sync);
            report(cx, class, reference.expr, matches!(reference.role, Role::Instance(_) | Role::Pattern(_)), fix);
        }
    }
    Some(())
}

fn report(cx: &mut Context, class: &ReplacedType, place: impl ruff_text_size::Ranged, is_test: bool, fix: Option<Fix>) {
    let (module, name) = (class.module, class.name);
    let consequence = if is_test { ": this test is always false" } else { "" };
    let message = format!("this is the Sans-I/O class, not the class of a connection{consequence}");
    let help = format!("Use `{name}` from `{module}`.");
    let finding = cx.report(place, message);
    finding.here(format!("`{module}.{name}` is meant")).help(help);
    finding.severity(if is_test { Severity::Error } else { META.severity });
    finding.fix = fix;
}
