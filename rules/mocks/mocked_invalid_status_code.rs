//! A test that imitates a rejected handshake has to raise `InvalidStatus`.
//!
//! Since websockets 14.0 `connect()` raises `InvalidStatus`, never `InvalidStatusCode`. A mock that still raises the old class
//! tests an error that does not happen any more, and fails as soon as the code under test catches the new one.
//!
//! ```python
//! from unittest.mock import patch
//!
//! from websockets.exceptions import InvalidStatusCode
//!
//! def test_rejected(client):
//!     with patch("websockets.connect", side_effect=InvalidStatusCode(403, {"Retry-After": "5"})):
//!         assert client.open() is None
//! ```
//! becomes
//! ```python
//! from unittest.mock import patch
//!
//! from websockets.datastructures import Headers
//! from websockets.exceptions import InvalidStatus
//! from websockets.http11 import Response
//!
//! def test_rejected(client):
//!     with patch("websockets.connect", side_effect=InvalidStatus(Response(403, "Forbidden", Headers({"Retry-After": "5"})))):
//!         assert client.open() is None
//! ```
//!
//! The constructors are the same from 10.4 to 17.4, and both exceptions have the same text. The fix is unsafe, because the code
//! under test has to catch the new class (WS201 sees to that where it can). There is none where the status is not spelled out,
//! where `Response` or `Headers` are other classes here, and where both sides of 14.0 are supported: then both exceptions are
//! worth a test, and a file that builds both is left alone.
//!
//! ## When there is no fix
//!
//! The arguments of the exception are not all visible.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, ModModule, Number};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use crate::fixes::imports;
use crate::fixes::response;
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::references::{Reference, Role};
use crate::target::Side;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS703", since: "14.0", severity: Severity::Error, fix: Unsafe, triggers: &["InvalidStatusCode"] };

/// `http.HTTPStatus`, those that servers reject handshakes with.
const REASONS: &[(u64, &str)] = &[
    (200, "OK"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (307, "Temporary Redirect"),
    (308, "Permanent Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (409, "Conflict"),
    (410, "Gone"),
    (426, "Upgrade Required"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
];

const HEADERS: &[&str] = &["websockets.Headers", "websockets.datastructures.Headers"];

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let references = cx.model.references(names::INVALID_STATUS_CODE);
    let is_built = |it: &Reference| matches!(it.role, Role::Construction(_));
    if !references.iter().any(is_built) || !cx.model.references(names::LEGACY_CONNECT).is_empty() {
        return None;
    }
    let new = cx.model.references(names::INVALID_STATUS);
    let mut displays = Displays::default();
    displays.visit_body(&module.body);
    displays.0.retain(|range| new.iter().any(|it| range.contains_range(it.expr.range())));
    let mut found: Vec<(Reference, &ExprCall, Option<Vec<Edit>>)> = Vec::new();
    for reference in &references {
        let Role::Construction(call) = reference.role else { continue };
        let start = call.start();
        let is_tested_beside = displays.0.iter().any(|range| range.contains(start))
            || cx.target.side == Side::Both && new.iter().any(|it| matches!(it.role, Role::Construction(_)));
        if !is_tested_beside && !cx.model.is_version_guarded(start) && !cx.model.is_chosen(start) {
            found.push((*reference, call, rewrite(cx, reference, call)));
        }
    }
    let is_whole = found.len() == references.len()
        && found.iter().all(|(.., edits)| edits.is_some())
        && !response::is_named_in_string(cx, "InvalidStatusCode");
    // The same for every place that has the name from the same import.
    let mut imports: FxHashMap<Option<TextRange>, Option<Vec<Edit>>> = FxHashMap::default();
    let is_test = is_test(cx);
    for (reference, call, edits) in found {
        let source = cx.model.import_of(reference.expr).map(|imported| imported.alias.range);
        let imports = imports.entry(source).or_insert_with(|| import(cx, reference.expr, is_whole));
        let edits = edits.and_then(|edits| Some([edits, imports.clone()?].concat()));
        let side = cx.target.side;
        let help = match side {
            Side::Both => "Test the new one as well: `InvalidStatus(Response(403, \"Forbidden\", Headers()))`.",
            _ => {
                "Build the new one: `InvalidStatus(Response(403, \"Forbidden\", Headers()))`, with `Response` from \
                 `websockets.http11` and `Headers` from `websockets.datastructures`."
            }
        };
        let message = if is_test {
            "`InvalidStatusCode` is never raised by `connect()` since websockets 14.0: this imitates an error that does not \
             happen any more"
        } else {
            "`InvalidStatusCode` is never raised by `connect()` since websockets 14.0: what catches the rejections of the new \
             client does not catch this one"
        };
        let finding = cx.report(&*call.func, message);
        finding.here("now `InvalidStatus`").help(help);
        if side == Side::Both {
            finding.severity(Severity::Info);
        } else if let Some(edits) = edits {
            finding.fix(Unsafe, edits);
        }
    }
    Some(())
}

/// Whether the file is a test, or helps tests.
fn is_test(cx: &Context) -> bool {
    let path = cx.source.path();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let is_named_so = stem.starts_with("test") || stem.ends_with("_test") || stem == "conftest";
    let text = cx.source.text();
    is_named_so || ["pytest", "unittest", "side_effect", "Mock"].iter().any(|word| text.contains(word))
}

/// The construction in new words, the imports left out.
fn rewrite(cx: &Context, reference: &Reference, call: &ExprCall) -> Option<Vec<Edit>> {
    if call.arguments.len() != 2 || cx.text(call).contains('#') {
        return None;
    }
    let status = call.arguments.find_argument_value("status_code", 0)?;
    let reason = match status {
        Expr::NumberLiteral(number) => {
            let Number::Int(code) = &number.value else { return None };
            let known = REASONS.iter().find(|(known, _)| Some(*known) == code.as_u64());
            format!("\"{}\"", known.map_or("", |(_, reason)| reason))
        }
        member if cx.origin(member).library_name().is_some_and(|name| name.starts_with("http.HTTPStatus.")) => {
            format!("{}.phrase", cx.text(member))
        }
        // Nobody looks at the phrase: it is in no message.
        Expr::Name(_) | Expr::Attribute(_) => "\"\"".to_owned(),
        _ => return None,
    };
    let headers = call.arguments.find_argument_value("headers", 1)?;
    let headers = match headers {
        Expr::Dict(dict) if dict.items.is_empty() => "Headers()".to_owned(),
        Expr::Dict(_) => format!("Headers({})", cx.text(headers)),
        Expr::NoneLiteral(_) => "Headers()".to_owned(),
        built if cx.origin(built).is_instance_of(HEADERS) => cx.text(built).to_owned(),
        Expr::Name(_) | Expr::Attribute(_) => format!("Headers({} or {{}})", cx.text(headers)),
        _ => return None,
    };
    let class = match reference.expr {
        Expr::Attribute(attribute) if cx.origin(&attribute.value).is_one_of(&["websockets.legacy.exceptions"]) => {
            return None;
        }
        Expr::Attribute(attribute) => format!("{}.InvalidStatus", cx.text(&*attribute.value)),
        // `import InvalidStatusCode as X`: only the import knows the name.
        Expr::Name(_) if cx.model.import_of(reference.expr)?.alias.asname.is_some() => return None,
        _ => "InvalidStatus".to_owned(),
    };
    let arguments = format!("(Response({}, {reason}, {headers}))", cx.text(status));
    Some(vec![Edit::replace(reference.expr, class), Edit::replace(&call.arguments, arguments)])
}

/// The imports that the new words need, `InvalidStatus` in the place of the old class where that is used no more.
fn import(cx: &Context, class: &Expr, is_whole: bool) -> Option<Vec<Edit>> {
    let mut edits =
        imports::from_library(cx, &[("websockets.datastructures", "Headers"), ("websockets.http11", "Response")])?;
    let whole = || is_whole.then(|| imports::replace(cx, class, "InvalidStatus", names::INVALID_STATUS))?;
    if class.is_name_expr() {
        match whole() {
            Some(edit) => edits.push(edit),
            None => edits.extend(imports::beside(cx, class, "InvalidStatus", names::INVALID_STATUS)?),
        }
    }
    Some(edits)
}

/// Lists, tuples, sets and dictionaries that are spelled out: what stands in one of them is tested side by side.
#[derive(Default)]
struct Displays(Vec<TextRange>);

impl<'a> Visitor<'a> for Displays {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if matches!(expr, Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_)) {
            self.0.push(expr.range());
        }
        walk_expr(self, expr);
    }
}
