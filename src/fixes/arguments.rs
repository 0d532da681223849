//! Arguments of `connect()` and `serve()`: finding them, and taking one out of a call.

use std::ops::Range;

use ruff_python_ast::{Expr, ExprCall, Keyword};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::lint::rule::Context;
use crate::python::Origin;
use crate::python::keywords::Passed;
use crate::text::edit::Edit;
use crate::text::source::Source;
use crate::websockets::names;

/// The function that `call` calls, when it passes `name`, maybe in a dictionary, to a client or server of the new API; and whether
/// the top level's, which was the legacy one before 14.0.
pub fn callee<'a>(call: &'a ExprCall, cx: &Context<'a>, name: &str) -> Option<(Origin, bool)> {
    let mentions_it = call.arguments.keywords.iter().any(|it| it.arg.as_deref().is_none_or(|arg| arg == name));
    mentions_it.then_some(())?;
    let callee = cx.receiver(call, &[name]);
    let top_level = [names::TOP_LEVEL_CONNECT, names::TOP_LEVEL_SERVE].concat();
    let is_top_level = callee.is_one_of(&top_level);
    let is_new =
        callee.is_one_of(&[top_level, names::ASYNCIO_CONNECT.to_vec(), names::ASYNCIO_SERVE.to_vec()].concat());
    is_new.then_some((callee, is_top_level))
}

/// The places that name the argument `name` of `call`, those left out that choose by version, or try `other` too.
pub fn places<'a>(call: &'a ExprCall, cx: &Context<'a>, name: &str, other: &str) -> Vec<Passed<'a>> {
    if cx.model.is_version_guarded(call.start()) {
        return Vec::new();
    }
    let mut places = cx.model.passed(call, name);
    places.retain(|place| {
        let start = place.range().start();
        let retried = |offset| cx.model.is_retried_with(offset, other);
        !cx.model.is_version_guarded(start) && !retried(start) && !retried(call.start())
    });
    places
}

/// The call of `basic_auth_protocol_factory` that `value` is.
pub fn basic_auth_factory<'a>(cx: &Context<'a>, value: &'a Expr) -> Option<&'a ExprCall> {
    let call = value.as_call_expr()?;
    let is_it = cx.model.may_be_called(&call.func, &["basic_auth_protocol_factory"]);
    (is_it && cx.origin(&call.func).is_one_of(names::BASIC_AUTH_FACTORY)).then_some(call)
}

/// Removes `keyword` from `call` with one comma, and with its lines where it has them for itself. `None` where a comment that
/// may be about it, or about its neighbour, would be lost or left behind.
pub fn remove(source: &Source, call: &ExprCall, keyword: &Keyword) -> Option<Edit> {
    // An argument of `dict()` somewhere else is not the call's own.
    call.arguments.keywords.iter().any(|own| own.range == keyword.range).then_some(())?;
    let text = source.text();
    let arguments = call.arguments.range();
    // Where the neighbours are: the end of what comes before, and the start of what comes after.
    let others = || {
        let positional = call.arguments.args.iter().map(Ranged::range);
        let named = call.arguments.keywords.iter().map(Ranged::range);
        positional.chain(named).filter(|other| *other != keyword.range)
    };
    let before = others().filter(|other| other.end() <= keyword.start()).map(TextRange::end).max();
    let after = others().filter(|other| other.start() >= keyword.end()).map(TextRange::start).min();
    let close = arguments.end().checked_sub(TextSize::of(')'))?;
    let inner = arguments.start() + TextSize::of('(');
    let behind = text.get(keyword.end().to_usize()..after.unwrap_or(close).to_usize())?;
    let ahead = text.get(before.unwrap_or(inner).to_usize()..keyword.start().to_usize())?;
    let own = text.get(keyword.start().to_usize()..keyword.end().to_usize())?;
    let is_about_it = behind.split(['\n', '\r']).next().is_some_and(|line| line.contains('#'));
    if own.contains('#') || ahead.contains('#') || is_about_it {
        return None;
    }
    // What follows the argument up to its comma; a value in parentheses ends behind its range.
    let comma = behind.find(',');
    let indent = ahead.rfind(['\n', '\r']).map(|at| &ahead[at + 1..]).filter(|indent| indent.trim().is_empty());
    match (after, comma) {
        (Some(_), Some(comma)) => {
            let rest = &behind[comma + 1..];
            let end = match (indent, line_ending(rest)) {
                // Its lines are its own: up to where the next line's argument starts.
                (Some(indent), Some(ending)) if rest[..ending.start].trim().is_empty() => {
                    let same = rest[ending.end..].starts_with(indent);
                    comma + 1 + ending.end + if same { indent.len() } else { 0 }
                }
                _ => comma + 1 + (rest.len() - rest.trim_start_matches([' ', '\t']).len()),
            };
            let start = keyword.start();
            Some(Edit::delete(TextRange::new(start, keyword.end() + TextSize::try_from(end).ok()?)))
        }
        (None, comma) => {
            // The last one: its comma stays where a trailing comma was, in the place of the one before.
            let Some(before) = before else {
                let end = comma.map_or(0, |comma| comma + 1);
                return (behind.trim_matches([',', ' ', '\t', '\n', '\r']).is_empty()).then(|| {
                    Edit::delete(TextRange::new(
                        keyword.start(),
                        keyword.end() + TextSize::try_from(end).unwrap_or_default(),
                    ))
                });
            };
            let at = ahead.find(',')?;
            let start = before + TextSize::try_from(at).ok()?;
            Some(Edit::delete(TextRange::new(start, keyword.end() + parentheses(behind)?)))
        }
        (Some(_), None) => None,
    }
}

/// Where the first line of `text` ends, if it does.
fn line_ending(text: &str) -> Option<Range<usize>> {
    let start = text.find(['\n', '\r'])?;
    let is_pair = text.get(start..).is_some_and(|rest| rest.starts_with("\r\n"));
    Some(start..start + if is_pair { 2 } else { 1 })
}

/// The end of the last argument of `call`, the parentheses around its value included. `None` without an argument.
pub fn end(source: &Source, call: &ExprCall) -> Option<TextSize> {
    let positional = call.arguments.args.iter().map(Ranged::end);
    let last = positional.chain(call.arguments.keywords.iter().map(Ranged::end)).max()?;
    let close = call.arguments.end().checked_sub(TextSize::of(')'))?;
    let behind = source.slice(TextRange::new(last, close));
    (!behind.contains('#')).then_some(())?;
    Some(last + parentheses(behind)?)
}

/// Adds `argument` behind the others of `call`, on a line of its own where the last one has one. `None` where a comment stands
/// in between.
pub fn add(source: &Source, call: &ExprCall, argument: &str) -> Option<Edit> {
    let end = end(source, call)?;
    let positional = call.arguments.args.iter().map(Ranged::range);
    let last = positional.chain(call.arguments.keywords.iter().map(Ranged::range)).max_by_key(Ranged::end)?;
    let line = source.text().get(..last.start().to_usize())?.rsplit(['\n', '\r']).next()?;
    let separator = if line.trim().is_empty() && !line.is_empty() {
        format!(",{}{line}", source.newline())
    } else {
        ", ".to_owned()
    };
    Some(Edit::insert(end, format!("{separator}{argument}")))
}

/// The length of the parentheses that close behind a value: `timeout=(3)`.
fn parentheses(behind: &str) -> Option<TextSize> {
    let end = behind.find(',').unwrap_or(behind.len());
    let closing = behind.get(..end)?.rfind(')').map_or(0, |at| at + 1);
    TextSize::try_from(closing).ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ruff_python_ast::Stmt;

    use super::*;
    use crate::text::edit::{Applicability, Fix, apply};

    /// Removes `x` from the call; `None` where that is not done.
    fn without_x(code: &str) -> Option<String> {
        let source = Source::new(PathBuf::from("f.py"), code.to_owned());
        let parsed = source.parse();
        let Stmt::Expr(stmt) = &parsed.syntax().body[0] else { panic!("no expression") };
        let call = stmt.value.as_call_expr().expect("a call");
        let keyword = call.arguments.find_keyword("x").expect("x");
        let edit = remove(&source, call, keyword)?;
        let text = apply(code, [&Fix::new(vec![edit], Applicability::Safe)?]).0;
        ruff_python_parser::parse_module(&text).expect("valid Python");
        Some(text)
    }

    #[test]
    fn on_one_line() {
        assert_eq!(without_x("f(x=1)").as_deref(), Some("f()"));
        assert_eq!(without_x("f(x=1,)").as_deref(), Some("f()"));
        assert_eq!(without_x("f(a, x=1)").as_deref(), Some("f(a)"));
        assert_eq!(without_x("f(a, x=1,)").as_deref(), Some("f(a,)"));
        assert_eq!(without_x("f(x=1, b=2)").as_deref(), Some("f(b=2)"));
        assert_eq!(without_x("f(a, x=g(1, 2), b=2)").as_deref(), Some("f(a, b=2)"));
        assert_eq!(without_x("f(a, x=(1), b=2)").as_deref(), Some("f(a, b=2)"));
        assert_eq!(without_x("f(a, x=(1))").as_deref(), Some("f(a)"));
        assert_eq!(without_x("f((a), x=((1)),)").as_deref(), Some("f((a),)"));
        assert_eq!(without_x("f(x=1, **k)").as_deref(), Some("f(**k)"));
        assert_eq!(without_x("f(x=1, *a)").as_deref(), Some("f(*a)"));
        assert_eq!(without_x("f(x=1,b=2)").as_deref(), Some("f(b=2)"));
    }

    #[test]
    fn on_lines_of_its_own() {
        assert_eq!(without_x("f(\n    a,\n    x=1,\n    b=2,\n)").as_deref(), Some("f(\n    a,\n    b=2,\n)"));
        assert_eq!(without_x("f(\n    a,\n    x=1,\n)").as_deref(), Some("f(\n    a,\n)"));
        assert_eq!(without_x("f(\n    a,\n    x=1\n)").as_deref(), Some("f(\n    a\n)"));
        assert_eq!(without_x("f(\n    x=1,\n    a=1\n)").as_deref(), Some("f(\n    a=1\n)"));
        assert_eq!(without_x("f(a,\n  x=g(\n    1,\n  ),\n  b=2)").as_deref(), Some("f(a,\n  b=2)"));
        assert_eq!(
            without_x("f(\r\n    a,\r\n    x=1,\r\n    b=2,\r\n)").as_deref(),
            Some("f(\r\n    a,\r\n    b=2,\r\n)")
        );
    }

    #[test]
    fn comments_are_never_lost() {
        assert_eq!(without_x("f(\n    a,  # a\n    x=1,\n)"), None);
        assert_eq!(without_x("f(\n    a,\n    x=1,  # x\n    b=1,\n)"), None);
        assert_eq!(without_x("f(\n    a,\n    x=[  # x\n    ],\n)"), None);
        assert_eq!(
            without_x("f(\n    a,\n    x=1,\n    # b\n    b=1,\n)").as_deref(),
            Some("f(\n    a,\n    # b\n    b=1,\n)")
        );
        assert_eq!(without_x("f(\n    a,\n    x=1,\n    # end\n)").as_deref(), Some("f(\n    a,\n    # end\n)"));
    }
}
