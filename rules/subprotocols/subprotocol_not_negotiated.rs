//! Clients of this endpoint offer subprotocols, and the server selects none.
//!
//! Servers select a subprotocol only when they are told to. Otherwise browsers (code 1006), node and websocket-client (`Invalid
//! WebSocket Header`) refuse the connection, and websockets, aiohttp and httpx-ws go on without a subprotocol, in every version.
//! In Starlette, FastAPI and Channels the offer is in `scope["subprotocols"]`. The same holds for Litestar, Quart, aiohttp, Sanic,
//! Tornado, flask-sock, ASGI applications and `websockets.serve`.
//!
//! The clients are those of the same tree whose literal path fits the route, composed from the application down, or whose port is
//! that of the server, also `new WebSocket(url, [...])` in scripts, components and pages. Dependencies, decorators, helpers and middleware are followed: where one of them looks at the offer, nothing
//! is reported. The fix selects what the clients offer, and only if it was offered, because a selection without an offer fails
//! with `NegotiationError` in websockets. There is no fix where an offer is computed or looks like a token, where a client sets the
//! header by hand, and where it is not certain who connects.
//!
//! ```python
//! from fastapi import FastAPI, WebSocket
//! from fastapi.testclient import TestClient
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/agents/{agent}/chat")
//! async def chat(websocket: WebSocket, agent: str):
//!     await websocket.accept()
//!     await websocket.send_text(agent)
//!
//!
//! def test_chat():
//!     with TestClient(app).websocket_connect("/agents/ada/chat", subprotocols=["agent_chat"]) as ws:
//!         assert ws.receive_text() == "ada"
//! ```
//! becomes
//! ```python
//! from fastapi import FastAPI, WebSocket
//! from fastapi.testclient import TestClient
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/agents/{agent}/chat")
//! async def chat(websocket: WebSocket, agent: str):
//!     await websocket.accept(subprotocol="agent_chat" if "agent_chat" in websocket.scope.get("subprotocols", ()) else None)
//!     await websocket.send_text(agent)
//!
//!
//! def test_chat():
//!     with TestClient(app).websocket_connect("/agents/ada/chat", subprotocols=["agent_chat"]) as ws:
//!         assert ws.receive_text() == "ada"
//! ```
//!
//! ## When there is no fix
//!
//! Clients offer different subprotocols, or several `accept()` calls share the route: which to select is a decision.

use crate::fixes::clients::label;
use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::{Applicability, Edit};
use crate::websockets::contract::framework::{Framework, Selection, Verdict};
use crate::websockets::contract::{Accept, Confidence, Contract, Endpoint, Obstacle, Reached};

pub const META: Meta = Meta {
    code: "WS301",
    since: "any",
    severity: Severity::Warning,
    fix: Applicability::Unsafe,
    triggers: crate::websockets::contract::TRIGGERS,
};

/// So many clients are named; the rest is counted.
const NAMED: usize = 3;

/// A choice among more subprotocols than this should be a constant with a name.
const MOST_VALUES: usize = 4;

pub fn check(endpoint: &Endpoint, _: &Contract, report: &mut Report) -> Option<()> {
    if endpoint.accept.selection != Selection::Nothing {
        return None;
    }
    let clients = endpoint.clients(|client| matches!(client.verdict, Some(Verdict::Without | Verdict::Refused)));
    clients.first()?;
    let values = Endpoint::offered(&clients);
    let what = match values.as_slice() {
        [] => "a computed subprotocol".to_owned(),
        values => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
    };
    let refuses = clients.iter().find(|client| client.verdict == Some(Verdict::Refused));
    let consequence = match refuses {
        Some(client) => format!("{} refuses the connection", client.offer.client.name()),
        None => "they go on without one".to_owned(),
    };
    let subject = match endpoint.accept.framework {
        Framework::Websockets | Framework::WebsocketsLegacy => "`serve()`".to_owned(),
        Framework::Tornado => format!("`{}`", endpoint.name),
        _ => format!("`{}()`", endpoint.name),
    };
    let message = format!("{subject} accepts without a subprotocol, but its clients offer {what}; {consequence}");
    let is_certain = endpoint.obstacles.is_empty()
        && clients.iter().all(|client| client.confidence >= Confidence::Tail && !client.offer.computed);
    let selection = if is_certain { selection(&endpoint.accept, &values) } else { None };
    let finding = report.report(endpoint.range(), message).here("selects none");
    if refuses.is_some() {
        finding.severity(Severity::Error);
    }
    label(finding, endpoint, &clients);
    let shown = selection.as_ref().map(|(_, shown)| shown.as_str());
    finding.help(help(endpoint, &clients, shown));
    if let Some((edit, _)) = selection {
        finding.fix(Applicability::Unsafe, vec![edit]);
    }
    Some(())
}

/// The edit that selects one of `values` if it was offered, and what it inserts.
fn selection(accept: &Accept, values: &[&str]) -> Option<(Edit, String)> {
    let insertion = accept.insertion.as_ref()?;
    if values.is_empty() || values.len() > MOST_VALUES {
        return None;
    }
    let known = values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ");
    let offer = &insertion.offer;
    let choice = match values {
        [one] => format!("\"{one}\" if \"{one}\" in {offer} else None"),
        _ => format!("next((p for p in ({known}) if p in {offer}), None)"),
    };
    let value = match accept.framework {
        Framework::Websockets => format!("lambda _connection, offered: {choice}"),
        Framework::Aiohttp if values.len() == 1 => format!("({known},)"),
        Framework::Aiohttp => format!("({known})"),
        Framework::WebsocketsLegacy => format!("[{known}]"),
        _ => choice,
    };
    let shown = format!("{}{value}", insertion.before.trim_start_matches(", "));
    Some((Edit::insert(insertion.at, format!("{}{value}{}", insertion.before, insertion.after)), shown))
}

fn help(endpoint: &Endpoint, clients: &[&Reached], selection: Option<&str>) -> String {
    let mut places: Vec<String> = clients.iter().take(NAMED).map(|client| place(client)).collect();
    if let Some(more @ 1..) = clients.len().checked_sub(NAMED) {
        places.push(format!("and {more} more"));
    }
    let places = places.join(", ");
    let what = match (selection, endpoint.obstacles.first()) {
        (Some(selection), _) => format!("Select it if it was offered: `{selection}`."),
        (None, Some(obstacle)) => why_not(obstacle),
        (None, None) => by_hand(endpoint.accept.framework).to_owned(),
    };
    format!("Offered in {places}. {what}")
}

/// What to write where there is no fix.
fn by_hand(framework: Framework) -> &'static str {
    match framework {
        Framework::Sanic => {
            "Pass `subprotocols=[...]` to the route; clients that offer none of them are rejected then."
        }
        Framework::Tornado => "Define `select_subprotocol(self, subprotocols)` and return one of them, or None.",
        Framework::FlaskSock => "Set `app.config[\"SOCK_SERVER_OPTIONS\"] = {\"subprotocols\": [...]}`.",
        Framework::Quart => {
            "Call `websocket.accept(subprotocol=...)` first, with one of `websocket.requested_subprotocols`."
        }
        _ => {
            "Select one of `websocket.scope.get(\"subprotocols\", ())`, or `None` if none of them is known. \
             Never select a token that a client sent: it would be sent back."
        }
    }
}

fn place(client: &Reached) -> String {
    let Reached { file, offer, confidence, .. } = client;
    let mut values: Vec<String> = offer.values.iter().map(|value| format!("`{value}`")).collect();
    if offer.computed {
        values.push("a computed one".to_owned());
    }
    let doubt = if *confidence == Confidence::OneOfSeveral { "; one of several routes" } else { "" };
    format!("{}:{} ({}{doubt})", file.display(), offer.line, values.join(", "))
}

fn why_not(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::HeaderByHand(file, line) => format!(
            "{}:{line} sets `Sec-WebSocket-Protocol` by hand, and websockets raises NegotiationError there as soon as \
             something is selected: pass `subprotocols=` there first.",
            file.display()
        ),
        Obstacle::NothingExpected(file, line) => {
            format!(
                "The test around {}:{line} expects that nothing is selected: decide which is right.",
                file.display()
            )
        }
        Obstacle::CalledDirectly(file) => format!(
            "{} calls the function with a stand-in for the WebSocket, which needs a `scope` before the function can look \
             at `websocket.scope.get(\"subprotocols\", ())`.",
            file.display()
        ),
        Obstacle::SeveralAccepts => {
            "There are several `accept()` calls on this route: decide which of them should select.".to_owned()
        }
    }
}
