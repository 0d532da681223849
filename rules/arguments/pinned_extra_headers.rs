//! `extra_headers` of a legacy client is correct, and ties the call to the legacy import.
//!
//! `websockets.client` and `websockets.legacy.client` are the legacy implementation in every version, 17.4 included. There
//! `extra_headers` still works, and `additional_headers` raises `TypeError`. So the keyword must not be renamed on its own: the
//! import and everything that the old connection is used for move together. Using these paths raises a `DeprecationWarning`
//! since websockets 14.0.
//!
//! ```python
//! from websockets.client import connect
//!
//! async def main(uri, token):
//!     async with connect(uri, extra_headers={"Authorization": token}) as ws:
//!         await ws.send("hello")
//! ```
//!
//! There is no fix: import `connect` from `websockets` (14.2 and newer) or `websockets.asyncio.client` (13.0 and newer), and
//! wsupgrade does the rest.
//!
//! ## When there is no fix
//!
//! The argument is correct for the legacy client; it changes together with the import.

use ruff_python_ast::ExprCall;

use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS103", since: "14.0", severity: Severity::Info, fix: DisplayOnly, triggers: &["extra_headers"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let keyword = call.arguments.find_keyword("extra_headers")?;
    let name = keyword.arg.as_ref()?;
    cx.callee(call).is_one_of(names::LEGACY_CONNECT).then_some(())?;
    if cx.model.is_version_guarded(name.range.start())
        || cx.model.is_retried_with(name.range.start(), "additional_headers")
    {
        return None;
    }
    cx.report(name, "`extra_headers` ties this call to the legacy client, deprecated since websockets 14.0")
        .here("right for this client only")
        .label(&*call.func, "the legacy client, under its own path")
        .help("Import `connect` from `websockets` or `websockets.asyncio.client`, then run wsupgrade again to rename the argument.");
    Some(())
}
