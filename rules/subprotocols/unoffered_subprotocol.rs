//! What the server can select is not what this client offers.
//!
//! Both sides name subprotocols, and none of them is the same: they never agree. aiohttp, Starlette and the legacy server go on
//! without one, and browsers and websocket-client refuse that; a list of `websockets.serve` or Sanic rejects the client with status
//! 400.
//!
//! ```python
//! from websockets.asyncio.client import connect
//! from websockets.asyncio.server import serve
//!
//! async def main(handler):
//!     async with serve(handler, "localhost", 8765, subprotocols=["chat.v2"]):
//!         async with connect("ws://localhost:8765/", subprotocols=["chat.v1"]) as ws:
//!             print(ws.subprotocol)
//! ```
//!
//! There is no fix, because only people know which of the two is meant.

use crate::fixes::clients::label;
use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::contract::framework::{Ending, Selection, Verdict};
use crate::websockets::contract::{Confidence, Contract, Endpoint};

pub const META: Meta = Meta {
    code: "WS312",
    since: "any",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: crate::websockets::contract::TRIGGERS,
};

pub fn check(endpoint: &Endpoint, _: &Contract, report: &mut Report) -> Option<()> {
    let selected = match &endpoint.accept.selection {
        Selection::OneOf(values) | Selection::List(values) => values.clone(),
        Selection::Constant(value) if endpoint.looked => vec![value.clone()],
        _ => return None,
    };
    let clients = endpoint.clients(|client| {
        !client.offer.values.is_empty()
            && client.confidence >= Confidence::Tail
            && matches!(client.verdict, Some(Verdict::Without | Verdict::Refused))
    });
    let first = clients.first()?;
    let quoted = |values: &[&str]| values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let selected: Vec<&str> = selected.iter().map(String::as_str).collect();
    let consequence = match &first.outcome {
        Ending::Rejected => "rejected with status 400",
        _ if first.verdict == Some(Verdict::Refused) => "refused by the client",
        _ => "made without a subprotocol",
    };
    let offered = Endpoint::offered(&clients);
    let message = format!(
        "only {} can be selected here, and a client offers {}: its connection is {consequence}",
        quoted(&selected),
        quoted(&offered)
    );
    let range = endpoint.accept.argument.as_ref().map_or(endpoint.range(), |argument| argument.range);
    let is_refused = clients.iter().any(|client| client.verdict == Some(Verdict::Refused));
    let finding = report.report(range, message);
    label(finding, endpoint, &clients);
    if is_refused {
        finding.severity(Severity::Error);
    }
    let places: Vec<String> =
        clients.iter().take(3).map(|client| format!("{}:{}", client.file.display(), client.offer.line)).collect();
    finding.help(format!("Offered in {}. Name the same subprotocols on both sides.", places.join(", ")));
    Some(())
}
