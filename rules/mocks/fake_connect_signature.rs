//! A function that stands in for `connect()` has to take `additional_headers`.
//!
//! Since websockets 14.0 the code under test passes `additional_headers`. A fake that declares `extra_headers` raises `TypeError`
//! then, or, with `**kwargs`, looks for the headers under a name that nobody uses any more.
//!
//! ```python
//! import websockets
//!
//! def test_dial(monkeypatch):
//!     async def fake_connect(uri, extra_headers=None, **kwargs):
//!         assert extra_headers == {"X-Name": "n"}
//!
//!     monkeypatch.setattr(websockets, "connect", fake_connect)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! def test_dial(monkeypatch):
//!     async def fake_connect(uri, additional_headers=None, **kwargs):
//!         assert additional_headers == {"X-Name": "n"}
//!
//!     monkeypatch.setattr(websockets, "connect", fake_connect)
//! ```
//!
//! Functions, lambdas and the `__init__` of classes are found, as the replacement or the `side_effect` of a mock. The parameter
//! changes with its uses in the body, and so do keys of `**kwargs`. The fix is unsafe, because the code under test has to change
//! too. There is none where the fake is also called directly with the old name or put in another place, where something in it
//! shadows the parameter, and where both sides of 14.0 are supported.
//!
//! ## When there is no fix
//!
//! The function is also called with the old name, or does something with it.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ModModule, Parameters, Stmt};
use ruff_text_size::TextRange;

use crate::fixes::renamed::{self, Renamed};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::mocks::{Fake, Mocks, Passing};
use crate::target::Side;
use crate::text::edit::Applicability::Unsafe;
use crate::text::edit::Edit;

pub const META: Meta = Meta {
    code: "WS702",
    since: "14.0",
    severity: Severity::Error,
    fix: Unsafe,
    triggers: &["extra_headers", "timeout"],
};

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    (cx.target.side.has_modern()).then_some(())?;
    for renamed in renamed::all(cx) {
        if cx.source.text().contains(renamed.old) {
            fakes(cx, &renamed);
        }
    }
    Some(())
}

fn fakes(cx: &mut Context, renamed: &Renamed) {
    let Renamed { old, new, callees, .. } = renamed;
    // What is known about calls is known for one name.
    let mocks = Mocks::new(cx.model);
    let fakes = mocks.fakes();
    let mut seen: Vec<TextRange> = Vec::new();
    for (fake, patch) in &fakes {
        if cx.text(fake.range).contains(new) || seen.contains(&fake.range) {
            continue;
        }
        if !renamed.is_taken_by(cx, &mocks, patch) {
            continue;
        }
        seen.push(fake.range);
        let Some((place, edits)) = rename(fake, old, new) else { continue };
        let is_direct = patch.target.is_one_of(callees);
        let passing = mocks.passing(patch, callees, &[old, new]);
        if is_direct && passing == Passing::Never
            || !renamed.is_same && passing != Passing::Named
            || cx.model.is_version_guarded(place.start())
        {
            continue;
        }
        let elsewhere =
            fakes.iter().any(|(it, patch)| it.range == fake.range && !renamed.is_taken_by(cx, &mocks, patch));
        let is_named = cx.target.side == Side::Modern || renamed.is_everywhere;
        let is_certain = is_named && renamed.is_same && !elsewhere && !is_called(cx, fake, old);
        let function = renamed.function(&patch.target);
        let message = format!("{function} is called with `{new}` since websockets 14.0: this fake takes the old name");
        let finding = cx.report(place, message);
        finding.here(format!("now `{new}`"));
        if let Some(call) = patch.call {
            finding.label(&*call.func, format!("it is put in the place of {function} here"));
        }
        finding.help(format!("Take `{new}`, as {function} does."));
        if let Some(edits) = edits.filter(|_| is_certain) {
            finding.fix(Unsafe, edits);
        }
    }
}

/// Whether the file also calls the fake itself with the old keyword.
fn is_called(cx: &Context, fake: &Fake, old: &str) -> bool {
    cx.model.calls().iter().any(|call| {
        call.arguments.find_keyword(old).is_some()
            && call.func.as_name_expr().is_some_and(|name| Some(name.id.as_str()) == fake.name)
    })
}

/// Where the fake names the old keyword first, and the edits that rename it everywhere; `None` where that would be a guess.
fn rename(fake: &Fake, old: &str, new: &str) -> Option<(TextRange, Option<Vec<Edit>>)> {
    let declared = fake.parameters.args.iter().chain(&fake.parameters.kwonlyargs).map(|it| &it.parameter.name);
    let parameter = declared.into_iter().find(|name| name.as_str() == old);
    let keywords = fake.parameters.kwarg.as_ref().map(|it| it.name.as_str());
    let mut uses = Uses { old, keywords, names: Vec::new(), keys: Vec::new(), is_certain: true };
    fake.body.iter().for_each(|stmt| uses.visit_stmt(stmt));
    fake.value.into_iter().for_each(|value| uses.visit_expr(value));
    let (place, ranges) = match parameter {
        Some(name) => (name.range, [vec![name.range], uses.names].concat()),
        None => (*uses.keys.first()?, uses.keys),
    };
    let edits = ranges.into_iter().map(|range| Edit::replace(range, new)).collect();
    Some((place, uses.is_certain.then_some(edits)))
}

/// The uses of the parameter, and the keys of `**kwargs`.
struct Uses<'a> {
    old: &'a str,
    keywords: Option<&'a str>,
    names: Vec<TextRange>,
    keys: Vec<TextRange>,
    is_certain: bool,
}

impl Uses<'_> {
    fn is_keywords(&self, expr: &Expr) -> bool {
        expr.as_name_expr().is_some_and(|name| Some(name.id.as_str()) == self.keywords)
    }

    fn key(&mut self, expr: &Expr) {
        if let Some(literal) = expr.as_string_literal_expr().filter(|literal| literal.value == *self.old) {
            match literal.as_single_part_string() {
                Some(part) => self.keys.push(part.content_range()),
                None => self.is_certain = false,
            }
        }
    }

    /// A function inside the fake that has a parameter of the name.
    fn nested(&mut self, parameters: &Parameters) {
        self.is_certain &= parameters.iter().all(|parameter| parameter.name().as_str() != self.old);
    }
}

impl<'a> Visitor<'a> for Uses<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.nested(&function.parameters),
            Stmt::Global(outer) => self.is_certain &= outer.names.iter().all(|name| name.as_str() != self.old),
            Stmt::ClassDef(_) => self.is_certain = false,
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.id.as_str() == self.old => self.names.push(name.range),
            Expr::Name(name) if name.id.as_str() == "locals" => self.is_certain = false,
            Expr::Lambda(lambda) => lambda.parameters.iter().for_each(|parameters| self.nested(parameters)),
            Expr::Subscript(item) if self.is_keywords(&item.value) => self.key(&item.slice),
            Expr::Call(call) => {
                if let Expr::Attribute(method) = &*call.func
                    && matches!(method.attr.as_str(), "get" | "pop")
                    && self.is_keywords(&method.value)
                {
                    call.arguments.args.first().into_iter().for_each(|key| self.key(key));
                }
            }
            Expr::Compare(compare) if compare.comparators.iter().any(|side| self.is_keywords(side)) => {
                self.key(&compare.left);
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
