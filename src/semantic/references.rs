//! Where a file names something of a library, and in which role.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    Alias, ExceptHandler, ExceptHandlerExceptHandler, Expr, ExprCall, ExprTuple, Stmt, StmtImportFrom, StmtTry,
};
use rustc_hash::FxHashSet;

use super::Model;
use super::scope::Value;

/// One place where a name is spelled out, imports not counted.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// `Name` or `module.Name`.
    pub expr: &'a Expr,
    /// The role in which it stands there.
    pub role: Role<'a>,
    /// The tuple of classes that it is one of.
    pub tuple: Option<&'a ExprTuple>,
}

/// The role of a class where it is named.
#[derive(Debug, Clone, Copy)]
pub enum Role<'a> {
    /// `except Name`
    Handler(&'a StmtTry, &'a ExceptHandlerExceptHandler),
    /// `isinstance(x, Name)`, `issubclass(x, Name)`, `assertIsInstance(x, Name)`
    Instance(&'a ExprCall),
    /// `pytest.raises(Name)`, `assertRaises(Name)`, `contextlib.suppress(Name)`
    Expected(&'a ExprCall),
    /// A parameter's or variable's annotation, or a return type.
    Annotation,
    /// `Name(...)`
    Construction(&'a ExprCall),
    /// `class X(Name)`
    Base,
    /// Anything else: assigned, passed on, compared.
    Value,
}

/// How a plain name got into the file.
#[derive(Debug, Clone, Copy)]
pub struct Imported<'a> {
    /// The statement.
    pub import: &'a StmtImportFrom,
    /// The name in it.
    pub alias: &'a Alias,
}

impl<'a> Model<'a> {
    /// Every place that names one of `names` (dotted paths that end alike), in the order of the text.
    pub fn references(&self, names: &[&str]) -> Vec<Reference<'a>> {
        let last: FxHashSet<&str> = names.iter().filter_map(|name| name.rsplit('.').next()).collect();
        if !last.iter().any(|name| self.source.text().contains(name)) {
            return Vec::new();
        }
        let local: FxHashSet<&str> = self
            .scopes()
            .bindings
            .iter()
            .filter_map(|binding| match binding.value {
                Value::ImportFrom(_, alias) if last.contains(alias.name.as_str()) => {
                    Some(alias.asname.as_ref().unwrap_or(&alias.name).as_str())
                }
                _ => None,
            })
            .collect();
        let mut search = Search { model: self, names, last, local, role: Role::Value, tuple: None, found: Vec::new() };
        search.visit_body(self.body());
        search.found
    }

    /// The files of the project from which this file takes `name`.
    pub fn takes(&self, name: &str) -> Vec<String> {
        struct Attributes<'m, 'a> {
            model: &'m Model<'a>,
            name: &'m str,
            files: Vec<String>,
        }
        impl<'a> Visitor<'a> for Attributes<'_, 'a> {
            fn visit_expr(&mut self, expr: &'a Expr) {
                if let Expr::Attribute(attribute) = expr
                    && attribute.attr.as_str() == self.name
                    && let super::Origin::Ref(module) = self.model.origin(&attribute.value)
                {
                    self.files.extend(module.split_project().map(|(file, _)| file.to_owned()));
                }
                walk_expr(self, expr);
            }
        }
        let mut attributes = Attributes { model: self, name, files: Vec::new() };
        attributes.visit_body(self.body());
        let imported = self.scopes().bindings.iter().filter_map(|binding| match binding.value {
            Value::ImportFrom(import, alias) if alias.name.as_str() == name => self.module_of(import),
            _ => None,
        });
        attributes.files.into_iter().chain(imported).collect()
    }

    /// Whether `func`, by the looks of it, may be one of the functions called `names`: spelled so, imported so, or assigned. Cheap,
    /// for those who ask about every call of a file.
    pub fn may_be_called(&self, func: &Expr, names: &[&str]) -> bool {
        match func {
            Expr::Attribute(attribute) => names.contains(&attribute.attr.as_str()),
            Expr::Name(name) if names.contains(&name.id.as_str()) => true,
            Expr::Name(name) => {
                let bindings = self.scopes().reaching(&name.id, name.range.start()).unwrap_or_default();
                bindings.into_iter().any(|id| match self.scopes().binding(id).value {
                    Value::ImportFrom(_, alias) => names.contains(&alias.name.as_str()),
                    Value::Expr(_) | Value::Annotated(..) => true,
                    _ => false,
                })
            }
            _ => false,
        }
    }

    /// The import that a plain name comes from, when it is the only thing that the name can be.
    pub fn import_of(&self, expr: &Expr) -> Option<Imported<'a>> {
        let name = expr.as_name_expr()?;
        let bindings = self.scopes().reaching(&name.id, name.range.start())?;
        match bindings.as_slice() {
            [id] => match self.scopes().binding(*id).value {
                Value::ImportFrom(import, alias) => Some(Imported { import, alias }),
                _ => None,
            },
            _ => None,
        }
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    names: &'m [&'m str],
    last: FxHashSet<&'m str>,
    local: FxHashSet<&'a str>,
    role: Role<'a>,
    tuple: Option<&'a ExprTuple>,
    found: Vec<Reference<'a>>,
}

impl<'a> Search<'_, 'a> {
    fn visit_as(&mut self, role: Role<'a>, expr: &'a Expr) {
        let outer = (std::mem::replace(&mut self.role, role), self.tuple.take());
        self.visit_expr(expr);
        (self.role, self.tuple) = outer;
    }

    fn record(&mut self, expr: &'a Expr) {
        if self.model.origin(expr).is_one_of(self.names) {
            self.found.push(Reference { expr, role: self.role, tuple: self.tuple });
        }
    }

    fn visit_call(&mut self, call: &'a ExprCall) {
        let role = match &*call.func {
            Expr::Name(name) if matches!(name.id.as_str(), "isinstance" | "issubclass") => {
                Some((Role::Instance(call), 1))
            }
            Expr::Attribute(method) if matches!(method.attr.as_str(), "assertIsInstance" | "assertNotIsInstance") => {
                Some((Role::Instance(call), 1))
            }
            Expr::Attribute(method) if matches!(method.attr.as_str(), "assertRaises" | "assertRaisesRegex") => {
                Some((Role::Expected(call), 0))
            }
            func if self.model.may_be_called(func, &["raises", "suppress"])
                && self.model.origin(func).is_one_of(&["pytest.raises", "contextlib.suppress"]) =>
            {
                Some((Role::Expected(call), 0))
            }
            _ => None,
        };
        self.visit_as(Role::Construction(call), &call.func);
        for (index, argument) in call.arguments.args.iter().enumerate() {
            match role {
                Some((role, at)) if index == at => self.visit_as(role, argument),
                // `suppress(A, B)` takes any number.
                Some((role @ Role::Expected(_), 0)) => self.visit_as(role, argument),
                _ => self.visit_as(Role::Value, argument),
            }
        }
        for keyword in &call.arguments.keywords {
            self.visit_as(Role::Value, &keyword.value);
        }
    }
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Try(statement) => {
                self.visit_body(&statement.body);
                for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    if let Some(classes) = &handler.type_ {
                        self.visit_as(Role::Handler(statement, handler), classes);
                    }
                    self.visit_body(&handler.body);
                }
                self.visit_body(&statement.orelse);
                self.visit_body(&statement.finalbody);
            }
            Stmt::ClassDef(class) => {
                for base in class.arguments.iter().flat_map(|arguments| &arguments.args) {
                    self.visit_as(Role::Base, base);
                }
                class.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                self.visit_body(&class.body);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        self.visit_as(Role::Annotation, annotation);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx.is_load() && self.local.contains(name.id.as_str()) => self.record(expr),
            Expr::Attribute(attribute) if self.last.contains(attribute.attr.as_str()) => {
                self.record(expr);
                self.visit_as(Role::Value, &attribute.value);
            }
            Expr::Attribute(attribute) => self.visit_as(Role::Value, &attribute.value),
            Expr::Call(call) => self.visit_call(call),
            Expr::Tuple(tuple) => {
                let outer = self.tuple.replace(tuple);
                tuple.elts.iter().for_each(|element| self.visit_expr(element));
                self.tuple = outer;
            }
            // What stands inside anything else has no role of its own, but an annotation goes all the way down.
            _ if matches!(self.role, Role::Annotation) => walk_expr(self, expr),
            _ => {
                let outer = (std::mem::replace(&mut self.role, Role::Value), self.tuple.take());
                walk_expr(self, expr);
                (self.role, self.tuple) = outer;
            }
        }
    }
}
