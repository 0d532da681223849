//! What frameworks and client libraries do with subprotocols, as two tables: [`outcome`] of a handshake, and the [`verdict`] of a
//! client about it.
//!
//! A framework is a row here, not a rule. Every cell was observed: the server started, the client connected.

/// A server's framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framework {
    /// Starlette and FastAPI: `websocket.accept(subprotocol=...)`.
    Starlette,
    /// Django Channels: `self.accept(subprotocol=...)`.
    Channels,
    /// Litestar: `socket.accept(subprotocols=...)`, which takes one text.
    Litestar,
    /// Quart: `websocket.accept(subprotocol=...)`, or by itself at the first `send` or `receive`.
    Quart,
    /// An ASGI application: `{"type": "websocket.accept"}`.
    Asgi,
    /// aiohttp: `WebSocketResponse(protocols=...)`.
    Aiohttp,
    /// Sanic: `@app.websocket(subprotocols=...)`.
    Sanic,
    /// Tornado: `select_subprotocol()`.
    Tornado,
    /// flask-sock: `app.config["SOCK_SERVER_OPTIONS"]`.
    FlaskSock,
    /// websockets, the servers since 13.0, asyncio and threading; the top level since 14.0.
    Websockets,
    /// websockets, the legacy server.
    WebsocketsLegacy,
}

impl Framework {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starlette => "Starlette",
            Self::Channels => "Channels",
            Self::Litestar => "Litestar",
            Self::Quart => "Quart",
            Self::Asgi => "ASGI",
            Self::Aiohttp => "aiohttp",
            Self::Sanic => "Sanic",
            Self::Tornado => "Tornado",
            Self::FlaskSock => "flask-sock",
            Self::Websockets => "websockets",
            Self::WebsocketsLegacy => "websockets (legacy)",
        }
    }

    /// The keyword that selects.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Litestar | Self::Sanic | Self::Websockets | Self::WebsocketsLegacy | Self::FlaskSock => {
                "subprotocols"
            }
            Self::Aiohttp => "protocols",
            Self::Starlette | Self::Channels | Self::Quart | Self::Asgi | Self::Tornado => "subprotocol",
        }
    }

    /// Whether a list of subprotocols rejects clients that offer none of them.
    pub fn list_rejects(self) -> bool {
        matches!(self, Self::Sanic | Self::Websockets)
    }
}

/// What a server selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// No subprotocol.
    Nothing,
    /// Always the same one, whatever was offered.
    Constant(String),
    /// One of these if it was offered, else none.
    OneOf(Vec<String>),
    /// One of these by the framework itself: what happens else is a cell of [`outcome`].
    List(Vec<String>),
    /// The first one of the offer.
    First,
    /// The whole header, however many it names.
    WholeHeader,
    /// A secret that the client sent.
    Token,
    /// Something that cannot be known.
    Unknown,
}

/// How a handshake ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Status 101 with this subprotocol.
    Selected(String),
    /// Status 101 without a subprotocol.
    None,
    /// Status 400.
    Rejected,
    /// Status 500, or no answer.
    Failed,
    /// Nobody can tell.
    Unknown,
}

/// How a handshake with this offer ends; `None` for what the client offers where that cannot be told.
pub fn outcome(framework: Framework, selection: &Selection, offer: Option<&[String]>) -> Ending {
    let among = |values: &[String], offer: &[String]| values.iter().find(|value| offer.contains(value)).cloned();
    match (selection, offer) {
        (Selection::Nothing, _) => Ending::None,
        (Selection::Constant(value), Some(offer)) if framework == Framework::Tornado && !offer.contains(value) => {
            Ending::Failed
        }
        (Selection::Constant(value), _) => Ending::Selected(value.clone()),
        (Selection::OneOf(values), Some(offer)) => among(values, offer).map_or(Ending::None, Ending::Selected),
        (Selection::List(values), Some(offer)) => match among(values, offer) {
            Some(value) => Ending::Selected(value),
            None if framework.list_rejects() => Ending::Rejected,
            None => Ending::None,
        },
        (Selection::First, Some([])) => Ending::Failed,
        (Selection::First, Some([first, ..])) => Ending::Selected(first.clone()),
        (Selection::WholeHeader, Some([])) => Ending::None,
        (Selection::WholeHeader, Some([one])) => Ending::Selected(one.clone()),
        (Selection::WholeHeader, Some(_)) => Ending::Failed,
        (_, None) | (Selection::Token | Selection::Unknown, _) => Ending::Unknown,
    }
}

/// The library of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientKind {
    /// websockets, any implementation.
    Websockets,
    /// aiohttp.
    Aiohttp,
    /// websocket-client.
    WebsocketClient,
    /// httpx-ws.
    HttpxWs,
    /// Tornado.
    Tornado,
    /// The test clients of Starlette, FastAPI and Litestar, in the same process.
    TestClient,
    /// Channels' `WebsocketCommunicator`, in the same process.
    Communicator,
    /// `new WebSocket(...)`, in a browser or in node.
    Script,
}

impl ClientKind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Websockets => "websockets",
            Self::Aiohttp => "aiohttp",
            Self::WebsocketClient => "websocket-client",
            Self::HttpxWs => "httpx-ws",
            Self::Tornado => "Tornado",
            Self::TestClient => "test client",
            Self::Communicator => "WebsocketCommunicator",
            Self::Script => "JavaScript",
        }
    }

    /// Whether it calls the application without a socket, whatever the host.
    pub fn is_in_process(self) -> bool {
        matches!(self, Self::TestClient | Self::Communicator)
    }
}

/// What a client makes of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It goes on with what it asked for.
    Agreed,
    /// It goes on without the subprotocol that it asked for.
    Without,
    /// It refuses the connection, or is refused.
    Refused,
}

/// What a client that made this offer makes of the outcome; `None` where nobody can tell.
pub fn verdict(client: ClientKind, offer: &[String], outcome: &Ending) -> Option<Verdict> {
    let strict = matches!(client, ClientKind::WebsocketClient | ClientKind::Script);
    Some(match outcome {
        Ending::Unknown => return None,
        Ending::Rejected | Ending::Failed => Verdict::Refused,
        Ending::None if offer.is_empty() => Verdict::Agreed,
        Ending::None if strict => Verdict::Refused,
        Ending::None => Verdict::Without,
        Ending::Selected(value) if offer.contains(value) => Verdict::Agreed,
        Ending::Selected(_) if offer.is_empty() && client == ClientKind::WebsocketClient => Verdict::Without,
        Ending::Selected(_) if strict || client == ClientKind::Websockets => Verdict::Refused,
        Ending::Selected(_) => Verdict::Without,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn a_list_rejects_where_it_was_seen_to() {
        let list = Selection::List(offer(&["a"]));
        for (framework, expected) in [
            (Framework::Websockets, Ending::Rejected),
            (Framework::Sanic, Ending::Rejected),
            (Framework::WebsocketsLegacy, Ending::None),
            (Framework::Aiohttp, Ending::None),
        ] {
            assert_eq!(outcome(framework, &list, Some(&[])), expected, "{framework:?}");
            assert_eq!(outcome(framework, &list, Some(&offer(&["b", "a"]))), Ending::Selected("a".into()));
        }
    }

    #[test]
    fn strict_clients_refuse_what_others_take() {
        let asked = offer(&["a"]);
        assert_eq!(verdict(ClientKind::Script, &asked, &Ending::None), Some(Verdict::Refused));
        assert_eq!(verdict(ClientKind::WebsocketClient, &asked, &Ending::None), Some(Verdict::Refused));
        assert_eq!(verdict(ClientKind::Websockets, &asked, &Ending::None), Some(Verdict::Without));
        assert_eq!(verdict(ClientKind::Aiohttp, &asked, &Ending::Selected("b".into())), Some(Verdict::Without));
        assert_eq!(verdict(ClientKind::Websockets, &[], &Ending::Selected("b".into())), Some(Verdict::Refused));
        assert_eq!(verdict(ClientKind::WebsocketClient, &[], &Ending::Selected("b".into())), Some(Verdict::Without));
        assert_eq!(verdict(ClientKind::Script, &[], &Ending::None), Some(Verdict::Agreed));
        assert_eq!(verdict(ClientKind::Script, &[], &Ending::Unknown), None);
    }

    #[test]
    fn tornado_fails_where_it_selects_what_was_not_offered() {
        let constant = Selection::Constant("a".into());
        assert_eq!(outcome(Framework::Tornado, &constant, Some(&[])), Ending::Failed);
        assert_eq!(outcome(Framework::Starlette, &constant, Some(&[])), Ending::Selected("a".into()));
    }
}
