//! Where a file names something of a library, and in which role.

use ruff_python_ast::{
    Alias, ExceptHandlerExceptHandler, Expr, ExprCall, ExprTuple, PatternMatchClass, StmtImportFrom, StmtTry,
};

use super::questions::{Answer, Implementations, Question};
use super::{Model, Origin};
use crate::syntax::places::Site;
use crate::syntax::scope::Value;
use crate::websockets::names;

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
    /// `case Name(...)`
    Pattern(&'a PatternMatchClass),
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
    pub(super) fn find_references(&self, names: &[&str]) -> Vec<Reference<'a>> {
        let mut last: Vec<&str> = names.iter().filter_map(|name| name.rsplit('.').next()).collect();
        last.sort_unstable();
        last.dedup();
        let places = self.places().named(&last).into_iter();
        places
            .filter(|place| self.origin(place.expr).is_one_of(names))
            .map(|place| Reference { expr: place.expr, role: self.role(place.site), tuple: place.tuple })
            .collect()
    }

    fn role(&self, site: Site<'a>) -> Role<'a> {
        let (call, index) = match site {
            Site::Handler(statement, handler) => return Role::Handler(statement, handler),
            Site::Annotation => return Role::Annotation,
            Site::Called(call) => return Role::Construction(call),
            Site::Base => return Role::Base,
            Site::Pattern(class) => return Role::Pattern(class),
            Site::Value => return Role::Value,
            Site::Argument(call, index) => (call, index),
        };
        let expects = || {
            self.may_be_called(&call.func, &["raises", "suppress"])
                && self.origin(&call.func).is_one_of(&["pytest.raises", "contextlib.suppress"])
        };
        match (&*call.func, index) {
            (Expr::Name(name), 1) if matches!(name.id.as_str(), "isinstance" | "issubclass") => Role::Instance(call),
            (Expr::Attribute(method), _) => match (method.attr.as_str(), index) {
                ("assertIsInstance" | "assertNotIsInstance", 1) => Role::Instance(call),
                ("assertRaises" | "assertRaisesRegex", _) => Role::Expected(call),
                // `suppress(A, B)` takes any number.
                _ if expects() => Role::Expected(call),
                _ => Role::Value,
            },
            _ if expects() => Role::Expected(call),
            _ => Role::Value,
        }
    }

    /// The files of the project from which this file takes `name`.
    pub fn takes(&self, name: &str) -> Vec<String> {
        let attributes = self.places().attributes(&[name]).into_iter();
        let attributes = attributes.filter_map(|(attribute, _)| match self.origin(&attribute.value) {
            Origin::Ref(module) => Some(module.split_project()?.0.to_owned()),
            _ => None,
        });
        let imported = self.scopes().bindings.iter().filter_map(|binding| match binding.value {
            Value::ImportFrom(import, alias) if alias.name.as_str() == name => self.module_of(import),
            _ => None,
        });
        attributes.chain(imported).collect()
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

    /// Which implementations of the library the file calls.
    pub fn own_implementations(&self) -> Implementations {
        let text = self.source.text();
        if !["onnect", "erve"].iter().any(|word| text.contains(word)) {
            return Implementations::default();
        }
        let new =
            [names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT, names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE].concat();
        let legacy = [names::LEGACY_CONNECT, names::LEGACY_SERVE].concat();
        Implementations { new: !self.references(&new).is_empty(), legacy: !self.references(&legacy).is_empty() }
    }

    /// Which implementations the file and the project around it call.
    pub fn implementations(&self) -> Implementations {
        let own = self.own_implementations();
        match self.answer(Question::Implementations) {
            Some(Answer::Implementations(around)) => own.or(around),
            _ => own,
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
