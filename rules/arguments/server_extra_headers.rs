//! `extra_headers` of a server has no successor of its own: `process_response` adds headers.
//!
//! Since websockets 14.0 `serve()` and `unix_serve()` are the new implementation, which passes keywords that it does not know on
//! to the event loop: `TypeError: ... create_server() got an unexpected keyword argument 'extra_headers'`, up to 17.0 when
//! `serve()` is called, since 17.0.1 when it is awaited.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(handler, "localhost", 8765, extra_headers={"X-Region": "eu"}) as server:
//!         await server.serve_forever()
//! ```
//!
//! There is no fix, because the way to write it is not the same thing in other words. The old argument decorated the response
//! that opens a connection (status 101) and no other; `process_response` is called for every response. A handler for it that
//! does what the argument did:
//!
//! ```text
//! def add_headers(connection, request, response):
//!     if response.status_code == 101:
//!         response.headers["X-Region"] = "eu"
//!
//! websockets.serve(handler, "localhost", 8765, process_response=add_headers)
//! ```
//!
//! Assigning to `response.headers[name]` *adds* a header: to replace `Server`, pass `server_header=` instead. Where
//! `extra_headers` was a function of path and request headers, call it with `request.path` and `request.headers`.

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::api;
use crate::edit::Applicability::DisplayOnly;
use crate::rule::{Context, Meta, Severity};
use crate::target::Side;

pub const META: Meta =
    Meta { code: "WS102", since: "14.0", severity: Severity::Error, fix: DisplayOnly, triggers: &["extra_headers"] };

const RECIPE: &str = "Add them in `process_response=`, to the response with status 101 only:\n\
    \n    def add_headers(connection, request, response):\
    \n        if response.status_code == 101:\
    \n            response.headers[\"X-Name\"] = \"value\"";

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let mentions_it =
        call.arguments.keywords.iter().any(|it| it.arg.as_deref().is_none_or(|name| name == "extra_headers"));
    mentions_it.then_some(())?;
    let callee = cx.callee(call);
    callee.is_one_of(&[api::TOP_LEVEL_SERVE, api::ASYNCIO_SERVE, api::SYNC_SERVE].concat()).then_some(())?;
    let top_level = callee.is_one_of(api::TOP_LEVEL_SERVE);
    if cx.model.is_version_guarded(call.start()) {
        return None;
    }
    for place in cx.model.passed(call, "extra_headers") {
        let start = place.range().start();
        if cx.model.is_version_guarded(start) || cx.model.is_retried_with(start, "process_response") {
            continue;
        }
        let legacy = top_level && cx.target.side == Side::Legacy;
        let help = match cx.target.side {
            Side::Legacy if top_level => format!("{} keeps it working. Before you move to 14: {RECIPE}", cx.target),
            Side::Both if top_level => {
                format!("Choose by `\"process_response\" in inspect.signature(serve).parameters`. {RECIPE}")
            }
            _ => RECIPE.to_owned(),
        };
        let message = if callee.is_one_of(api::SYNC_SERVE) {
            "the threading server has no argument `extra_headers`; it never had"
        } else {
            "`serve()` has no argument `extra_headers` since websockets 14.0: it raises TypeError"
        };
        let finding = cx.report(place.range(), message);
        finding.here("now `process_response=`").help(help);
        if legacy {
            finding.severity(Severity::Info);
        }
        if !call.range().contains_range(place.range()) {
            finding.label(&*call.func, "arrives here");
        }
    }
    Some(())
}
