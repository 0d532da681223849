//! The names of the old and the new API, as data.
//!
//! A library's object is known by the dotted path that the code spells after its imports are resolved. One object has
//! several paths (`websockets.connect` *is* `websockets.asyncio.client.connect` since 14.0 and *was*
//! `websockets.legacy.client.connect` before), and which one the code used matters: that is why these are lists and not one
//! canonical name.

use crate::python::origin::{Origin, Step};

/// What all names of the library begin with.
pub const LIBRARY: &str = "websockets.";

/// Clients whose implementation changed under the same name in 14.0.
pub const TOP_LEVEL_CONNECT: &[&str] = &["websockets.connect", "websockets.unix_connect"];

/// The new clients under their own path, since 13.0.
pub const ASYNCIO_CONNECT: &[&str] = &["websockets.asyncio.client.connect", "websockets.asyncio.client.unix_connect"];

/// The legacy clients under their own paths, in every version up to 17.4.
pub const LEGACY_CONNECT: &[&str] = &[
    "websockets.client.connect",
    "websockets.client.unix_connect",
    "websockets.legacy.client.connect",
    "websockets.legacy.client.unix_connect",
    "websockets.legacy.client.Connect",
];

/// Whether a module is the library or one of its own.
pub fn is_library(module: &str) -> bool {
    module == "websockets" || module.starts_with("websockets.")
}

/// The threading clients, since 11.0.
pub const SYNC_CONNECT: &[&str] = &["websockets.sync.client.connect", "websockets.sync.client.unix_connect"];

/// Every client that is not the legacy one (the top level since 14.0): they raise `InvalidStatus` and take `additional_headers`.
pub fn new_connect() -> Vec<&'static str> {
    [TOP_LEVEL_CONNECT, ASYNCIO_CONNECT, SYNC_CONNECT].concat()
}

/// Servers whose implementation changed under the same name in 14.0.
pub const TOP_LEVEL_SERVE: &[&str] = &["websockets.serve", "websockets.unix_serve"];

/// The new servers under their own path, since 13.0.
pub const ASYNCIO_SERVE: &[&str] = &["websockets.asyncio.server.serve", "websockets.asyncio.server.unix_serve"];

/// The legacy servers under their own paths, in every version up to 17.4.
pub const LEGACY_SERVE: &[&str] = &[
    "websockets.server.serve",
    "websockets.server.unix_serve",
    "websockets.legacy.server.serve",
    "websockets.legacy.server.unix_serve",
    "websockets.legacy.server.Serve",
];

/// The threading servers, since 11.0.
pub const SYNC_SERVE: &[&str] = &["websockets.sync.server.serve", "websockets.sync.server.unix_serve"];

/// The exception of the legacy client for a rejected handshake. Deprecated in 14.0 and never raised by the new client.
pub const INVALID_STATUS_CODE: &[&str] = &[
    "websockets.InvalidStatusCode",
    "websockets.exceptions.InvalidStatusCode",
    "websockets.legacy.exceptions.InvalidStatusCode",
];

/// The exception of the new client for a rejected handshake, since 10.0; raised by the top level since 14.0.
pub const INVALID_STATUS: &[&str] = &["websockets.InvalidStatus", "websockets.exceptions.InvalidStatus"];

/// The exceptions for a connection that is closed.
pub const CONNECTION_CLOSED: Family = Family {
    top_level: &[
        "websockets.ConnectionClosed",
        "websockets.ConnectionClosedOK",
        "websockets.ConnectionClosedError",
        "websockets.exceptions.ConnectionClosed",
        "websockets.exceptions.ConnectionClosedOK",
        "websockets.exceptions.ConnectionClosedError",
    ],
    asyncio: &[],
    declared: &[],
};

/// Exceptions that control the handshake of the legacy implementation, and mean nothing to the new one.
pub const LEGACY_CONTROL: &[&str] = &[
    "websockets.AbortHandshake",
    "websockets.exceptions.AbortHandshake",
    "websockets.RedirectHandshake",
    "websockets.exceptions.RedirectHandshake",
];

/// The response of a handshake, since 10.0.
pub const RESPONSE: &[&str] = &["websockets.Response", "websockets.http11.Response"];

/// Base classes of both, which have neither `status_code` nor `response`.
pub const HANDSHAKE_BASES: &[&str] = &[
    "websockets.InvalidHandshake",
    "websockets.exceptions.InvalidHandshake",
    "websockets.WebSocketException",
    "websockets.exceptions.WebSocketException",
];

/// Modules of the legacy implementation, whose `connect` raises the legacy exception in every version.
pub const LEGACY_MODULES: &[&str] = &["websockets.client", "websockets.legacy", "websockets.legacy.client"];

/// The WebSocket of Starlette and FastAPI.
pub const STARLETTE_WEBSOCKET: &[&str] =
    &["starlette.websockets.WebSocket", "fastapi.WebSocket", "fastapi.websockets.WebSocket"];

/// `broadcast()` whose implementation changed under the same name in 14.0.
pub const TOP_LEVEL_BROADCAST: &[&str] = &["websockets.broadcast"];

/// The new `broadcast()` under its own path, since 13.0.
pub const ASYNCIO_BROADCAST: &[&str] =
    &["websockets.asyncio.server.broadcast", "websockets.asyncio.connection.broadcast"];

/// The legacy `broadcast()` under its own paths.
pub const LEGACY_BROADCAST: &[&str] =
    &["websockets.server.broadcast", "websockets.legacy.server.broadcast", "websockets.legacy.protocol.broadcast"];

/// The connections of the legacy implementation, under its own paths.
pub const LEGACY_CONNECTIONS: &[&str] = &[
    "websockets.client.WebSocketClientProtocol",
    "websockets.server.WebSocketServerProtocol",
    "websockets.legacy.client.WebSocketClientProtocol",
    "websockets.legacy.server.WebSocketServerProtocol",
    "websockets.legacy.protocol.WebSocketCommonProtocol",
];

/// Makes legacy connections that ask for a password.
pub const BASIC_AUTH_FACTORY: &[&str] = &[
    "websockets.basic_auth_protocol_factory",
    "websockets.auth.basic_auth_protocol_factory",
    "websockets.legacy.auth.basic_auth_protocol_factory",
];

/// The connections of the threading implementation.
pub const SYNC_CONNECTIONS: &[&str] =
    &["websockets.sync.client.ClientConnection", "websockets.sync.server.ServerConnection"];

/// What a step from an instance of a library's class gives: the class, the steps, the class of the result.
const RESULTS: &[(&[&str], &[Step], &str)] = &[
    (TOP_LEVEL_CONNECT, ENTERED, "websockets.ClientConnection"),
    (ASYNCIO_CONNECT, ENTERED, "websockets.asyncio.client.ClientConnection"),
    (LEGACY_CONNECT, ENTERED, "websockets.legacy.client.WebSocketClientProtocol"),
    (SYNC_CONNECT, &[Step::Enter], "websockets.sync.client.ClientConnection"),
    (TOP_LEVEL_SERVE, ENTERED, "websockets.Server"),
    (ASYNCIO_SERVE, ENTERED, "websockets.asyncio.server.Server"),
    (LEGACY_SERVE, ENTERED, "websockets.legacy.server.WebSocketServer"),
    (SYNC_SERVE, &[Step::Enter], "websockets.sync.server.Server"),
];

const ENTERED: &[Step] = &[Step::Await, Step::Enter, Step::Iterate];

/// The connection that a handler gets from the servers of a family.
const HANDLER_CONNECTIONS: &[(&[&str], &str)] = &[
    (TOP_LEVEL_SERVE, "websockets.ServerConnection"),
    (ASYNCIO_SERVE, "websockets.asyncio.server.ServerConnection"),
    (LEGACY_SERVE, "websockets.legacy.server.WebSocketServerProtocol"),
    (SYNC_SERVE, "websockets.sync.server.ServerConnection"),
];

/// Attributes of a library's instances that lead on: class, attribute, class of the attribute.
const ATTRIBUTES: &[(&[&str], &str, &str)] = &[(INVALID_STATUS, "response", "websockets.http11.Response")];

/// Attributes of the library's servers that hold their connections: class, attribute, class of each connection.
const SETS: &[(&[&str], &str, &str)] = &[
    (&["websockets.Server"], "connections", "websockets.ServerConnection"),
    (&["websockets.Server"], "websockets", "websockets.ServerConnection"),
    (&["websockets.asyncio.server.Server"], "connections", "websockets.asyncio.server.ServerConnection"),
    (&["websockets.legacy.server.WebSocketServer"], "websockets", "websockets.legacy.server.WebSocketServerProtocol"),
];

/// Methods of the library's instances: class, method, class of what it returns.
const METHODS: &[(&[&str], &str, &str)] = &[(
    &["websockets.server.ServerProtocol", "websockets.server.ServerConnection", "websockets.ServerProtocol"],
    "accept",
    "websockets.http11.Response",
)];

/// What `step` from an instance of the library's class `class` gives.
pub fn instance_step(class: &str, step: &Step) -> Origin {
    if let Step::Attribute(attribute) = step {
        let of = |table: &[(&[&str], &str, &'static str)]| {
            table
                .iter()
                .find(|(classes, name, _)| classes.contains(&class) && *name == &**attribute)
                .map(|(_, _, result)| *result)
        };
        // Calling a class gives an instance, and so does calling a method that returns one.
        let method = || of(METHODS).map(Origin::library);
        let set = || of(SETS).map(|class| Origin::Iterable(Origin::instance(class).into()));
        return of(ATTRIBUTES).map(Origin::instance).or_else(method).or_else(set).unwrap_or_default();
    }
    // Entering a connection gives the connection: `async with await connect(...) as ws`.
    if *step == Step::Enter && RESULTS.iter().any(|(_, _, result)| *result == class) {
        return Origin::instance(class);
    }
    RESULTS
        .iter()
        .find(|(classes, steps, _)| classes.contains(&class) && steps.contains(step))
        .map_or(Origin::Unknown, |(_, _, result)| Origin::instance(result))
}

/// The connection class that the server function `serve` hands to its handler.
pub fn handler_connection(serve: &str) -> Option<&'static str> {
    HANDLER_CONNECTIONS.iter().find(|(names, _)| names.contains(&serve)).map(|(_, class)| *class)
}

/// A class by its places: what the rules about an object's attributes ask for.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The class of what the top level's functions give since 14.0.
    pub top_level: &'static [&'static str],
    /// The same class under its own path, since 13.0.
    pub asyncio: &'static [&'static str],
    /// The legacy class under its name at the top level, as annotations spell it. What is declared so is the new class since 14.0,
    /// unless the code holds on to the legacy implementation.
    pub declared: &'static [&'static str],
}

/// Connections of clients and servers.
pub const CONNECTIONS: Family = Family {
    top_level: &["websockets.ClientConnection", "websockets.ServerConnection"],
    asyncio: &[
        "websockets.asyncio.client.ClientConnection",
        "websockets.asyncio.server.ServerConnection",
        "websockets.asyncio.connection.Connection",
    ],
    declared: &[
        "websockets.WebSocketClientProtocol",
        "websockets.WebSocketServerProtocol",
        "websockets.WebSocketCommonProtocol",
    ],
};

/// Servers.
pub const SERVERS: Family = Family {
    top_level: &["websockets.Server"],
    asyncio: &["websockets.asyncio.server.Server"],
    declared: &["websockets.WebSocketServer"],
};

/// A class that code uses as a type, and the one in its place.
#[derive(Debug, Clone, Copy)]
pub struct ReplacedType {
    /// Its paths; the first one without the library's name in between is the top level's.
    pub paths: &'static [&'static str],
    /// The module of the new class, since 13.0.
    pub module: &'static str,
    /// The new class.
    pub name: &'static str,
    /// Whether the top level has the new class too, since 14.2.
    pub is_top_level: bool,
}

/// The classes of the legacy implementation that code uses as types.
pub const LEGACY_TYPES: &[ReplacedType] = &[
    ReplacedType {
        paths: &[
            "websockets.WebSocketClientProtocol",
            "websockets.client.WebSocketClientProtocol",
            "websockets.legacy.client.WebSocketClientProtocol",
        ],
        module: "websockets.asyncio.client",
        name: "ClientConnection",
        is_top_level: true,
    },
    ReplacedType {
        paths: &[
            "websockets.WebSocketServerProtocol",
            "websockets.server.WebSocketServerProtocol",
            "websockets.legacy.server.WebSocketServerProtocol",
        ],
        module: "websockets.asyncio.server",
        name: "ServerConnection",
        is_top_level: true,
    },
    ReplacedType {
        paths: &["websockets.WebSocketCommonProtocol", "websockets.legacy.protocol.WebSocketCommonProtocol"],
        module: "websockets.asyncio.connection",
        name: "Connection",
        is_top_level: false,
    },
    ReplacedType {
        paths: &[
            "websockets.WebSocketServer",
            "websockets.server.WebSocketServer",
            "websockets.legacy.server.WebSocketServer",
        ],
        module: "websockets.asyncio.server",
        name: "Server",
        is_top_level: true,
    },
];
