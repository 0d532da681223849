//! `from websockets import *` imports fewer names than it did.
//!
//! Since websockets 14.0 the names of the legacy implementation are not among those of the star: `WebSocketClientProtocol`,
//! `InvalidStatusCode`, `AbortHandshake`, `basic_auth_protocol_factory` and their kin are a `NameError` where they are used. And
//! it brings what nobody expects: `Protocol`, `Request`, `Response`, `Server`, `State`.
//!
//! ```python
//! from websockets import *
//!
//! async def main(uri):
//!     async with connect(uri) as ws:
//!         await ws.send("hello")
//! ```
//! becomes
//! ```python
//! from websockets import connect
//!
//! async def main(uri):
//!     async with connect(uri) as ws:
//!         await ws.send("hello")
//! ```
//!
//! The fix imports the names that the file uses. It is unsafe, because other modules may take further names from this one.
//!
//! ## When there is no fix
//!
//! It is not visible which of the names come from the star.

use ruff_python_ast::StmtImportFrom;
use ruff_python_ast::token::TokenKind;
use ruff_text_size::Ranged;

use crate::fixes::imports;
use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;

pub const META: Meta =
    Meta { code: "WS407", since: "14.0", severity: Severity::Warning, fix: Unsafe, triggers: &["import *"] };

/// What the star brings in some version since 10.0 and in 17.4.
const NAMES: &str = "ClientConnection ClientProtocol Close CloseCode ConcurrencyError ConnectionClosed ConnectionClosedError \
    ConnectionClosedOK Data DuplicateParameter ExtensionName ExtensionParameter Frame HeaderLineTooLong Headers HeadersLike \
    InvalidHandshake InvalidHeader InvalidHeaderFormat InvalidHeaderValue InvalidMessage InvalidMethod InvalidOrigin \
    InvalidParameterName InvalidParameterValue InvalidProtocol InvalidProxy InvalidProxyMessage InvalidProxyStatus InvalidState \
    InvalidStatus InvalidURI InvalidUpgrade LoggerLike MultipleValuesError NegotiationError Opcode Origin PayloadTooBig Protocol \
    ProtocolError ProxyError Request RequestLineTooLong Response Router SecurityError Server ServerConnection ServerProtocol Side \
    State StatusLike StatusLineTooLong Subprotocol TooManyFragments TooManyHeaders WebSocketException basic_auth broadcast connect \
    route serve unix_connect unix_route unix_serve";

/// What it brought up to 13.1.
const DROPPED: &str = "AbortHandshake BasicAuthWebSocketServerProtocol InvalidStatusCode RedirectHandshake \
    WebSocketClientProtocol WebSocketCommonProtocol WebSocketProtocolError WebSocketServer WebSocketServerProtocol WebSocketURI \
    basic_auth_protocol_factory parse_uri";

pub fn check<'a>(import: &'a StmtImportFrom, cx: &mut Context<'a>) -> Option<()> {
    let star = import.names.first().filter(|alias| alias.name.as_str() == "*")?;
    let is_library = import.module.as_deref() == Some("websockets") && !imports::is_own(cx, import);
    let start = import.range.start();
    (is_library && !cx.model.is_version_guarded(start) && !cx.model.is_chosen(start)).then_some(())?;
    let has = |list: &str, name: &str| list.split_whitespace().any(|known| known == name);
    let mut names = used(cx, |name| has(NAMES, name) || has(DROPPED, name));
    names.sort_by_key(|name| imports::statement::order(name));
    let dropped: Vec<&str> = names.iter().copied().filter(|name| has(DROPPED, name)).collect();
    let message = match dropped.as_slice() {
        [] => "`from websockets import *` brings other names since websockets 14.0".to_owned(),
        [first, ..] => format!("`from websockets import *` does not bring `{first}` since websockets 14.0"),
    };
    let severity = if dropped.is_empty() { META.severity } else { Severity::Error };
    let list = names.join(", ");
    let finding = cx.report(import, message);
    finding.help("Import the names that you use.").severity(severity);
    if !list.is_empty() {
        finding.fix(Unsafe, vec![Edit::replace(star, list)]);
    }
    Some(())
}

/// The names in the file, not those of attributes and arguments, that nothing in it binds.
fn used<'a>(cx: &Context<'a>, is_known: impl Fn(&str) -> bool) -> Vec<&'a str> {
    let tokens: Vec<_> = cx.tokens.iter().filter(|token| !token.kind().is_trivia()).collect();
    let mut found: Vec<&str> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let near = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| token.kind());
        let name = cx.source.slice(token.range());
        let is_plain = token.kind() == TokenKind::Name
            && near(index.checked_sub(1)) != Some(TokenKind::Dot)
            && near(Some(index + 1)) != Some(TokenKind::Equal);
        if is_plain && is_known(name) && imports::is_free(cx, name) && !found.contains(&name) {
            found.push(name);
        }
    }
    let quoted: Vec<String> =
        NAMES.split_whitespace().chain(DROPPED.split_whitespace()).map(|name| format!("websockets.{name}")).collect();
    let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
    for range in cx.model.quoted(&quoted) {
        let name = cx.source.slice(range);
        if is_known(name) && imports::is_free(cx, name) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}
