//! User name and password in a URI are now percent-decoded.
//!
//! `ws://user:p%40ss@host/` logged in with the password `p%40ss` up to websockets 17.1. Since 17.2 it is `p@ss`, as with every
//! other client. Where the escaped form was meant to be sent, the login fails now; where it was not, it starts to work.
//!
//! ```python
//! import websockets
//!
//! async def main():
//!     async with websockets.connect("wss://user:p%40ss@example.com/") as ws:
//!         await ws.send("hello")
//! ```
//!
//! There is no fix, because only the server knows the password. To send the characters as they are, escape the `%` itself, as
//! `%25`. Nothing is reported where only websockets 17.2 and newer are supported, or only older ones.
//!
//! ## When there is no fix
//!
//! Only the server knows which of both forms is the right password.

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::literal::Literal;
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS115",
    since: "17.2",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &["ws://", "wss://"],
};

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    (cx.target.reaches([17, 2]) && !cx.target.starts_at([17, 2])).then_some(())?;
    let uri = call.arguments.find_argument_value("uri", 0)?;
    cx.model.may_be_called(&call.func, &["connect"]).then_some(())?;
    cx.callee(call).is_one_of(&names::new_connect()).then_some(())?;
    let text = cx.model.literal(uri).and_then(Literal::text)?;
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (credentials, _) = authority.rsplit_once('@')?;
    if !is_escaped(credentials) || cx.model.is_version_guarded(call.start()) {
        return None;
    }
    cx.report(
        uri,
        "user name and password in a URI are percent-decoded since websockets 17.2: the server receives different ones",
    )
    .help("Check which form the server expects; write `%25` for a literal `%`.");
    Some(())
}

/// Whether there is a `%40` or the like.
fn is_escaped(text: &str) -> bool {
    text.match_indices('%').any(|(at, _)| {
        text.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}
