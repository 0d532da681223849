//! A client sets the `Sec-WebSocket-Protocol` header by hand.
//!
//! websockets sends the header and knows of no offer: as soon as the server selects one of them, the client raises
//! `NegotiationError` (`no subprotocols supported`), in every version and implementation. It works only with servers that do not
//! negotiate. `subprotocols=` sends the same header and takes the answer.
//!
//! ```python
//! import websockets
//!
//! async def main():
//!     async with websockets.connect(
//!         "ws://localhost:8765/bus", additional_headers={"Sec-WebSocket-Protocol": "bus.v1"}
//!     ) as ws:
//!         print(ws.subprotocol)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main():
//!     async with websockets.connect(
//!         "ws://localhost:8765/bus", subprotocols=["bus.v1"]
//!     ) as ws:
//!         print(ws.subprotocol)
//! ```

use ruff_python_ast::{Expr, ExprCall, Keyword};
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::literal::Literal;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::contract::collect::{is_valid, offer, spells_header};
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS307",
    since: "any",
    severity: Severity::Warning,
    fix: Unsafe,
    triggers: &["ocket-Protocol", "ocket-protocol"],
};

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let keywords = ["additional_headers", "extra_headers"];
    let keyword = keywords.iter().find_map(|name| call.arguments.find_keyword(name))?;
    let is_offered = call.arguments.find_keyword("subprotocols").is_some();
    let headers = match &keyword.value {
        Expr::Name(name) => cx.model.only_value(name)?,
        value => value,
    };
    if is_offered || !spells_header(headers) {
        return None;
    }
    let callee = cx.callee(call);
    let clients = [names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT, names::LEGACY_CONNECT, names::SYNC_CONNECT];
    if !clients.iter().any(|names| callee.is_one_of(names)) {
        return None;
    }
    let edit = alone(keyword, cx);
    let finding = cx.report(
        keyword,
        "websockets knows of no offer when the header is set by hand, and raises NegotiationError if the server selects one",
    );
    finding.help("Pass `subprotocols=[...]` instead of the header.");
    if let Some(edit) = edit {
        finding.fix(Unsafe, vec![edit]);
    }
    Some(())
}

/// The edit where the header is the only one, and its value is spelled out.
fn alone(keyword: &Keyword, cx: &Context) -> Option<Edit> {
    let dict = keyword.value.as_dict_expr()?;
    let [item] = &dict.items[..] else { return None };
    let key = item.key.as_ref()?.as_string_literal_expr()?;
    let value = cx.model.literal(&item.value).and_then(Literal::text)?;
    let values: Vec<&str> = value.split(',').map(str::trim).collect();
    if !offer::is_header(key.value.to_str()) || !values.iter().all(|value| is_valid(value)) {
        return None;
    }
    let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    Some(Edit::replace(keyword.range(), format!("subprotocols=[{}]", values.join(", "))))
}
