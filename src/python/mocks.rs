//! What a mock stands for, and what the code does that it is put under.
//!
//! `patch`, `patch.object`, `mocker.patch` and `monkeypatch.setattr` put something in the place of something else. A target
//! that is spelled in a string is looked up like an import, through the modules of the project.

use std::cell::RefCell;

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral, Parameters, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::references::Role;
use super::{Model, Name, Origin, Step};
use crate::syntax::bind::Function;
use crate::syntax::scope::{BindingId, ParameterOf, Value};

const PATCH: &[&str] = &["unittest.mock.patch", "mock.patch"];
const PATCH_OBJECT: &[&str] = &["unittest.mock.patch.object", "mock.patch.object"];

/// Classes of mocks, and the function that makes one from a class.
pub const CLASSES: &[&str] = &[
    "unittest.mock.AsyncMock",
    "unittest.mock.MagicMock",
    "unittest.mock.Mock",
    "unittest.mock.NonCallableMagicMock",
    "unittest.mock.NonCallableMock",
    "unittest.mock.create_autospec",
    "mock.AsyncMock",
    "mock.MagicMock",
    "mock.Mock",
    "mock.create_autospec",
];

/// What they are called, whatever module they are taken from.
pub const CLASS_NAMES: &[&str] =
    &["AsyncMock", "MagicMock", "Mock", "NonCallableMagicMock", "NonCallableMock", "create_autospec"];

/// The fixtures of pytest-mock.
const MOCKERS: &[&str] = &["mocker", "class_mocker", "module_mocker", "package_mocker", "session_mocker"];

/// Mocks that are names for mocks that are names for ... are followed this far.
const DEPTH: u32 = 8;

/// A file that imports more of its project than this is not told what all of it does.
const MOST_FILES: usize = 24;

/// A call that puts something in the place of something else.
#[derive(Debug, Clone)]
pub struct Patch<'a> {
    /// The call; `None` where it is in a `conftest.py`.
    pub call: Option<&'a ExprCall>,
    /// What is replaced.
    pub target: Origin,
    /// The text that names it.
    pub literal: Option<&'a ExprStringLiteral>,
    /// What is put there, where the call says so.
    pub replacement: Option<&'a Expr>,
    /// The module of the project through which the target is named: the code under test.
    pub module: Option<String>,
    /// How the call works.
    tool: Tool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    /// `patch(...)`: a context manager, a decorator, or something with `start()`.
    Patcher,
    /// `mocker.patch(...)` gives the mock.
    Mocker,
    /// `monkeypatch.setattr(...)` gives nothing.
    Monkeypatch,
}

/// How the code under test calls what is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// It names the keyword, old or new, in every call that names any.
    Named,
    /// It chooses by version, or passes a dictionary on that comes from somewhere else.
    Unclear,
    /// It calls it, and never with that keyword.
    Never,
    /// No call is seen.
    Unseen,
}

/// A function, a lambda or a class of this file that stands in for something.
#[derive(Debug)]
pub struct Fake<'a> {
    /// All of it.
    pub range: TextRange,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// Its parameters; for a class those of `__init__`.
    pub parameters: &'a Parameters,
    /// Its statements.
    pub body: &'a [Stmt],
    /// What a lambda gives.
    pub value: Option<&'a Expr>,
}

/// The mocks of one file.
pub struct Mocks<'m, 'a> {
    pub(super) model: &'m Model<'a>,
    patches: Vec<Patch<'a>>,
    /// The patches that install what a name holds.
    installed: FxHashMap<BindingId, usize>,
    /// What fixtures of `conftest.py` hand out, by their names.
    given: RefCell<FxHashMap<String, Option<Patch<'a>>>>,
    /// By the module under test; whoever asks, asks about the same functions and keywords.
    passing: RefCell<FxHashMap<Option<String>, Passing>>,
}

impl<'m, 'a> Mocks<'m, 'a> {
    /// Finds the patches of a file.
    pub fn new(model: &'m Model<'a>) -> Self {
        let patches: Vec<Patch<'a>> = model.calls().iter().filter_map(|call| model.patch(call)).collect();
        let mut installed = FxHashMap::default();
        for (index, patch) in patches.iter().enumerate() {
            if let Some(Expr::Name(name)) = patch.replacement
                && let Some([id]) = model.scopes().reaching(&name.id, name.start()).as_deref()
            {
                installed.insert(*id, index);
            }
        }
        Self { model, patches, installed, given: RefCell::default(), passing: RefCell::default() }
    }

    /// All patches, in the order of the text.
    pub fn patches(&self) -> &[Patch<'a>] {
        &self.patches
    }

    /// What the mock in `expr` was put in the place of.
    pub fn mocked(&self, expr: &Expr) -> Option<Patch<'a>> {
        self.mock(expr, DEPTH)
    }

    fn mock(&self, expr: &Expr, depth: u32) -> Option<Patch<'a>> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Name(name) => {
                let [id] = self.model.scopes().reaching(&name.id, name.start())?[..] else { return None };
                let installed = self.installed.get(&id).and_then(|index| self.patches.get(*index));
                installed.cloned().or_else(|| self.held(&self.model.scopes().binding(id).value, depth))
            }
            Expr::Attribute(attribute) => self.held(self.attribute(attribute)?, depth),
            _ => None,
        }
    }

    /// What the methods of a class assign to `self.name`, if that is one thing.
    fn attribute(&self, attribute: &ruff_python_ast::ExprAttribute) -> Option<&'m Value<'a>> {
        let Origin::Instance(class) = self.model.origin(&attribute.value) else { return None };
        match self.model.class_named(&class)?.attributes.get(attribute.attr.as_str())?.as_slice() {
            [value] => Some(value),
            _ => None,
        }
    }

    fn held(&self, value: &Value<'a>, depth: u32) -> Option<Patch<'a>> {
        match value {
            Value::Enter(entered) => self.patcher(entered).filter(|patch| patch.tool != Tool::Monkeypatch),
            Value::Expr(Expr::Call(call)) => {
                if let Some(patch) = self.model.patch(call) {
                    return (patch.tool == Tool::Mocker).then_some(patch);
                }
                let method = call.func.as_attribute_expr()?;
                match method.attr.as_str() {
                    "start" => self.patcher(&method.value),
                    "enter_context" | "enterContext" => self.patcher(call.arguments.args.first()?),
                    _ => None,
                }
            }
            Value::Expr(alias) | Value::Annotated(_, Some(alias)) => self.mock(alias, depth),
            Value::Parameter(parameter) => self.injected(parameter).or_else(|| self.fixture(parameter, depth)),
            _ => None,
        }
    }

    /// `patch(...)`, or a name for it.
    fn patcher(&self, expr: &Expr) -> Option<Patch<'a>> {
        let value = match expr {
            Expr::Call(call) => {
                return self.patches.iter().find(|it| it.call.is_some_and(|it| it.range() == call.range())).cloned();
            }
            Expr::Name(name) => self.model.only_value(name)?,
            Expr::Attribute(attribute) => match self.attribute(attribute)? {
                Value::Expr(value) => value,
                _ => return None,
            },
            _ => return None,
        };
        self.model.patch(value.as_call_expr()?).filter(|patch| patch.tool == Tool::Patcher)
    }

    /// The mocks that decorators add to a function's arguments: the nearest decorator's comes first.
    fn injected(&self, of: &ParameterOf<'a>) -> Option<Patch<'a>> {
        let function = of.function?;
        // Those of a class decorate its test methods, outside of their own.
        let of_class = of.class.filter(|_| function.name.starts_with("test")).map(|class| &class.decorator_list);
        let decorators = function.decorator_list.iter().rev().chain(of_class.into_iter().flatten().rev());
        let calls = decorators.filter_map(|decorator| decorator.expression.as_call_expr());
        let mut patches = calls.filter_map(|call| self.model.patch(call)).filter(|patch| patch.replacement.is_none());
        patches.nth(of.index?.checked_sub(usize::from(of.class.is_some()))?)
    }

    /// The mock that a fixture of this file, or of a `conftest.py` up the tree, hands out.
    fn fixture(&self, of: &ParameterOf<'a>, depth: u32) -> Option<Patch<'a>> {
        let name = of.parameter.name.as_str();
        if let Some(fixture) = self.own_fixture(name) {
            return self.handed_out(fixture, depth);
        }
        if let Some(known) = self.given.borrow().get(name) {
            return known.clone();
        }
        let found = self.given_elsewhere(name);
        self.given.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    fn own_fixture(&self, name: &str) -> Option<&'m Function<'a>> {
        self.model.functions().find(|function| self.model.fixture_name(function.def) == Some(name))
    }

    fn handed_out(&self, fixture: &Function<'a>, depth: u32) -> Option<Patch<'a>> {
        match (fixture.yields.as_slice(), fixture.returns.as_slice()) {
            ([given], _) | ([], [given]) => self.mock(given, depth),
            _ => None,
        }
    }

    fn given_elsewhere(&self, name: &str) -> Option<Patch<'a>> {
        let project = self.model.project;
        let (target, module, tool) = project.conftests(&self.model.file).iter().find_map(|file| {
            self.model.rely_on(file);
            let given = project.ask(file, |model| {
                let mocks = Mocks::new(model);
                let patch = mocks.handed_out(mocks.own_fixture(name)?, DEPTH);
                Some(patch.map(|patch| (patch.target, patch.module, patch.tool)))
            });
            given.flatten()
        })??;
        Some(Patch { call: None, target, literal: None, replacement: None, module, tool })
    }

    /// What is put in the place of something: as the replacement, or as the `side_effect` of a mock.
    pub fn fakes(&self) -> Vec<(Fake<'a>, Patch<'a>)> {
        struct Assigned<'a>(Vec<(&'a Expr, &'a Expr)>);
        impl<'a> Visitor<'a> for Assigned<'a> {
            fn visit_stmt(&mut self, stmt: &'a Stmt) {
                if let Stmt::Assign(assign) = stmt
                    && let [Expr::Attribute(target)] = &*assign.targets
                    && target.attr.as_str() == "side_effect"
                {
                    self.0.push((&target.value, &assign.value));
                }
                walk_stmt(self, stmt);
            }
        }
        let side_effect = |call: &'a ExprCall| call.arguments.find_keyword("side_effect").map(|keyword| &keyword.value);
        let mut found = Vec::new();
        for patch in &self.patches {
            let through = match patch.replacement {
                Some(Expr::Call(call)) if self.model.origin(&call.func).is_one_of(CLASSES) => side_effect(call),
                direct => direct,
            };
            let fakes = [through, patch.call.and_then(side_effect)].into_iter().flatten();
            found.extend(fakes.filter_map(|expr| Some((self.fake(expr)?, patch.clone()))));
        }
        let mut assigned = Assigned(Vec::new());
        assigned.visit_body(self.model.body());
        let assigned = assigned.0.into_iter();
        found.extend(assigned.filter_map(|(mock, fake)| Some((self.fake(fake)?, self.mocked(mock)?))));
        found
    }

    fn fake(&self, expr: &'a Expr) -> Option<Fake<'a>> {
        let name = match expr {
            Expr::Lambda(lambda) => {
                let parameters = lambda.parameters.as_deref()?;
                let (range, value) = (lambda.range(), Some(&*lambda.body));
                return Some(Fake { range, name: None, parameters, body: &[], value });
            }
            Expr::Name(name) => name,
            _ => return None,
        };
        let [id] = self.model.scopes().reaching(&name.id, name.start())?[..] else { return None };
        let (range, def) = match self.model.scopes().binding(id).value {
            Value::Function(def) => (def.range(), def),
            Value::Class(class) => {
                let init = class.body.iter().filter_map(Stmt::as_function_def_stmt);
                (class.range(), init.into_iter().find(|method| method.name.as_str() == "__init__")?)
            }
            Value::Expr(lambda @ Expr::Lambda(_)) => return Some(Fake { name: Some(&name.id), ..self.fake(lambda)? }),
            _ => return None,
        };
        Some(Fake { range, name: Some(&name.id), parameters: &def.parameters, body: &def.body, value: None })
    }

    /// How the code under test passes one of `keywords` to `callees`. That code is the module through which the target is
    /// named; where a library is patched itself, it is this file and what it imports of the project.
    pub fn passing(&self, patch: &Patch<'a>, callees: &[&str], keywords: &[&str]) -> Passing {
        if let Some(known) = self.passing.borrow().get(&patch.module) {
            return *known;
        }
        let found = self.under_test(patch, |model| passing(model, callees, keywords));
        let passing = match patch.module {
            Some(_) => found.first().copied().unwrap_or(Passing::Unseen),
            None if found.contains(&Passing::Unclear) => Passing::Unclear,
            None if found.contains(&Passing::Named) => Passing::Named,
            None => Passing::Unseen,
        };
        self.passing.borrow_mut().insert(patch.module.clone(), passing);
        passing
    }

    /// Asks every file of the code under test.
    pub fn under_test<T>(&self, patch: &Patch<'a>, question: impl Fn(&Model) -> T) -> Vec<T> {
        let project = self.model.project;
        match &patch.module {
            Some(file) if **file == *self.model.file => vec![question(self.model)],
            Some(file) => {
                self.model.rely_on(file);
                project.ask(file, question).into_iter().collect()
            }
            None => {
                let own = question(self.model);
                let others = self.imported_files();
                let others = others.iter().take(MOST_FILES).filter_map(|file| {
                    self.model.rely_on(file);
                    project.ask(file, &question)
                });
                std::iter::once(own).chain(others).collect()
            }
        }
    }

    /// The files of the project that this one takes something from.
    fn imported_files(&self) -> Vec<String> {
        let scopes = self.model.scopes();
        let imports = (0u32..).zip(&scopes.bindings).filter_map(|(id, binding)| match binding.value {
            Value::Import(path) => self.model.module(path).into(),
            Value::ImportFrom(..) => Some(self.model.bound(BindingId(id))),
            _ => None,
        });
        let mut seen = FxHashSet::default();
        imports
            .filter_map(|origin| match origin {
                Origin::Ref(name) => name.split_project().map(|(file, _)| file.to_owned()),
                _ => None,
            })
            .filter(|file| **file != *self.model.file && seen.insert(file.clone()))
            .collect()
    }
}

/// How a file passes one of `keywords` to `callees`.
fn passing(model: &Model, callees: &[&str], keywords: &[&str]) -> Passing {
    let (mut called, mut named) = (false, false);
    for call in model.calls() {
        let callee = match model.origin(&call.func) {
            Origin::Partial(inner) => model.resolve((*inner).clone()),
            Origin::Ref(name) if name.as_str() == "functools.partial" => {
                call.arguments.args.first().map(|function| model.origin(function)).unwrap_or_default()
            }
            callee => callee,
        };
        if !callee.is_one_of(callees) {
            continue;
        }
        called = true;
        let places: Vec<_> = keywords.iter().flat_map(|keyword| model.passed(call, keyword)).collect();
        let forwards = call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
        let chooses = |offset| {
            model.is_version_guarded(offset) || keywords.iter().any(|keyword| model.is_retried_with(offset, keyword))
        };
        // What a wrapper is given by callers in other files is not seen.
        let is_unclear = (places.is_empty() && forwards)
            || forwards_parameter(model, call)
            || chooses(call.start())
            || places.iter().any(|place| !place.only_here || chooses(place.range().start()));
        if is_unclear {
            return Passing::Unclear;
        }
        named |= !places.is_empty();
    }
    match (called, named) {
        (_, true) => Passing::Named,
        (true, false) if !model.references(callees).iter().any(|it| matches!(it.role, Role::Value)) => Passing::Never,
        _ => Passing::Unseen,
    }
}

/// Whether the call passes a `**parameter` of the function around on.
fn forwards_parameter(model: &Model, call: &ExprCall) -> bool {
    let scopes = model.scopes();
    let unpacked = call.arguments.keywords.iter().filter(|keyword| keyword.arg.is_none());
    unpacked.filter_map(|keyword| keyword.value.as_name_expr()).any(|name| {
        let bindings = scopes.reaching(&name.id, name.range.start()).unwrap_or_default();
        bindings.into_iter().any(|id| matches!(scopes.binding(id).value, Value::Parameter(of) if of.starred))
    })
}

impl<'a> Model<'a> {
    /// What a call patches, if it patches anything; the target may be unknown.
    pub fn patch(&self, call: &'a ExprCall) -> Option<Patch<'a>> {
        let (tool, is_object) = self.patching(call)?;
        let argument = |name, at| call.arguments.find_argument_value(name, at);
        let first = argument("target", 0)?;
        let literal = first.as_string_literal_expr();
        let ((target, module), replacement_at) = if is_object || (tool == Tool::Monkeypatch && literal.is_none()) {
            let member = argument(if tool == Tool::Monkeypatch { "name" } else { "attribute" }, 1);
            (self.member(first, member.and_then(Expr::as_string_literal_expr)?), 2)
        } else {
            (literal.map_or((Origin::Unknown, None), |path| self.by_path(path.value.to_str())), 1)
        };
        let replacement = argument(if tool == Tool::Monkeypatch { "value" } else { "new" }, replacement_at);
        Some(Patch { call: Some(call), target, literal, replacement, module, tool })
    }

    fn patching(&self, call: &ExprCall) -> Option<(Tool, bool)> {
        let receiver_is = |expr: &Expr, names: &[&str]| {
            expr.as_name_expr().is_some_and(|name| names.contains(&name.id.as_str()) && self.is_parameter(name))
        };
        if let Expr::Attribute(method) = &*call.func {
            match (method.attr.as_str(), &*method.value) {
                ("patch", mocker) if receiver_is(mocker, MOCKERS) => return Some((Tool::Mocker, false)),
                ("object", Expr::Attribute(patch))
                    if patch.attr.as_str() == "patch" && receiver_is(&patch.value, MOCKERS) =>
                {
                    return Some((Tool::Mocker, true));
                }
                ("setattr", fixture) if receiver_is(fixture, &["monkeypatch"]) => {
                    return Some((Tool::Monkeypatch, false));
                }
                ("patch" | "object", _) => {}
                _ => return None,
            }
        } else if !call.func.is_name_expr() {
            return None;
        }
        self.may_be_called(&call.func, &["patch", "object"]).then_some(())?;
        let callee = self.origin(&call.func);
        match callee.library_name()? {
            name if PATCH.contains(&name) => Some((Tool::Patcher, false)),
            name if PATCH_OBJECT.contains(&name) => Some((Tool::Patcher, true)),
            _ => None,
        }
    }

    fn is_parameter(&self, name: &ruff_python_ast::ExprName) -> bool {
        let bindings = self.scopes().reaching(&name.id, name.start()).unwrap_or_default();
        matches!(bindings.as_slice(), [id] if matches!(self.scopes().binding(*id).value, Value::Parameter(_)))
    }

    /// `object, "name"`, and the module of the project that `object` is or is reached through.
    fn member(&self, object: &Expr, name: &ExprStringLiteral) -> (Origin, Option<String>) {
        let target = self.resolve(self.local(object).step(Step::Attribute(name.value.to_str().into())));
        let mut part = object;
        loop {
            if let Origin::Ref(found) = self.origin(part)
                && let Some((file, "")) = found.split_project()
            {
                return (target, Some(file.to_owned()));
            }
            match part {
                Expr::Attribute(attribute) => part = &attribute.value,
                _ => return (target, None),
            }
        }
    }

    /// What a dotted path names: in the longest module of the project that it starts with, else in a library.
    fn by_path(&self, path: &str) -> (Origin, Option<String>) {
        let modules = path.rmatch_indices('.').filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)));
        for (module, rest) in modules {
            if let Some(file) = self.project.module(&self.file, module) {
                let module = Origin::Ref(Name::project(&file, ""));
                let target = rest
                    .split('.')
                    .fold(module, |origin, part| self.resolve(origin.step(Step::Attribute(part.into()))));
                return (target, Some(file));
            }
        }
        (Origin::library(path), None)
    }
}

impl Model<'_> {
    /// Whether the body of `with expr` is meant to fail as a call with a wrong keyword, or a wrong expectation, does.
    pub fn expects_failure(&self, expr: &Expr) -> bool {
        let Expr::Call(call) = expr else { return false };
        let is_expectation = match &*call.func {
            Expr::Attribute(method) if method.attr.starts_with("assertRaises") => true,
            function => self.origin(function).is_one_of(&["pytest.raises"]),
        };
        let failures = &["builtins.TypeError", "builtins.AssertionError"];
        is_expectation
            && call.arguments.args.first().is_some_and(|classes| self.raised(classes).may_be_instance_of(failures))
    }
}
