//! Where a function is named, besides the places that hand it to a server: who calls it himself counts on its parameters.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprName, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Model, Name, Origin};
use crate::syntax::scope::Value;

/// Functions that take the name of an attribute.
const BY_NAME: &[&str] = &["getattr", "setattr", "hasattr", "object", "methodcaller", "attrgetter"];

/// The names of a file, each with the places that read it, or that spell it in a string.
#[derive(Default)]
pub(super) struct Mentions<'a> {
    places: FxHashMap<&'a str, Vec<&'a Expr>>,
    spelled: FxHashSet<&'a str>,
    /// What servers are handed directly, and where.
    handed: FxHashMap<(String, String), Vec<TextRange>>,
}

impl<'a> Model<'a> {
    /// Whether anything in the project names `function`, a function of this file, but does not hand it to a server.
    pub fn is_used_besides(&self, function: &Name) -> bool {
        self.names_besides(function) || self.project.is_named_besides(&self.file, function)
    }

    /// Whether another file of the project has a method of the same name in a class that is derived from something.
    pub fn is_overridden(&self, method: &Name) -> bool {
        self.project.is_overridden(&self.file, method)
    }

    /// Whether a method of the project may stand in the place of `method`: one of the same name in another class of this file, or in
    /// a derived class of another one.
    pub fn may_be_overridden(&self, method: &Name) -> bool {
        let others = self.functions().filter(|it| it.class.is_some() && it.def.name.as_str() == method.last()).count();
        others > 1 || self.is_overridden(method)
    }

    /// Whether the text of the file has the word `name` twice at most: where it is defined, and where it is used.
    pub fn is_named_once(&self, name: &str) -> bool {
        let text = self.source.text();
        let is_part = |character: Option<char>| character.is_some_and(|it| it.is_alphanumeric() || it == '_');
        let words = text.match_indices(name).filter(|(at, _)| {
            let before = text.get(..*at).and_then(|before| before.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
            !is_part(before) && !is_part(after)
        });
        words.count() <= 2
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
        let mentions = self.mentions.get_or_init(|| self.find_mentions());
        let handed = mentions.handed.get(&(file.to_owned(), qualname.to_owned()));
        let is_handed = |expr: &Expr| handed.is_some_and(|places| places.contains(&expr.range()));
        let mut places = mentions.places.get(ident).into_iter().flatten().filter(|expr| !is_handed(expr));
        mentions.spelled.contains(ident) || places.any(|expr| self.is_mention(expr, function, qualname.contains('.')))
    }

    fn find_mentions(&self) -> Mentions<'a> {
        let mut mentions = Mentions::default();
        mentions.visit_body(self.body);
        for one in self.handed_to_servers().into_iter().filter(|one| !one.passed_on) {
            mentions.handed.entry((one.file, one.qualname)).or_default().push(one.at);
        }
        mentions
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

impl<'a> Visitor<'a> for Mentions<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx.is_load() => self.places.entry(&name.id).or_default().push(expr),
            Expr::Attribute(attribute) => self.places.entry(&attribute.attr).or_default().push(expr),
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
