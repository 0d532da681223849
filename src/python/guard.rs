//! Guards: code that already chooses by version, which must stay as it is.
//!
//! A test that asks which websockets is installed evaluates to an instance of [`VERSION_CHECK`]. So the answer travels like
//! any other value: through constants, helper functions and modules of the project.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{ExceptHandler, ExceptHandlerExceptHandler, Expr, ExprCall, ExprStringLiteral, Stmt, StmtTry};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{Model, Origin};
use crate::syntax::scope::Value;
use crate::text::nested::within;

/// The class, of our own making, of a value that says which websockets is installed.
pub const VERSION_CHECK: &str = "websockets.<version check>";

/// Where the version of the library can be read.
const VERSIONS: &[&str] = &["websockets.__version__", "websockets.version.version", "websockets.version.tag"];

/// What only some versions have.
const IMPLEMENTATIONS: &[&str] =
    &["websockets.asyncio", "websockets.legacy", "websockets.ClientConnection", "websockets.ServerConnection"];

impl<'a> Model<'a> {
    /// Whether the code at `offset` runs on one side of a version check only.
    pub fn is_version_guarded(&self, offset: TextSize) -> bool {
        let mut fallbacks = self.fallbacks().iter().filter(|(_, range)| range.contains(offset));
        if fallbacks.any(|(object, _)| self.is_of_library(object)) {
            return true;
        }
        self.tests_around(offset).any(|test| self.is_version_check(test))
    }

    /// Whether the code at `object` runs only where a test has asked the same object for `attribute`:
    /// `x.response.a if hasattr(x, "response") else x.a`.
    pub fn is_probed_for(&self, object: &Expr, attribute: &str) -> bool {
        let asked = self.probed().get(&(self.source.slice(object.range()), attribute));
        asked.is_some_and(|covered| covered.contains(object.start()))
    }

    /// Whether the function around `object` asks the same object for `attribute`, anywhere.
    pub fn is_probed_beside(&self, object: &Expr, attribute: &str) -> bool {
        let around = self.function_around(object.range());
        let probes = self.probes().get(&(self.source.slice(object.range()), attribute));
        probes.is_some_and(|probes| within(probes, around, |probe| *probe).next().is_some())
    }

    /// Whether a call is one of `hasattr` or `getattr`.
    pub(super) fn is_probe(&self, call: &ExprCall) -> bool {
        ["hasattr", "getattr"].iter().any(|probe| self.is_builtin(&call.func, probe))
    }

    /// Where the code of the file runs on one side of a version check only.
    pub fn guarded(&self) -> Vec<TextRange> {
        let choices = self.bound.choices.iter().filter(|choice| self.is_version_check(choice.test));
        let imports = |statement: &&StmtTry| statement.body.iter().any(imports_implementation);
        let tries = self.bound.tries.iter().copied().filter(imports);
        let tries = tries.filter(|one| self.import_try(one.range.start()).is_some());
        choices.map(|choice| choice.range).chain(tries.map(|one| one.range)).collect()
    }

    /// Asked about every test of a file, by every rule: answered once, and at once where nothing in it can hold such an answer.
    fn is_version_check(&self, test: &Expr) -> bool {
        if let Some(known) = self.version_checks.borrow().get(&test.range()) {
            return *known;
        }
        let is_check = any(test, &mut |part| self.may_ask(part)) && self.has_version_check(test);
        self.version_checks.borrow_mut().insert(test.range(), is_check);
        is_check
    }

    /// Whether `part` of a test can be an answer: anything but what is counted, passed in or spelled out.
    fn may_ask(&self, part: &Expr) -> bool {
        match part {
            Expr::Attribute(_) | Expr::Call(_) => true,
            Expr::Name(name) if self.bound.star_imports.is_empty() => {
                let bindings = self.bound.scopes.reaching(&name.id, name.start()).unwrap_or_default();
                let given = |value: &Value| match value {
                    Value::Parameter(_) | Value::Exception(_) => true,
                    Value::Iterate(_) | Value::Enter(_) => true,
                    Value::Element(whole, _) => matches!(**whole, Value::Iterate(_) | Value::Enter(_)),
                    _ => false,
                };
                !bindings.into_iter().all(|id| given(&self.bound.scopes.binding(id).value))
            }
            Expr::Name(_) => true,
            _ => false,
        }
    }

    fn has_version_check(&self, test: &Expr) -> bool {
        any(test, &mut |expr| match expr {
            Expr::Name(name) if self.is_import_flag(&name.id, name.start()) => true,
            Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_) | Expr::Compare(_) => {
                let origin = self.origin(expr);
                origin.may_be_instance_of(&[VERSION_CHECK]) || origin.is_one_of(VERSIONS)
            }
            _ => false,
        })
    }

    /// Whether something in `expr` depends on the installed version.
    pub fn asks_version(&self, expr: &Expr) -> bool {
        any(expr, &mut |part| match part {
            Expr::Attribute(attribute) if attribute.attr.contains("version") => self.local(part).is_one_of(VERSIONS),
            Expr::Call(call) => {
                let callee = self.local(&call.func);
                self.asks_version_itself(call, &callee)
            }
            Expr::Name(name) => {
                self.bound.scopes.reaching(&name.id, name.range.start()).is_some_and(|bindings| {
                    let held = Origin::any(bindings.into_iter().map(|id| self.bound_value(id)));
                    held.is_one_of(VERSIONS) || held.may_be_instance_of(&[VERSION_CHECK])
                }) || self.assigned_asks_version(&name.id, name.range.start())
                    || self.is_import_flag(&name.id, name.range.start())
            }
            _ => false,
        })
    }

    /// `VERSION = tuple(map(int, websockets.__version__.split(".")))`, then a test of `VERSION`.
    fn assigned_asks_version(&self, name: &str, offset: TextSize) -> bool {
        let Some(assigned) = self.assigned(name, offset) else { return false };
        let mut asks = false;
        self.deeper(|| {
            asks = assigned.into_iter().any(|expr| expr.range().end() <= offset && self.asks_version(expr));
            Origin::Unknown
        });
        asks
    }

    /// `try: import websockets.asyncio; NEW = True` / `except ImportError: NEW = False`: a constant that says whether the
    /// new implementation is there. Whether the library is there at all says nothing.
    fn is_import_flag(&self, name: &str, offset: TextSize) -> bool {
        let Some(assigned) = self.assigned(name, offset) else { return false };
        let constant = |expr: &&Expr| expr.is_literal_expr();
        assigned.len() > 1
            && assigned.iter().all(constant)
            && assigned.iter().any(|expr| {
                self.import_try(expr.start()).is_some_and(|statement| statement.body.iter().any(imports_implementation))
            })
    }

    /// Calls that ask: `hasattr(websockets, ...)`, `inspect.signature(websockets.connect)`, `version("websockets")`.
    pub(super) fn asks_version_itself(&self, call: &ExprCall, callee: &Origin) -> bool {
        let Some(name) = callee.library_name() else { return false };
        let Some(first) = call.arguments.args.first() else { return false };
        match name {
            "builtins.hasattr" | "inspect.signature" | "inspect.getfullargspec" | "builtins.issubclass" => self
                .local(first)
                .library_name()
                .is_some_and(|name| name == "websockets" || name.starts_with("websockets.")),
            // Whether the library is there at all says nothing about its version.
            "importlib.util.find_spec" => {
                first.as_string_literal_expr().is_some_and(|string| string.value.to_str().starts_with("websockets."))
            }
            "importlib.metadata.version" | "importlib_metadata.version" | "pkg_resources.get_distribution" => first
                .as_string_literal_expr()
                .is_some_and(|string| string.value.to_str().split('.').next() == Some("websockets")),
            _ => false,
        }
    }

    /// Whether the call at `offset`, which passes `keyword`, is one of two tries: the other part of the `try` statement
    /// passes `other` instead, and `TypeError` leads from one to the other.
    pub fn is_retried_with(&self, offset: TextSize, other: &str) -> bool {
        self.tries_around(offset).into_iter().any(|statement| {
            let handlers: Vec<_> =
                statement.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler).collect();
            let catches = handlers.iter().any(|handler| {
                handler.type_.as_deref().is_none_or(|classes| {
                    self.raised(classes).may_be_instance_of(&["builtins.TypeError", "builtins.Exception"])
                })
            });
            let in_body = span(&statement.body).contains(offset);
            let opposite =
                |body: &[Stmt]| body.iter().any(|stmt| passes_keyword(stmt, other) || self.calls_passer(stmt, other));
            catches
                && if in_body {
                    handlers.iter().any(|handler| opposite(&handler.body))
                } else {
                    opposite(&statement.body)
                }
        })
    }

    /// Whether `stmt` calls a function of this file that passes `keyword`.
    fn calls_passer(&self, stmt: &Stmt, keyword: &str) -> bool {
        self.calls_in(stmt.range())
            .filter_map(|call| match self.origin(&call.func) {
                Origin::Ref(name) => {
                    name.split_project().map(|(file, qualname)| (file.to_owned(), qualname.to_owned()))
                }
                _ => None,
            })
            .filter(|(file, _)| **file == *self.file)
            .filter_map(|(_, qualname)| self.bound.functions.get(&qualname))
            .flatten()
            .any(|function| function.def.body.iter().any(|stmt| passes_keyword(stmt, keyword)))
    }

    /// What stands in for something that an object may not have, and that object: `getattr(websockets, "New", None) or old`.
    fn fallbacks(&self) -> &[(&'a Expr, TextRange)] {
        self.fallbacks.get_or_init(|| {
            let mut visitor = Fallbacks(Vec::new());
            if self.source.text().contains("getattr") {
                visitor.visit_body(self.body);
            }
            visitor.0
        })
    }

    fn is_of_library(&self, object: &Expr) -> bool {
        let origin = self.origin(object);
        origin.library_name().is_some_and(|name| name == "websockets" || name.starts_with("websockets."))
    }

    /// Whether the code at `offset` is one of two ways, and an import or an attribute that some versions do not have leads from one
    /// to the other. A handler that only says that the library is missing is no second way.
    pub fn is_chosen(&self, offset: TextSize) -> bool {
        self.tries_around(offset).into_iter().any(|statement| self.chooses(statement, offset))
    }

    /// Whether the code at `offset` is the first way of an import that has a second one.
    pub fn is_tried_first(&self, offset: TextSize) -> bool {
        let mut around = self.tries_around(offset).into_iter();
        around.any(|statement| span(&statement.body).contains(offset) && self.chooses(statement, offset))
    }

    fn chooses(&self, statement: &StmtTry, offset: TextSize) -> bool {
        let is_first = span(&statement.body).contains(offset) || span(&statement.orelse).contains(offset);
        let after = statement.handlers.partition_point(|handler| handler.start() <= offset);
        let ways = match (is_first, after.checked_sub(1)) {
            (true, _) => &statement.handlers[..],
            (false, Some(at)) => &statement.handlers[at..=at],
            (false, None) => return false,
        };
        let is_way = |handler: &ExceptHandlerExceptHandler| is_first || span(&handler.body).contains(offset);
        let key = (statement.start(), ways.first().filter(|_| !is_first).map(Ranged::start));
        let known = self.lookup.chosen.borrow().get(&key).copied();
        let is_way_of = ways.iter().any(|ExceptHandler::ExceptHandler(handler)| is_way(handler));
        if let Some(known) = known {
            return known && is_way_of;
        }
        let leads = self.leads(statement, ways);
        if self.is_asked_from_outside() {
            self.lookup.chosen.borrow_mut().insert(key, leads);
        }
        leads && is_way_of
    }

    /// Whether an import or an attribute that is missing leads from the body to one of its `handlers`, as to another way.
    fn leads(&self, statement: &StmtTry, handlers: &[ExceptHandler]) -> bool {
        handlers.iter().any(|ExceptHandler::ExceptHandler(handler)| {
            let Some(classes) = handler.type_.as_deref() else { return false };
            let caught = self.raised(classes);
            let import = ["builtins.ImportError", "builtins.ModuleNotFoundError"];
            caught.may_be_instance_of(&import) && exchanges(&statement.body, &handler.body)
                || caught.may_be_instance_of(&["builtins.AttributeError"]) && is_short(&statement.body)
        })
    }

    /// The `try` around `offset` that goes on where an import fails, or an attribute is missing.
    pub fn import_try(&self, offset: TextSize) -> Option<&StmtTry> {
        self.tries_around(offset).into_iter().find(|statement| self.survives_import(statement))
    }

    fn survives_import(&self, statement: &StmtTry) -> bool {
        if let Some(known) = self.lookup.import_tries.borrow().get(&statement.start()) {
            return *known;
        }
        let missing = ["builtins.ImportError", "builtins.ModuleNotFoundError", "builtins.AttributeError"];
        let survives = statement.handlers.iter().any(|ExceptHandler::ExceptHandler(handler)| {
            handler.type_.as_deref().is_some_and(|classes| self.raised(classes).may_be_instance_of(&missing))
        });
        if self.is_asked_from_outside() {
            self.lookup.import_tries.borrow_mut().insert(statement.start(), survives);
        }
        survives
    }
}

/// From the first statement to the last.
fn span(body: &[Stmt]) -> TextRange {
    match (body.first(), body.last()) {
        (Some(first), Some(last)) => TextRange::new(first.start(), last.end()),
        _ => TextRange::default(),
    }
}

/// Whether a statement imports from one of the two implementations, or a name that only one of them has.
fn imports_implementation(stmt: &Stmt) -> bool {
    let is_part = |module: &str| {
        IMPLEMENTATIONS
            .iter()
            .any(|part| module.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| is_part(&alias.name)),
        Stmt::ImportFrom(import) if import.level == 0 => {
            let module = import.module.as_deref().unwrap_or_default();
            is_part(module) || import.names.iter().any(|alias| is_part(&format!("{module}.{}", alias.name)))
        }
        _ => false,
    }
}

/// Whether `first` imports, and `second` gives the same names, or names the library too.
fn exchanges(first: &[Stmt], second: &[Stmt]) -> bool {
    let given = given(first);
    let imports = first.iter().any(|stmt| matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_)));
    imports && (given_instead(second).iter().any(|name| given.contains(name)) || names_library(second))
}

/// Whether the statements only try one thing, so that the handler knows what failed.
fn is_short(body: &[Stmt]) -> bool {
    let is_simple = |stmt: &Stmt| {
        matches!(
            stmt,
            Stmt::Assign(_)
                | Stmt::AnnAssign(_)
                | Stmt::AugAssign(_)
                | Stmt::Assert(_)
                | Stmt::Expr(_)
                | Stmt::If(_)
                | Stmt::Import(_)
                | Stmt::ImportFrom(_)
                | Stmt::Raise(_)
                | Stmt::Return(_)
        )
    };
    body.len() <= 3 && body.iter().all(is_simple)
}

/// The names that statements bind, those of their functions and classes left out.
fn given(body: &[Stmt]) -> Vec<&str> {
    let mut names = Vec::new();
    for stmt in body {
        match stmt {
            Stmt::Import(import) => names.extend(import.names.iter().map(|alias| match &alias.asname {
                Some(name) => name.as_str(),
                None => alias.name.split('.').next().unwrap_or_default(),
            })),
            Stmt::ImportFrom(import) => {
                names.extend(import.names.iter().map(|alias| alias.asname.as_ref().unwrap_or(&alias.name).as_str()));
            }
            Stmt::FunctionDef(def) => names.push(&def.name),
            Stmt::ClassDef(def) => names.push(&def.name),
            Stmt::Assign(assign) => {
                names.extend(assign.targets.iter().filter_map(|target| Some(target.as_name_expr()?.id.as_str())));
            }
            Stmt::If(choice) => names.extend(given(&choice.body)),
            _ => {}
        }
    }
    names
}

/// The names that a handler binds to something else than a sign that the library is missing.
fn given_instead(body: &[Stmt]) -> Vec<&str> {
    let is_sign = |stmt: &&Stmt| matches!(stmt, Stmt::Assign(assign) if assign.value.is_literal_expr());
    body.iter().filter(|stmt| !is_sign(stmt)).flat_map(|stmt| given(std::slice::from_ref(stmt))).collect()
}

/// Whether code imports from the library, or names it.
fn names_library(body: &[Stmt]) -> bool {
    struct Names(bool);
    impl<'a> Visitor<'a> for Names {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            let is_library = |module: &str| module.split('.').next() == Some("websockets");
            self.0 |= match stmt {
                Stmt::Import(import) => import.names.iter().any(|alias| is_library(&alias.name)),
                Stmt::ImportFrom(import) => import.level == 0 && import.module.as_deref().is_some_and(is_library),
                _ => false,
            };
            walk_stmt(self, stmt);
        }

        fn visit_expr(&mut self, expr: &'a Expr) {
            self.0 |= expr.as_name_expr().is_some_and(|name| name.id == "websockets");
            walk_expr(self, expr);
        }
    }
    let mut names = Names(false);
    names.visit_body(body);
    names.0
}

struct Fallbacks<'a>(Vec<(&'a Expr, TextRange)>);

/// `getattr(object, "name", ...)`: the object, and the default.
fn asked(expr: &Expr) -> Option<(&Expr, Option<&Expr>)> {
    let call = expr.as_call_expr()?;
    call.func.as_name_expr().filter(|name| name.id == "getattr")?;
    match &*call.arguments.args {
        [object, Expr::StringLiteral(_), rest @ ..] => Some((object, rest.first())),
        _ => None,
    }
}

impl<'a> Visitor<'a> for Fallbacks<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::BoolOp(either) = expr {
            let first = either.values.iter().enumerate().find_map(|(at, value)| Some((at, asked(value)?.0)));
            if let Some((at, object)) = first {
                self.0.extend(either.values.iter().skip(at + 1).map(|value| (object, value.range())));
            }
        }
        if let Some((object, Some(default))) = asked(expr) {
            self.0.push((object, default.range()));
        }
        walk_expr(self, expr);
    }
}

/// `f(object, "attribute", ...)`
pub(super) fn probe(call: &ExprCall) -> Option<(&Expr, &ExprStringLiteral)> {
    match &*call.arguments.args {
        [object, Expr::StringLiteral(attribute), ..] => Some((object, attribute)),
        _ => None,
    }
}

/// Whether `expr` or something in it satisfies `test`.
pub(super) fn any<'e>(expr: &'e Expr, test: &mut dyn FnMut(&'e Expr) -> bool) -> bool {
    struct Any<'t, 'e> {
        test: &'t mut dyn FnMut(&'e Expr) -> bool,
        found: bool,
    }
    impl<'e> Visitor<'e> for Any<'_, 'e> {
        fn visit_expr(&mut self, expr: &'e Expr) {
            self.found = self.found || (self.test)(expr);
            if !self.found {
                walk_expr(self, expr);
            }
        }
    }
    let mut visitor = Any { test, found: false };
    visitor.visit_expr(expr);
    visitor.found
}

/// Whether a call somewhere in `stmt` passes `keyword`, by name or as a key.
fn passes_keyword(stmt: &Stmt, keyword: &str) -> bool {
    struct Passes<'k> {
        keyword: &'k str,
        found: bool,
    }
    impl<'a> Visitor<'a> for Passes<'_> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            self.found |= match expr {
                Expr::Call(call) => call.arguments.find_keyword(self.keyword).is_some(),
                Expr::StringLiteral(string) => string.value == *self.keyword,
                _ => false,
            };
            walk_expr(self, expr);
        }
    }
    let mut visitor = Passes { keyword, found: false };
    visitor.visit_stmt(stmt);
    visitor.found
}
