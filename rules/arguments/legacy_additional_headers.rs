//! `additional_headers` does not exist in the legacy client: there it is `extra_headers`.
//!
//! The reverse of WS101. `websockets.client` and `websockets.legacy.client` are the legacy implementation in every version, 17.4
//! included, and the top level is up to 13.1. Awaiting a connection there raises `TypeError: ... got an unexpected keyword
//! argument 'additional_headers'`. It happens where somebody renamed the argument and left the import alone.
//!
//! ```python
//! from websockets.client import connect
//!
//! async def main(uri, token):
//!     async with connect(uri, additional_headers={"Authorization": token}) as ws:
//!         await ws.send("hello")
//! ```
//!
//! Where only websockets 14.0 and newer are supported there is no fix: whoever writes `additional_headers` wants the new client,
//! and has to import it. Where older versions are supported too, the legacy path was chosen on purpose, and the fix renames the
//! argument: it is safe, because the call fails in every version. It is unsafe where the argument comes from a dictionary that
//! is also used for something else. For the top level in a project that is pinned below 14.0 there is no fix: what is out of
//! date may be the pin.
//!
//! ## When there is no fix
//!
//! Either the import or the argument is wrong, and the code does not say which.

use ruff_python_ast::ExprCall;

use crate::fixes::arguments;
use crate::lint::rule::{Context, Meta, Severity};
use crate::target::Side;
use crate::text::edit::Applicability::{DisplayOnly, Safe, Unsafe};
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS109",
    since: "any",
    severity: Severity::Error,
    fix: DisplayOnly,
    triggers: &["additional_headers"],
};

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let names_it =
        call.arguments.keywords.iter().any(|it| it.arg.as_deref().is_none_or(|arg| arg == "additional_headers"));
    names_it.then_some(())?;
    let callee = cx.callee(call);
    let own_path = callee.is_one_of(names::LEGACY_CONNECT);
    let pinned = callee.is_one_of(names::TOP_LEVEL_CONNECT) && !cx.target.side.has_modern();
    (own_path || pinned).then_some(())?;
    let applicability = if cx.target.side == Side::Modern { DisplayOnly } else { Safe };
    for place in arguments::places(call, cx, "additional_headers", "extra_headers") {
        let (message, help) = if own_path {
            (
                "the legacy client does not accept `additional_headers` in any version: awaiting it raises TypeError",
                "Import `connect` from `websockets` or `websockets.asyncio.client`; to stay with the legacy client, \
                 rename the argument to `extra_headers`."
                    .to_owned(),
            )
        } else {
            (
                "`connect()` does not accept `additional_headers` before websockets 14.0: awaiting it raises TypeError",
                format!(
                    "The project supports {}. Raise that to 14.2 or newer, or rename the argument to `extra_headers`.",
                    cx.target
                ),
            )
        };
        let finding = cx.report(place.range(), message);
        finding.help(help).label(&*call.func, "the legacy client");
        if own_path
            && applicability > DisplayOnly
            && let Some(edits) = place.rename("extra_headers")
        {
            finding.fix(if place.only_here { applicability } else { Unsafe }, edits);
        }
    }
    Some(())
}
