//! Clients of this endpoint offer subprotocols, and its `accept()` selects none.
//!
//! `accept()` of Starlette and FastAPI selects a subprotocol only when it is told to. Then browsers (code 1006) and
//! websocket-client (`Invalid WebSocket Header`) refuse the connection, and websockets goes on with `ws.subprotocol` being
//! `None`, in every version. The offer is in `websocket.scope["subprotocols"]`.
//!
//! The clients are those of the same tree whose literal path fits the route. The fix selects what they offer, and only if it
//! was offered, because a selection without an offer fails with `NegotiationError` in websockets. There is no fix where an
//! offer is computed or looks like a token, where a client sets the header by hand, and where it is not certain who connects.
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

use crate::lint::rule::{Meta, Report, Severity};
use crate::text::edit::{Applicability, Edit};
use crate::websockets::contract::{
    Accept, ClientKind, Clients, Confidence, Contract, Endpoint, Obstacle, Reached, Selection,
};

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

pub fn check(endpoint: &Endpoint, contract: &Contract, report: &mut Report) -> Option<()> {
    let clients = contract.clients(endpoint)?;
    let values = offered(clients);
    let what = match values.as_slice() {
        [] => "a computed subprotocol".to_owned(),
        values => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
    };
    let refuses = |client: &Reached| client.offer.client == ClientKind::WebsocketClient;
    let fails = clients.reached.iter().any(refuses);
    for accept in endpoint.accepts.iter().filter(|accept| accept.selection == Selection::Nothing) {
        let consequence = if fails { "websocket-client refuses the connection" } else { "they go on without one" };
        let message = format!(
            "`{}()` accepts without a subprotocol, but its clients offer {what}; {consequence}",
            endpoint.name()
        );
        let selection = selection(accept, &values).filter(|_| is_certain(clients));
        let finding = report.report(accept.range, message).here("selects none");
        if fails {
            finding.severity(Severity::Error);
        }
        finding.help(help(clients, selection.as_deref()));
        if let Some(selection) = selection {
            let comma = if accept.has_arguments { ", " } else { "" };
            let edit = Edit::insert(accept.first_argument, format!("subprotocol={selection}{comma}"));
            finding.fix(Applicability::Unsafe, vec![edit]);
        }
    }
    Some(())
}

/// What is offered and spelled out, each once.
fn offered(clients: &Clients) -> Vec<&str> {
    let mut values = Vec::new();
    for value in clients.reached.iter().flat_map(|client| &client.offer.values) {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    values
}

fn is_certain(clients: &Clients) -> bool {
    clients.obstacles.is_empty()
        && clients.reached.iter().all(|client| client.confidence >= Confidence::Tail && !client.offer.computed)
}

/// The expression that selects one of `values` if it was offered.
fn selection(accept: &Accept, values: &[&str]) -> Option<String> {
    let offer = format!("{}.scope.get(\"subprotocols\", ())", accept.websocket.as_ref()?);
    match values {
        [] => None,
        [one] => Some(format!("\"{one}\" if \"{one}\" in {offer} else None")),
        several if several.len() <= MOST_VALUES => {
            let known = several.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ");
            Some(format!("next((p for p in ({known}) if p in {offer}), None)"))
        }
        _ => None,
    }
}

fn help(clients: &Clients, selection: Option<&str>) -> String {
    let mut places: Vec<String> = clients.reached.iter().take(NAMED).map(place).collect();
    if let Some(more @ 1..) = clients.reached.len().checked_sub(NAMED) {
        places.push(format!("and {more} more"));
    }
    let places = places.join(", ");
    let what = match (selection, clients.obstacles.first()) {
        (Some(selection), _) => format!("Select it if it was offered: `subprotocol={selection}`."),
        (None, Some(obstacle)) => why_not(obstacle),
        (None, None) => {
            "Select one of `websocket.scope.get(\"subprotocols\", ())`, or `None` if none of them is known. \
                         Never select a token that a client sent: it would be sent back."
                .to_owned()
        }
    };
    format!("Offered in {places}. {what}")
}

fn place(client: &Reached) -> String {
    let Reached { file, offer, confidence } = client;
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
