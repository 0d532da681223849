//! Patching the legacy implementation does not affect code that uses the new one.
//!
//! `websockets.connect` is `websockets.asyncio.client.connect` since 14.0. A test that patches it as
//! `websockets.legacy.client.connect` worked up to 13.1; now the mock is never called and the code under test opens a real
//! connection. `websockets.client.connect` is another name of the legacy client, and patching that never had an effect on
//! `websockets.connect`. The same holds for `serve`, and for methods of the old connection classes.
//!
//! ```python
//! import websockets
//! from unittest.mock import patch
//!
//! async def dial(uri):
//!     return await websockets.connect(uri)
//!
//! def test_dial():
//!     with patch("websockets.legacy.client.connect") as connect:
//!         dial("ws://localhost")
//! ```
//!
//! There is no fix: patch the name that the code under test looks up, `websockets.connect` or `app.client.connect`. Only reported
//! where that code is seen to use the new implementation, and nothing of the legacy one under its own path.
//!
//! ## When there is no fix
//!
//! Which name the code under test uses is not visible from the test.

use ruff_python_ast::ModModule;
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::mocks::Mocks;
use crate::python::{Model, Origin};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS704",
    since: "14.0",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &["patch", "setattr"],
};

/// What is legacy under these paths, with everything in it.
const LEGACY: &[&str] = &[
    "websockets.client.connect",
    "websockets.client.unix_connect",
    "websockets.client.WebSocketClientProtocol",
    "websockets.legacy",
    "websockets.server.serve",
    "websockets.server.unix_serve",
    "websockets.server.WebSocketServerProtocol",
    "websockets.WebSocketClientProtocol",
    "websockets.WebSocketCommonProtocol",
    "websockets.WebSocketServerProtocol",
];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    cx.target.side.has_modern().then_some(())?;
    let mocks = Mocks::new(cx.model);
    let mut seen: FxHashMap<Option<String>, bool> = FxHashMap::default();
    for patch in mocks.patches() {
        let Origin::Ref(target) = &patch.target else { continue };
        let inside = |legacy: &&str| {
            target.as_str().strip_prefix(*legacy).is_some_and(|it| it.is_empty() || it.starts_with('.'))
        };
        let Some(call) = patch.call else { continue };
        if !LEGACY.iter().any(inside) || cx.model.is_version_guarded(call.start()) {
            continue;
        }
        let is_missed = *seen.entry(patch.module.clone()).or_insert_with(|| {
            let files = mocks.under_test(patch, uses);
            files.iter().any(|(new, _)| *new) && !files.iter().any(|(_, legacy)| *legacy)
        });
        let Some(place) = call.arguments.args.first().filter(|_| is_missed) else { continue };
        let message = format!(
            "`{}` is the legacy implementation, which the code under test no longer uses (since websockets 14.0)",
            target.as_str()
        );
        cx.report(place, message).here("never called").help(match target.last() {
            name @ ("connect" | "unix_connect" | "serve" | "unix_serve") => {
                format!("Patch `websockets.{name}`, or the name that the code under test imports it as.")
            }
            _ => "Patch `connect` or `serve` as the code under test names it, and let the mock return a connection."
                .to_owned(),
        });
    }
    Some(())
}

/// Whether a file uses the new implementation, and whether it uses the legacy one under its own path.
fn uses(model: &Model) -> (bool, bool) {
    let new = [names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT, names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE].concat();
    let legacy = [names::LEGACY_CONNECT, names::LEGACY_SERVE].concat();
    (!model.references(&new).is_empty(), !model.references(&legacy).is_empty())
}
