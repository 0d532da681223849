//! A version gate one too low: the top level of websockets 13 is still the legacy API.
//!
//! `websockets.asyncio` came with 13.0, but `websockets.connect` is the new client only since 14.0. Code that passes
//! `additional_headers` from 13 on raises `TypeError` on 13.0 and 13.1, although it looks as if somebody had thought of both.
//!
//! ```python
//! import websockets
//!
//! if int(websockets.__version__.split(".")[0]) >= 13:
//!     headers = {"additional_headers": {"Authorization": token}}
//! else:
//!     headers = {"extra_headers": {"Authorization": token}}
//! websockets.connect(uri, **headers)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! if int(websockets.__version__.split(".")[0]) >= 14:
//!     headers = {"additional_headers": {"Authorization": token}}
//! else:
//!     headers = {"extra_headers": {"Authorization": token}}
//! websockets.connect(uri, **headers)
//! ```
//!
//! ## When there is no fix
//!
//! The comparison is written in a way that one number cannot correct.

use std::cell::LazyCell;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, ExprCompare, ExprNumberLiteral, ModModule, Number, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use crate::lint::rule::{Context, Meta, Severity};
use crate::python::Origin;
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS910", since: "13.0", severity: Severity::Error, fix: Safe, triggers: &["additional_headers"] };

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let matters = !cx.target.starts_at([14, 0]) && cx.target.reaches([13, 0]) && cx.source.text().contains("version");
    matters.then_some(())?;
    let mut choices = Choices::default();
    choices.visit_body(&module.body);
    // The new client under its own path has the new keyword since 13.0: then the gate is right.
    let model = cx.model;
    let is_top_level = LazyCell::new(|| {
        !model.references(names::TOP_LEVEL_CONNECT).is_empty() && model.references(names::ASYNCIO_CONNECT).is_empty()
    });
    let mut seen: FxHashSet<TextRange> = FxHashSet::default();
    for Choice { test, then, otherwise } in choices.0 {
        let Some((gate, is_new, is_named)) = gate(test, cx) else { continue };
        let (new, old) = if is_new { (then, otherwise) } else { (otherwise, then) };
        let names = |range: TextRange, keyword: &str| cx.text(range).contains(keyword);
        let chooses = names(new, "additional_headers") && names(old, "extra_headers");
        if !chooses || names(new, "extra_headers") || names(old, "additional_headers") {
            continue;
        }
        let (Some(edit), true, true) = (raised(gate, cx), *is_top_level, seen.insert(gate.range)) else { continue };
        let applicability = if is_named { Unsafe } else { Safe };
        cx.report(
            gate,
            "this lets websockets 13 through, whose top-level `connect()` is still the legacy one: it raises TypeError",
        )
        .here("the new client came in 14.0")
        .label(new, "not before 14.0")
        .help("Compare with 14.")
        .fix(applicability, vec![edit]);
    }
    Some(())
}

/// Something that a test chooses, and what it chooses from.
struct Choice<'a> {
    test: &'a Expr,
    then: TextRange,
    otherwise: TextRange,
}

#[derive(Default)]
struct Choices<'a>(Vec<Choice<'a>>);

impl<'a> Visitor<'a> for Choices<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::If(statement) = stmt
            && let (Some(first), Some(last), [clause, ..]) =
                (statement.body.first(), statement.body.last(), &*statement.elif_else_clauses)
        {
            let then = TextRange::new(first.start(), last.end());
            let otherwise = TextRange::new(clause.start(), statement.end());
            self.0.push(Choice { test: &statement.test, then, otherwise });
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::If(conditional) = expr {
            let (then, otherwise) = (conditional.body.range(), conditional.orelse.range());
            self.0.push(Choice { test: &conditional.test, then, otherwise });
        }
        walk_expr(self, expr);
    }
}

/// The comparison of the version that a test makes, whether it holds for the newer versions, and whether it has a name, so that
/// it may decide about more.
fn gate<'a>(test: &'a Expr, cx: &Context<'a>) -> Option<(&'a ExprCompare, bool, bool)> {
    let (compare, is_named) = match test {
        Expr::Compare(compare) => (compare, false),
        Expr::Name(name) => (cx.model.only_value(name)?.as_compare_expr()?, true),
        _ => return None,
    };
    let is_new = match &*compare.ops {
        [CmpOp::GtE | CmpOp::Gt] => true,
        [CmpOp::Lt | CmpOp::LtE] => false,
        _ => return None,
    };
    cx.model.asks_version(&compare.left).then_some((compare, is_new, is_named))
}

/// The edit that makes 14 of the version that a comparison is made with, if that is one below which still lets 13 pass.
fn raised(gate: &ExprCompare, cx: &Context) -> Option<Edit> {
    let [version] = &*gate.comparators else { return None };
    let includes = matches!(&*gate.ops, [CmpOp::GtE | CmpOp::Lt]);
    match version {
        // `> 12` is `>= 13`.
        Expr::NumberLiteral(number) => {
            let most = if includes { 13 } else { 12 };
            (integer(number)? <= most).then(|| Edit::replace(number, (most + 1).to_string()))
        }
        Expr::Tuple(tuple) if includes => {
            let [major, rest @ ..] = &*tuple.elts else { return None };
            let rest = rest.iter().map(|part| Some(integer(part.as_number_literal_expr()?)?.to_string()));
            rest.collect::<Option<Vec<_>>>()?;
            (integer(major.as_number_literal_expr()?)? <= 13).then_some(())?;
            let zeros = ", 0".repeat(tuple.elts.len() - 1);
            let comma = if tuple.elts.len() == 1 { "," } else { "" };
            Some(Edit::replace(tuple, format!("(14{zeros}{comma})")))
        }
        Expr::Call(call) if includes => {
            let name = match cx.origin(&call.func) {
                Origin::Ref(name) => name.last().to_owned(),
                _ => return None,
            };
            let [Expr::StringLiteral(text)] = &*call.arguments.args else { return None };
            let parts: Option<Vec<u64>> = text.value.to_str().split('.').map(|part| part.parse().ok()).collect();
            let parts = parts.filter(|parts| parts.first().is_some_and(|major| *major <= 13))?;
            matches!(&*name, "parse" | "Version" | "parse_version" | "LooseVersion" | "StrictVersion").then_some(())?;
            let zeros = ".0".repeat(parts.len() - 1);
            Some(Edit::replace(text.as_single_part_string()?.content_range(), format!("14{zeros}")))
        }
        _ => None,
    }
}

fn integer(number: &ExprNumberLiteral) -> Option<u64> {
    match &number.value {
        Number::Int(value) => value.as_u64(),
        _ => None,
    }
}
