//! Where a function is named, besides the places that hand it to a server: who calls it himself counts on its parameters.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{ExceptHandler, Expr, ExprName, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::questions::{Answer, Question};
use super::{Model, Name, Origin};
use crate::syntax::scope::Value;

/// Functions that take the name of an attribute.
const BY_NAME: &[&str] = &["getattr", "setattr", "hasattr", "object", "methodcaller", "attrgetter"];

/// The names of a file, each with the places that read it, or that spell it in a string.
#[derive(Debug, Default)]
pub(super) struct Mentions<'a> {
    places: FxHashMap<&'a str, Vec<&'a Expr>>,
    spelled: FxHashSet<&'a str>,
    /// Names that are read only to get at an attribute: `Hub.LIMIT`.
    owners: FxHashSet<TextRange>,
}

/// What servers are handed directly, and where.
pub(super) type HandedPlaces = FxHashMap<Name, Vec<TextRange>>;

impl<'a> Model<'a> {
    /// Whether anything in the project names `function`, a function of this file, but does not hand it to a server.
    pub fn is_used_besides(&self, function: &Name) -> bool {
        self.names_besides(function) || self.is_named_besides(function)
    }

    /// Whether another file of the project names `function` but does not hand it to a server.
    pub fn is_named_besides(&self, function: &Name) -> bool {
        self.is_so(Question::NamedBesides(function.clone()))
    }

    /// Whether another file of the project has a method of the same name in a class that is derived from something.
    pub fn is_overridden(&self, method: &Name) -> bool {
        self.is_so(Question::Overridden(method.clone()))
    }

    /// Whether the project says so; where it is not known, it may be.
    fn is_so(&self, question: Question) -> bool {
        !matches!(self.answer(question), Some(Answer::Is(false)))
    }

    /// Whether a method of the project may stand in the place of `method`: one of the same name in another class of this file, or in
    /// a derived class of another one.
    pub fn may_be_overridden(&self, method: &Name) -> bool {
        let others = self.functions().filter(|it| it.class.is_some() && it.def.name.as_str() == method.last()).count();
        others > 1 || self.is_overridden(method)
    }

    /// Whether the text of the file has the word `name` twice at most: where it is defined, and where it is used.
    pub fn is_named_once(&self, name: &str) -> bool {
        self.times_spelled(name) <= 2
    }

    /// Whether this file has a method of that name in a class that is derived from something.
    pub fn overrides(&self, name: &str) -> bool {
        let derived = |class: &StmtClassDef| class.arguments.as_ref().is_some_and(|it| !it.args.is_empty());
        self.functions().any(|function| function.def.name.as_str() == name && function.class.is_some_and(derived))
    }

    /// Whether this file names `function` in any other place than those that hand it to a server.
    pub fn names_besides(&self, function: &Name) -> bool {
        let ident = function.last();
        let Some((file, qualname)) = function.split_project() else { return false };
        if !self.source.text().contains(ident) {
            return false;
        }
        let mentions = self.all_mentions();
        let handed = self.handed_places.get_or_init(|| self.find_handed_places());
        let handed = handed.get(&Name::project(file, qualname));
        let is_handed = |expr: &Expr| handed.is_some_and(|places| places.contains(&expr.range()));
        let mut places = mentions.places.get(ident).into_iter().flatten().filter(|expr| !is_handed(expr));
        mentions.spelled.contains(ident) || places.any(|expr| self.is_mention(expr, function, qualname.contains('.')))
    }

    fn find_mentions(&self) -> Mentions<'a> {
        let mut mentions = Mentions::default();
        mentions.visit_body(self.body);
        mentions
    }

    fn find_handed_places(&self) -> HandedPlaces {
        let mut places = HandedPlaces::default();
        for one in self.handed_to_servers().into_iter().filter(|one| !one.passed_on) {
            places.entry(Name::project(&one.file, &one.qualname)).or_default().push(one.at);
        }
        places
    }

    fn is_mention(&self, expr: &Expr, function: &Name, is_method: bool) -> bool {
        match expr {
            Expr::Name(name) => self.is_name_of(name, function),
            _ => match self.origin(expr) {
                Origin::Unknown => is_method,
                origin => origin == Origin::Ref(function.clone()),
            },
        }
    }

    fn is_name_of(&self, name: &ExprName, function: &Name) -> bool {
        let scopes = self.scopes();
        // From `import *`, if from anywhere.
        let Some(bindings) = scopes.reaching(&name.id, name.range.start()) else {
            return !self.bound.star_imports.is_empty();
        };
        bindings.into_iter().any(|id| match scopes.binding(id).value {
            Value::Function(def) => self.name_of(def).as_ref() == Some(function),
            Value::ImportFrom(import, _) => {
                let file = self.module_of(import);
                file.is_some_and(|file| Some(&*file) == function.split_project().map(|(file, _)| file))
                    || self.bound(id) == Origin::Ref(function.clone())
            }
            _ => false,
        })
    }
}

impl<'a> Model<'a> {
    fn all_mentions(&self) -> &Mentions<'a> {
        self.mentions.get_or_init(|| self.find_mentions())
    }

    /// The places that read something that is called so where it is defined. Annotations, `isinstance` and `except` only look at
    /// a class, and are left out.
    pub(super) fn mentions_of(&self, ident: &str) -> Vec<&'a Expr> {
        let mentions = self.all_mentions();
        let renamed = self.scopes().bindings.iter().filter_map(|binding| match binding.value {
            Value::ImportFrom(_, alias) if alias.name.as_str() == ident => alias.asname.as_ref(),
            _ => None,
        });
        let names = std::iter::once(ident).chain(renamed.map(ruff_python_ast::Identifier::as_str));
        names.flat_map(|name| mentions.places.get(name).into_iter().flatten().copied()).collect()
    }

    /// Whether a string names something that is called so, for `getattr` or `patch`.
    pub(super) fn is_spelled(&self, ident: &str) -> bool {
        self.all_mentions().spelled.contains(ident)
    }

    /// Whether a name is read only to get at an attribute.
    pub(super) fn is_owner(&self, place: &Expr) -> bool {
        self.all_mentions().owners.contains(&place.range())
    }
}

impl<'a> Visitor<'a> for Mentions<'a> {
    fn visit_annotation(&mut self, _annotation: &'a Expr) {}

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(handler) = handler;
        self.visit_body(&handler.body);
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            // A class that has its own `__init__` is called in its own name.
            Stmt::ClassDef(class) if class.body.iter().any(is_init) => {
                class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_body(&class.body);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call)
                if call.func.as_name_expr().is_some_and(|it| matches!(it.id.as_str(), "isinstance" | "issubclass")) =>
            {
                call.arguments.args.iter().take(1).for_each(|first| self.visit_expr(first));
                return;
            }
            Expr::Name(name) if name.ctx.is_load() => self.places.entry(&name.id).or_default().push(expr),
            Expr::Attribute(attribute) => {
                self.owners.insert(attribute.value.range());
                self.places.entry(&attribute.attr).or_default().push(expr);
            }
            // `getattr(hub, "chat")`, `patch.object(hub, "chat")`
            Expr::Call(call) => {
                let name = match &*call.func {
                    Expr::Name(name) => name.id.as_str(),
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    _ => "",
                };
                if BY_NAME.contains(&name) {
                    let texts = call.arguments.args.iter().filter_map(Expr::as_string_literal_expr);
                    self.spelled.extend(texts.map(|text| text.value.to_str()));
                }
            }
            // `patch("app.server.chat")`
            Expr::StringLiteral(text) => {
                self.spelled.extend(text.value.to_str().rsplit_once('.').map(|(_, last)| last));
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

fn is_init(stmt: &Stmt) -> bool {
    stmt.as_function_def_stmt().is_some_and(|method| method.name.as_str() == "__init__")
}
