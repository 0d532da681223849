//! `accept()` selects a subprotocol that the client may not have offered.
//!
//! A selection without an offer, or beside it, breaks the handshake: websockets raises `NegotiationError` (`no subprotocols
//! supported`, `unsupported subprotocol`) in every version, browsers close with code 1006, and uvicorn with wsproto, hypercorn
//! and daphne drop the connection without an answer. What the client offers is in `websocket.scope["subprotocols"]`.
//!
//! ```python
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/status")
//! async def status(websocket: WebSocket):
//!     await websocket.accept(subprotocol="chat_status")
//! ```
//! becomes
//! ```python
//! from fastapi import FastAPI, WebSocket
//!
//! app = FastAPI()
//!
//!
//! @app.websocket("/status")
//! async def status(websocket: WebSocket):
//!     await websocket.accept(subprotocol="chat_status" if "chat_status" in websocket.scope.get("subprotocols", ()) else None)
//! ```

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::contract::endpoints::{is_websocket, looks_at_offer_before};
use crate::edit::{Applicability, Edit};
use crate::rule::{Context, Meta, Severity};
use crate::semantic::literal::Literal;

pub const META: Meta =
    Meta { code: "WS303", since: "any", severity: Severity::Warning, fix: Applicability::Unsafe };

pub fn check(call: &ExprCall, cx: &mut Context) -> Option<()> {
    let Expr::Attribute(method) = &*call.func else { return None };
    (method.attr.as_str() == "accept" && is_websocket(cx.model, &method.value)).then_some(())?;
    let selected = call.arguments.find_argument_value("subprotocol", 0)?;
    let Some(Literal::Text(value)) = cx.model.literal(selected) else { return None };
    (!looks_at_offer_before(cx.model, call.start())).then_some(())?;
    let (websocket, spelled) = (cx.text(&*method.value).to_owned(), cx.text(selected).to_owned());
    let selection = format!("{spelled} if {spelled} in {websocket}.scope.get(\"subprotocols\", ()) else None");
    // A call would be repeated, and before Python 3.12 the quotes would end an f-string around.
    let repeatable = matches!(selected, Expr::StringLiteral(_) | Expr::Name(_))
        && websocket.chars().all(|c| c.is_alphanumeric() || "_.".contains(c))
        && !spelled.contains('\n')
        && !in_string(call, cx);
    let message = format!("`{value}` is selected whatever the client offers; a client that did not offer it fails");
    let finding = cx.report(selected, message);
    finding.help(format!("Select it only if it was offered: `subprotocol={selection}`."));
    if repeatable {
        finding.fix(Applicability::Unsafe, vec![Edit::replace(selected, selection)]);
    }
    Some(())
}

/// Whether the call stands in an f-string.
fn in_string(call: &ExprCall, cx: &Context) -> bool {
    let before = cx.tokens.before(call.start()).iter();
    let depth = before.fold(0_i32, |depth, token| match token.kind() {
        TokenKind::FStringStart | TokenKind::TStringStart => depth + 1,
        TokenKind::FStringEnd | TokenKind::TStringEnd => depth - 1,
        _ => depth,
    });
    depth > 0
}
