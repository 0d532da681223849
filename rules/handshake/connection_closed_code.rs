//! `code` and `reason` of `ConnectionClosed` are deprecated: the close frames are in `rcvd` and `sent`.
//!
//! Reading them raises a `DeprecationWarning` since websockets 13.1. The exception has both close frames, as `rcvd` and `sent`,
//! since 10.0; either is `None` when there was none.
//!
//! ```python
//! import websockets
//!
//! async def main(ws: websockets.ClientConnection):
//!     try:
//!         await ws.recv()
//!     except websockets.ConnectionClosed as exc:
//!         print(exc.code)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(ws: websockets.ClientConnection):
//!     try:
//!         await ws.recv()
//!     except websockets.ConnectionClosed as exc:
//!         print(exc.rcvd.code if exc.rcvd else 1006)
//! ```
//!
//! The fix is safe: it is what the properties themselves do, with all supported versions. It is unsafe in `f"{exc.code=}"`, which
//! shows the expression. Where the connection is at hand,
//! `ws.close_code` and `ws.close_reason` have the same values and read better. There is no fix where versions before 10.0 are
//! supported.
//!
//! ## When there is no fix
//!
//! The object is computed, so reading it twice could do something twice.

use ruff_python_ast::ModModule;

use crate::fixes::connection;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS206", since: "13.1", severity: Severity::Warning, fix: Safe, triggers: &["ConnectionClosed"] };

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    cx.target.reaches([13, 1]).then_some(())?;
    for read in connection::reads(cx, names::CONNECTION_CLOSED, &["code", "reason"]) {
        let (name, side) = (read.attribute.attr.as_str(), cx.target.side);
        let object = cx.text(&*read.attribute.value).to_owned();
        let none = if name == "code" { "1006".to_owned() } else { read.quote.unwrap_or('"').to_string().repeat(2) };
        let new = format!("{object}.rcvd.{name} if {object}.rcvd else {none}");
        let fits =
            (name == "code" || read.quote.is_some()) && read.is_repeatable() && !cx.target.starts_before([10, 0]);
        let edits = fits.then(|| read.become_conditional(&new));
        let finding =
            cx.report(read.attribute, format!("`ConnectionClosed.{name}` is deprecated (since websockets 13.1)"));
        finding
            .on(side)
            .here(format!("now `rcvd.{name}`, if a close frame was received"))
            .help(format!("Write `{new}`, or read `close_{name}` of the connection."));
        if let Some(edits) = edits {
            finding.fix(if read.is_shown { Unsafe } else { Safe }, edits);
        }
    }
    Some(())
}
