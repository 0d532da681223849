//! `basic_auth_protocol_factory` is now `basic_auth`, and decides in `process_request`.
//!
//! It made connections for `create_protocol`, which the new server does not have: since websockets 14.0 the server raises
//! `TypeError: ... got an unexpected keyword argument 'create_protocol'`.
//!
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(
//!         handler,
//!         "localhost",
//!         8765,
//!         create_protocol=websockets.basic_auth_protocol_factory(realm="shop", credentials=("kim", "secret")),
//!     ) as server:
//!         await server.serve_forever()
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(handler):
//!     async with websockets.serve(
//!         handler,
//!         "localhost",
//!         8765,
//!         process_request=websockets.basic_auth(realm="shop", credentials=("kim", "secret")),
//!     ) as server:
//!         await server.serve_forever()
//! ```
//!
//! The fix is safe: the arguments mean the same, the answers to clients without the right credentials are the same, and the
//! connection has its `username`. There is none where a class is passed to the factory, where the server has a `process_request`
//! already, which would have to call both, and where both sides of 14.0 are supported: choose by
//! `"process_request" in inspect.signature(...)` or by `try: from websockets.asyncio.server import basic_auth`.
//!
//! ## When there is no fix
//!
//! The arguments of the factory are not all visible at the call.

use ruff_python_ast::{Expr, ExprCall};

use crate::fixes::arguments;
use crate::fixes::imports;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::keywords::Spelling;
use crate::target::Side;
use crate::text::edit::Applicability::Safe;
use crate::text::edit::Edit;

pub const META: Meta = Meta {
    code: "WS605",
    since: "14.0",
    severity: Severity::Error,
    fix: Safe,
    triggers: &["basic_auth_protocol_factory"],
};

/// Where the new function is.
const NEW: &[&str] = &["websockets.basic_auth", "websockets.asyncio.server.basic_auth"];

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let (_, is_top_level) = arguments::callee(call, cx, "create_protocol")?;
    let side = if is_top_level { cx.target.side } else { Side::Modern };
    for place in arguments::places(call, cx, "create_protocol", "process_request") {
        let Spelling::Keyword(keyword) = place.spelling else { continue };
        let Some(factory) = arguments::basic_auth_factory(cx, &keyword.value) else { continue };
        let edits = (side == Side::Modern && place.only_here).then(|| edits(cx, call, factory)).flatten();
        let name = keyword.arg.as_ref()?;
        let edits = edits.map(|edits| [edits, vec![Edit::replace(name, "process_request")]].concat());
        let recipe = "pass `process_request=basic_auth(...)` with the same arguments";
        let help = match side {
            Side::Both => format!("Where `websockets.asyncio.server` has `basic_auth`, {recipe}."),
            _ => format!("P{}.", &recipe[1..]),
        };
        let message = "`serve()` no longer accepts `create_protocol` (removed in websockets 14.0): it raises TypeError";
        let finding = cx.report(name.range, message);
        finding.on(side).here("now `process_request=basic_auth(...)`").help(help);
        if let Some(edits) = edits {
            finding.fix(Safe, edits);
        }
    }
    Some(())
}

/// The edits that call the new function in the place of the factory.
fn edits<'a>(cx: &Context<'a>, call: &'a ExprCall, factory: &'a ExprCall) -> Option<Vec<Edit>> {
    let is_decided = !cx.model.passed(call, "process_request").is_empty();
    let unpacks = call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
    let arguments = &factory.arguments;
    let is_known = |name: &str| matches!(name, "realm" | "credentials" | "check_credentials");
    let known = arguments.keywords.iter().all(|keyword| keyword.arg.as_ref().is_some_and(|name| is_known(name)));
    let plain = arguments.args.len() <= 3 && !arguments.args.iter().any(Expr::is_starred_expr);
    // The old one took None for no realm, the new one would spell it.
    let realm = arguments.find_argument_value("realm", 0);
    let named = realm.is_none_or(|realm| realm.is_string_literal_expr() || realm.is_f_string_expr());
    (!is_decided && !unpacks && known && plain && named).then_some(())?;
    match &*factory.func {
        Expr::Attribute(attribute) if cx.origin(&attribute.value).is_one_of(&["websockets"]) => {
            Some(vec![Edit::replace(&attribute.attr, "basic_auth")])
        }
        func @ Expr::Name(_) => {
            let (name, import) = imports::name(cx, "websockets.asyncio.server", "basic_auth", NEW)?;
            Some([import, vec![Edit::replace(func, name)]].concat())
        }
        _ => None,
    }
}
