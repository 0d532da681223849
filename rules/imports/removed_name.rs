//! A module or a name of the library was removed, and nothing of the same kind replaces it.
//!
//! Importing it raises `ImportError` or `ModuleNotFoundError`: `websockets.handshake` and `websockets.framing` since websockets 9.0
//! (17.0 as names of the top level), what else was in `websockets.http` since 13.0 or 17.0, helpers for old versions of Python in
//! `websockets.asyncio.compatibility` since 17.0.
//!
//! ```python
//! from websockets.asyncio.compatibility import asyncio_timeout
//!
//! async def f():
//!     async with asyncio_timeout(1):
//!         ...
//! ```
//!
//! There is no fix; the finding says what comes closest. Names that live elsewhere now are the business of `moved-name`.
//!
//! ## When there is no fix
//!
//! Nothing of the same kind replaces it.

use ruff_python_ast::{ModModule, Stmt, StmtImportFrom};
use ruff_text_size::TextRange;

use crate::fixes::imports;
use crate::lint::rule::{Context, Meta, Severity};
use crate::syntax::scope::Value;
use crate::target::Side;
use crate::text::edit::Applicability::DisplayOnly;

pub const META: Meta =
    Meta { code: "WS405", since: "9.0", severity: Severity::Error, fix: DisplayOnly, triggers: &["websockets"] };

/// The modules and names, the first release without them, and what comes closest.
const REMOVED: &[(&str, [u64; 2], &str)] = &[
    ("websockets.handshake.", [9, 0], HANDSHAKE),
    ("websockets.handshake", [17, 0], HANDSHAKE),
    ("websockets.framing.", [9, 0], FRAMING),
    ("websockets.framing", [17, 0], FRAMING),
    ("websockets.http.", [17, 0], HTTP),
    ("websockets.http", [17, 0], HTTP),
    ("websockets.asyncio.compatibility.", [17, 0], PYTHON),
    ("websockets.asyncio.compatibility", [17, 0], PYTHON),
    ("websockets.asyncio.async_timeout.", [17, 0], PYTHON),
    ("websockets.asyncio.async_timeout", [17, 0], PYTHON),
    ("websockets.legacy.compatibility.", [13, 0], PYTHON),
    ("websockets.legacy.async_timeout.", [13, 0], PYTHON),
    ("websockets.sync.compatibility.", [12, 0], PYTHON),
    ("websockets.exceptions.format_close", [10, 0], "`str()` of a `websockets.frames.Close` says the same."),
    ("websockets.frames.parse_close", [10, 0], CLOSE),
    ("websockets.frames.serialize_close", [10, 0], CLOSE),
    ("websockets.frames.check_close", [10, 0], CLOSE),
];

const HANDSHAKE: &str = "The handshake is in `websockets.client.ClientProtocol` and `websockets.server.ServerProtocol`; the old functions are in `websockets.legacy.handshake`, which is deprecated.";
const FRAMING: &str =
    "Frames are in `websockets.frames`; the old ones are in `websockets.legacy.framing`, which is deprecated.";
const HTTP: &str = "Headers are in `websockets.datastructures`, requests and responses in `websockets.http11`.";
const PYTHON: &str = "Python has it itself: `asyncio.timeout`, `TimeoutError`, `aiter` and `anext`, all since 3.11.";
const CLOSE: &str = "Use `parse`, `serialize` and `check` of `websockets.frames.Close`.";

/// What `moved-name` answers.
const MOVED: &[&str] =
    &["websockets.http.Headers", "websockets.http.MultipleValuesError", "websockets.http.USER_AGENT"];

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let mut found: Vec<(TextRange, String)> = Vec::new();
    for binding in &cx.model.scopes().bindings {
        if let Value::ImportFrom(import, alias) = binding.value
            && !imports::is_own(cx, import)
        {
            found.push((alias.range, format!("{}.{}", import.module.as_deref().unwrap_or_default(), alias.name)));
        }
    }
    let is_star = |import: &StmtImportFrom| import.names.iter().any(|alias| alias.name.as_str() == "*");
    for stmt in &cx.module.body {
        match stmt {
            Stmt::Import(import) => {
                let names = import.names.iter().filter(|alias| cx.model.module_file(&alias.name).is_none());
                found.extend(names.map(|alias| (alias.range, format!("{}.", alias.name))));
            }
            Stmt::ImportFrom(import) if is_star(import) && !imports::is_own(cx, import) => {
                found.push((import.range, format!("{}.*", import.module.as_deref().unwrap_or_default())));
            }
            _ => {}
        }
    }
    found.sort_by_key(|(place, _)| place.start());
    for (place, path) in found {
        let matches = |known: &str| known == path || known.ends_with('.') && path.starts_with(known);
        let Some((known, gone, help)) = REMOVED.iter().find(|(known, ..)| matches(known)) else { continue };
        let chooses = cx.model.is_version_guarded(place.start()) || cx.model.is_chosen(place.start());
        if MOVED.contains(&path.as_str()) || chooses {
            continue;
        }
        let breaks_already = cx.target.is_at_least(gone);
        let side = if breaks_already { Side::Modern } else { cx.target.side };
        let name = known.trim_end_matches('.');
        let message = format!("`{name}` is gone since websockets {}.{}: importing it fails", gone[0], gone[1]);
        cx.report(place, message).on(side).help(*help);
    }
    Some(())
}
