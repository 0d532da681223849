//! What no rule could look into, so that nobody takes silence for an answer.

use std::collections::BTreeMap;

use ruff_text_size::TextSize;

use crate::lint::rule::Context;
use crate::syntax::scope::{ScopeId, Value};
use crate::target::Side;
use crate::websockets::names;

/// A place that could not be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindSpot {
    /// Where it begins.
    pub at: TextSize,
    /// What stands in the way, as a sentence without a full stop.
    pub why: String,
}

/// Collects the places of one file, in the order of the text. There are none where only versions with the legacy implementation
/// are supported.
pub fn collect(cx: &Context) -> Vec<BlindSpot> {
    if cx.target.side == Side::Legacy || !cx.model.names_library() {
        return Vec::new();
    }
    let mut found = options(cx);
    found.extend(modules(cx));
    found.retain(|at, _| !cx.model.is_version_guarded(*at));
    found.into_iter().map(|(at, why)| BlindSpot { at, why }).collect()
}

/// Calls of the library that are passed a dictionary of which not all keys are known.
fn options(cx: &Context) -> BTreeMap<TextSize, String> {
    let called = [names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT, names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE];
    let unpacks = cx.model.calls().iter().filter(|call| call.arguments.keywords.iter().any(|it| it.arg.is_none()));
    let unseen = unpacks.filter_map(|call| {
        let callee = cx.callee(call);
        let names = called.iter().find(|names| callee.is_one_of(names))?;
        let name = names.first()?.rsplit('.').next()?;
        let splat = call.arguments.keywords.iter().find(|keyword| keyword.arg.is_none())?;
        let why = format!("which arguments this passes to `{name}()` is not known");
        cx.model.unpacks_unseen(call).then_some((splat.range.start(), why))
    });
    unseen.collect()
}

/// Names for the library, or for what opens its connections, that are something else on another way through the module.
fn modules(cx: &Context) -> BTreeMap<TextSize, String> {
    let scopes = cx.model.scopes();
    let mut found = BTreeMap::new();
    for (name, bindings) in &scopes.scope(ScopeId(0)).bindings {
        let others = bindings.iter().filter(|id| is_of_library(&scopes.binding(**id).value) == Some(false));
        let imported = bindings.iter().find(|id| is_of_library(&scopes.binding(**id).value) == Some(true));
        if let (Some(id), true) = (imported, others.count() > 0) {
            let why =
                format!("`{name}` is not always what is imported here, so nothing that is done with it was checked");
            found.insert(scopes.binding(*id).range.start(), why);
        }
    }
    found
}

/// Whether a name is bound to the library or to what opens its connections; `None` where it is bound to nothing that could be used in
/// its place, such as `None`.
fn is_of_library(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Import(path) => Some(names::is_library(path)),
        Value::ImportFrom(import, alias) => {
            let module = import.module.as_deref().filter(|_| import.level == 0).unwrap_or_default();
            let is_opener = ["connect", "serve"].iter().any(|name| alias.name.ends_with(name));
            // Other names of the library are checked one by one.
            if names::is_library(module) { is_opener.then_some(true) } else { Some(false) }
        }
        Value::Function(_) | Value::Class(_) => Some(false),
        _ => None,
    }
}
