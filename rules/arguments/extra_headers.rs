//! `extra_headers` of a client is now `additional_headers`.
//!
//! Since websockets 14.0 `connect()` and `unix_connect()` are the new implementation. It passes keywords that it does not know
//! on to the event loop, which raises `TypeError: ... got an unexpected keyword argument 'extra_headers'` when the connection
//! is awaited, whatever the value is. An `except Exception` around it hides that for a long time. The same holds for
//! `websockets.asyncio.client` since 13.0, and the threading client in `websockets.sync.client` never knew the keyword.
//!
//! ```python
//! import websockets
//!
//! async def main(uri, token):
//!     async with websockets.connect(uri, extra_headers={"Authorization": token}) as ws:
//!         await ws.send("hello")
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(uri, token):
//!     async with websockets.connect(uri, additional_headers={"Authorization": token}) as ws:
//!         await ws.send("hello")
//! ```
//!
//! The keyword is also found in `functools.partial`, behind an alias, and as the key of a dictionary that the call unpacks.
//! The fix is safe: a certain `TypeError` becomes the same bytes in the same header. It is unsafe where the dictionary is also
//! used for something else.
//!
//! Where the project supports versions on both sides of 14.0 the keyword is chosen when the module is imported, by a constant
//! that works with websockets 10.0 to 17.4.
//!
//! ## When there is no fix
//!
//! The dictionary or the call is also used for something that must keep the old name, or both names are passed.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::fixes::early_response;
use crate::fixes::imports;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::python::keywords::{Along, Passed, Spelling};
use crate::target::Side;
use crate::text::edit::Applicability::{self, DisplayOnly, Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS101", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["extra_headers"] };

/// The name of the constant that chooses the keyword where both sides of 14.0 are supported.
const CONSTANT: &str = "EXTRA_HEADERS";

pub fn check<'a>(call: &'a ExprCall, cx: &mut Context<'a>) -> Option<()> {
    let mentions_it =
        call.arguments.keywords.iter().any(|it| it.arg.as_deref().is_none_or(|name| name == "extra_headers"));
    mentions_it.then_some(())?;
    let callee = cx.receiver(call, &["extra_headers", "additional_headers"]);
    let client = names::new_connect();
    callee.is_one_of(&client).then_some(())?;
    let places = cx.model.passed(call, "extra_headers");
    if places.is_empty() || cx.model.is_version_guarded(call.range().start()) {
        return None;
    }
    let has_both = !cx.model.passed(call, "additional_headers").is_empty();
    for place in &places {
        let start = place.range().start();
        let retried = |offset| cx.model.is_retried_with(offset, "additional_headers");
        if cx.model.is_version_guarded(start) || retried(start) || retried(call.start()) {
            continue;
        }
        report(place, call, &callee, has_both, cx);
    }
    Some(())
}

fn report<'a>(place: &Passed<'a>, call: &ExprCall, callee: &Origin, has_both: bool, cx: &mut Context<'a>) {
    let top_level = callee.is_one_of(names::TOP_LEVEL_CONNECT);
    let side = if top_level { cx.target.side } else { Side::Modern };
    let message = if callee.is_one_of(names::SYNC_CONNECT) {
        "the threading client does not accept `extra_headers` and never did"
    } else if top_level {
        "`connect()` no longer accepts `extra_headers` (removed in websockets 14.0): awaiting it raises TypeError"
    } else {
        "the new `connect()` does not accept `extra_headers`: awaiting it raises TypeError"
    };
    // A dictionary that is unpacked into many calls is reported where the key is, once.
    if cx.findings.has(place.range(), message) {
        return;
    }
    let agent = user_agent(place, cx).filter(|_| !cx.target.is_at_least(&[15, 0]));
    let (applicability, edits) = match side {
        _ if has_both => (DisplayOnly, None),
        _ if agent.is_some() => (certainty(place), alone(place, agent, cx)),
        Side::Both => (certainty(place), choose_at_import(place, call, cx)),
        _ => (certainty(place), place.rename("additional_headers")),
    };
    let help = match side {
        _ if has_both => "Pass the headers once, as `additional_headers`.",
        _ if agent.is_some() => {
            "Pass the `User-Agent` as `user_agent_header`: among `additional_headers` it is sent beside the library's own up to 14.2."
        }
        _ if place.is_blocked => {
            "Other code names the keyword too, such as a method that overrides this one: change all of it together."
        }
        Side::Both => "Choose the keyword by version: `additional_headers` since 14.0, `extra_headers` before.",
        _ if place.only_here => "Rename it to `additional_headers`.",
        _ => "Rename it to `additional_headers`, and wherever else this dictionary is read.",
    };
    let finding = cx.report(place.range(), message);
    finding.on(side).here("now `additional_headers`").help(help);
    if !call.range().contains_range(place.range()) {
        finding.label(&*call.func, "arrives here");
    }
    for along in place.along.iter().take(3) {
        finding.label(along.range(), "named here too");
    }
    if let Some(edits) = edits {
        finding.fix(applicability, edits);
    }
}

/// The value of a `User-Agent` among the headers.
fn user_agent<'a>(place: &Passed<'a>, cx: &Context<'a>) -> Option<&'a Expr> {
    let Spelling::Keyword(keyword) = place.spelling else { return None };
    let headers = match &keyword.value {
        Expr::Name(name) => cx.model.only_value(name)?,
        spelled => spelled,
    };
    let is_it = |name: &Expr| {
        name.as_string_literal_expr().is_some_and(|name| name.value.to_str().eq_ignore_ascii_case("user-agent"))
    };
    let pairs = early_response::pairs(cx, headers)?;
    pairs.into_iter().find(|(name, _)| is_it(name)).map(|(_, value)| value)
}

/// `extra_headers={"User-Agent": agent}` becomes `user_agent_header=agent`, which says the same with all versions.
fn alone(place: &Passed, agent: Option<&Expr>, cx: &Context) -> Option<Vec<Edit>> {
    let Spelling::Keyword(keyword) = place.spelling else { return None };
    let headers = keyword.value.as_dict_expr().filter(|headers| headers.len() == 1)?;
    let text = cx.text(headers);
    (!place.is_blocked && !text.contains('#')).then_some(())?;
    Some(vec![Edit::replace(keyword.arg.as_ref()?, "user_agent_header"), Edit::replace(headers, cx.text(agent?))])
}

fn certainty(place: &Passed) -> Applicability {
    if place.only_here { Safe } else { Unsafe }
}

/// `extra_headers=h` becomes `**{EXTRA_HEADERS: h}`, and the module gets the constant.
fn choose_at_import(place: &Passed, call: &ExprCall, cx: &Context) -> Option<Vec<Edit>> {
    if place.is_blocked {
        return None;
    }
    let mut edit = match place.spelling {
        Spelling::Key(key) => vec![Edit::replace(key, CONSTANT)],
        Spelling::Keyword(keyword) => {
            // `f(**{K: v}, *args)` is a syntax error although `f(k=v, *args)` is not.
            let own = call.range().contains_range(keyword.range);
            if own && call.arguments.args.iter().any(|argument| argument.start() > keyword.range.start()) {
                return None;
            }
            let name = keyword.arg.as_ref()?;
            // The value may stand in parentheses of its own, which stay.
            let between = cx.source.slice(TextRange::new(name.end(), keyword.value.start()));
            let equals = between.find('=').filter(|_| !between.contains('#'))?;
            let value = name.end() + TextSize::try_from(equals + 1).ok()?;
            vec![
                Edit::replace(
                    TextRange::new(name.start(), value),
                    format!(
                        "**{{{CONSTANT}:{}",
                        if between.get(equals + 1..)?.starts_with(char::is_whitespace) { "" } else { " " }
                    ),
                ),
                Edit::insert(keyword.end(), "}"),
            ]
        }
    };
    for along in &place.along {
        let Along::Key(key) = along else { return None };
        edit.push(Edit::replace(key, CONSTANT));
    }
    let constant = imports::constant(
        cx,
        CONSTANT,
        &["inspect", "websockets"],
        "(\n    \"additional_headers\"\n    if \"additional_headers\" in inspect.signature(websockets.connect).parameters\n    else \"extra_headers\"\n)",
        place.range().start().min(call.start()),
    )?;
    Some(edit.into_iter().chain(constant).collect())
}
