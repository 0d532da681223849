//! `process_request` gets the connection and the request, and returns a response.
//!
//! The old server called `process_request(path, request_headers)`, and a returned tuple `(status, headers, body)` was the answer.
//! Since websockets 14.0 it is called with the connection and the request. **Code that decides by the path then lets everybody
//! in**: `path` is the connection, `path == "/private"` is false, what it guards is skipped, and the connection is accepted.
//! Where the headers are read, the client gets status 500. A tuple is not understood: the client gets an empty reply, and since 17.0
//! not even the log says why.
//!
//! ```python
//! import http
//!
//! import websockets
//!
//! async def process_request(path, request_headers):
//!     if path == "/healthz":
//!         return http.HTTPStatus.OK, [], b"OK\n"
//!     if "Authorization" not in request_headers:
//!         return http.HTTPStatus.UNAUTHORIZED, [("WWW-Authenticate", "Basic")], b"Missing credentials\n"
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, process_request=process_request) as server:
//!         await server.serve_forever()
//! ```
//! becomes
//! ```python
//! import http
//!
//! import websockets
//!
//! async def process_request(connection, request):
//!     if request.path == "/healthz":
//!         return connection.respond(http.HTTPStatus.OK, "OK\n")
//!     if "Authorization" not in request.headers:
//!         response = connection.respond(http.HTTPStatus.UNAUTHORIZED, "Missing credentials\n")
//!         response.headers["WWW-Authenticate"] = "Basic"
//!         return response
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, process_request=process_request) as server:
//!         await server.serve_forever()
//! ```
//!
//! The fix changes the whole function or nothing. It is safe: what it decides by, and the status, the headers and the body of its
//! answers are those of the old server. The one difference is the type of an answer that does not name one: `respond()` says
//! `text/plain; charset=utf-8` where the old server said `text/plain`.
//!
//! There is no fix where the function returns what is made elsewhere, a body that is not text, or a header that `respond()` sets
//! itself; where somebody else calls it; and where both sides of 14.0 are supported. A function that works on both looks at
//! its first argument:
//!
//! ```text
//! def process_request(first, second):
//!     old = isinstance(first, str)
//!     path, headers = (first, second) if old else (second.path, second.headers)
//!     if path == "/healthz":
//!         return (HTTPStatus.OK, [], b"OK\n") if old else first.respond(HTTPStatus.OK, "OK\n")
//! ```
//!
//! ## When there is no fix
//!
//! The function returns something on some path that is not understood; who is let in must not be guessed.

use ruff_python_ast::ModModule;

use crate::fixes::callback::{self, Callback};
use crate::fixes::early_response::{self, Signature};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::handlers::Role;
use crate::target::Side;
use crate::text::edit::Applicability::Safe;

pub const META: Meta = Meta {
    code: "WS603",
    since: "14.0",
    severity: Severity::Error,
    fix: Safe,
    triggers: &["process_request", "request_headers"],
};

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    for callback in callback::callbacks(cx, Role::ProcessRequest) {
        let [first, second, others @ ..] = &callback.arguments()[..] else { continue };
        if others.iter().any(|other| other.default.is_none()) {
            continue;
        }
        let Some(signature) = early_response::signature(cx, &callback, &first.parameter, &second.parameter) else {
            continue;
        };
        let message = message(&callback, &signature, &first.parameter.name, &second.parameter.name);
        let edits = match callback.side {
            Side::Modern if callback.is_only_that(cx) => {
                early_response::rewritten(cx, &callback, &signature, &first.parameter, &second.parameter)
            }
            _ => None,
        };
        let recipe = "take `(connection, request)`, read `request.path` and `request.headers`, and return \
                      `connection.respond(status, text)`";
        let help = match callback.side {
            Side::Both => format!(
                "Where `isinstance({0}, str)` is true, these are path and headers, and a tuple is the answer. Else {recipe}.",
                first.parameter.name
            ),
            _ => format!("T{}.", &recipe[1..]),
        };
        let finding = cx.report(signature.place, message);
        finding.on(callback.side).help(help);
        if let Some(compared) = signature.compared {
            finding.label(compared, "never true");
        }
        if let Some(edits) = edits {
            finding.fix(Safe, edits);
        }
    }
    Some(())
}

fn message(callback: &Callback, signature: &Signature, path: &str, headers: &str) -> String {
    let gets = "receives the connection and the request since websockets 14.0";
    let name = callback.name();
    if !signature.is_old {
        return format!(
            "{name} returns a tuple, which the server no longer understands (since websockets 14.0): clients get an empty reply"
        );
    }
    if signature.compared.is_some() {
        return format!(
            "SECURITY: {name} {gets}, so `{path}` is never equal to a path: what it guards is skipped, and clients that it \
             should refuse may be let in"
        );
    }
    format!("{name} {gets}, not `{path}` and `{headers}`: it fails with status 500, or lets everybody in")
}
