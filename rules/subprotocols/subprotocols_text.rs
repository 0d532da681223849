//! One text is given where a list of subprotocols belongs.
//!
//! A text is a list of its letters: aiohttp, websocket-client, httpx-ws and Tornado offer `l, a, m, p`, and aiohttp's server looks for what is offered
//! as a part of the text, so that `amp` is selected, too. websockets raises `TypeError` (`subprotocols must be a list`). `("lamp")`
//! is a text as well: the comma makes the tuple.
//!
//! ```python
//! import websockets
//!
//! async def main():
//!     async with websockets.connect("ws://localhost:8765/lamp", subprotocols="lamp") as ws:
//!         print(ws.subprotocol)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main():
//!     async with websockets.connect("ws://localhost:8765/lamp", subprotocols=["lamp"]) as ws:
//!         print(ws.subprotocol)
//! ```

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::literal::Literal;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::contract::collect::list_keyword;

pub const META: Meta =
    Meta { code: "WS306", since: "any", severity: Severity::Error, fix: Unsafe, triggers: &["protocols"] };

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let keywords = ["subprotocols", "protocols"];
    let keyword = keywords.iter().find_map(|name| call.arguments.find_keyword(name))?;
    let Literal::Text(text) = cx.model.literal(&keyword.value)? else { return None };
    let (name, what) = list_keyword(cx.source, cx.model, call)?;
    if keyword.arg.as_deref() != Some(name) {
        return None;
    }
    let consequence = match what {
        "websockets" => "websockets raises TypeError".to_owned(),
        "aiohttp.web" => format!("whatever is a part of `{text}` is selected"),
        what => format!("{what} takes its letters for subprotocols"),
    };
    let is_spelled = matches!(keyword.value, Expr::StringLiteral(_) | Expr::Name(_));
    let spelled = cx.text(&keyword.value).to_owned();
    let range = keyword.value.range();
    let finding = cx.report(keyword, format!("`{name}` is a list, and this is one text: {consequence}"));
    finding.help(format!("Write a list: `{name}=[{spelled}]`."));
    if is_spelled && !text.contains([',', ' ']) {
        finding.fix(Unsafe, vec![Edit::replace(range, format!("[{spelled}]"))]);
    }
    Some(())
}
