//! No longer accepts `timeout`, which is `close_timeout` now.
//!
//! The old client warned about `timeout` since 7.0. Since websockets 14.0 awaiting `connect()` raises `TypeError`.
//!
//! ```python
//! import websockets
//!
//! websockets.connect(uri, timeout=5)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! websockets.connect(uri, close_timeout=5)
//! ```

use ruff_python_ast::ExprCall;

use wsupgrade::lint::rule::{Context, Meta, Severity};
use wsupgrade::text::edit::Applicability::Safe;
use wsupgrade::text::edit::Edit;
use wsupgrade::websockets::names;

pub const META: Meta =
    Meta { code: "WS199", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["timeout"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let name = call.arguments.find_keyword("timeout")?.arg.as_ref()?;
    if !cx.callee(call).is_one_of(names::TOP_LEVEL_CONNECT) {
        return None;
    }
    cx.report(name, "`connect()` has no argument `timeout` since websockets 14.0: awaiting it raises TypeError")
        .here("now `close_timeout`")
        .help("Rename it to `close_timeout`.")
        .fix(Safe, vec![Edit::replace(name.range, "close_timeout")]);
    Some(())
}
