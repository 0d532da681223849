//! What is done with the dictionaries of a file that are unpacked into calls.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall};
use rustc_hash::{FxHashMap, FxHashSet};

use super::keywords::Along;
use super::{Model, Name, Origin};
use crate::syntax::scope::{BindingId, Value};

/// Reads of one key of what an attribute of that name holds.
pub(super) struct Reads<'n, 'a> {
    /// The attribute.
    pub(super) attribute: &'n str,
    /// The key.
    pub(super) key: &'n str,
    /// The keys in the text.
    pub(super) found: Vec<Along<'a>>,
}

impl<'a> Reads<'_, 'a> {
    fn read(&mut self, object: &Expr, key: Option<&'a Expr>) {
        let Some(Expr::StringLiteral(key)) = key else { return };
        let is_it = object.as_attribute_expr().is_some_and(|object| object.attr.as_str() == self.attribute);
        if is_it && key.value == *self.key {
            self.found.push(Along::Key(key));
        }
    }
}

impl<'a> Visitor<'a> for Reads<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Subscript(item) if !item.ctx.is_store() => self.read(&item.value, Some(&item.slice)),
            Expr::Call(call) => {
                if let Expr::Attribute(method) = &*call.func
                    && matches!(method.attr.as_str(), "get" | "pop")
                {
                    self.read(&method.value, call.arguments.args.first());
                }
            }
            Expr::Compare(compare) => {
                compare.comparators.iter().for_each(|side| self.read(side, Some(&compare.left)));
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

/// What is done with a dictionary that is unpacked into some call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use<'a> {
    /// `f(**x)`
    Unpacked(&'a ExprCall),
    /// `x.method(...)`
    Method(&'a str, &'a ExprCall),
    /// `x[key] = value`
    Written,
    /// `x[key]`, `key in x`
    Read(&'a Expr),
    /// `{**x}`
    Merged,
    /// Anything else.
    Other,
}

/// The uses of the file's dictionaries, by the bindings that reach them.
pub(super) type DictionaryUses<'a> = FxHashMap<BindingId, Vec<Use<'a>>>;

/// The calls of the project's functions and classes that pass keywords.
pub(super) type KeywordCalls<'a> = FxHashMap<Name, Vec<&'a ExprCall>>;

impl<'a> Model<'a> {
    /// Made once: the wrappers of a file would each look at all of its calls.
    pub(super) fn keyword_calls(&self) -> &KeywordCalls<'a> {
        self.keyword_calls.get_or_init(|| {
            let mut found = KeywordCalls::default();
            for call in self.calls().iter().filter(|call| !call.arguments.keywords.is_empty()) {
                if let Origin::Ref(name) = self.origin(&call.func)
                    && name.split_project().is_some()
                {
                    found.entry(name).or_default().push(call);
                }
            }
            found
        })
    }

    pub(super) fn uses_of<'m>(&'m self, bindings: &[BindingId]) -> impl Iterator<Item = &'m Use<'a>> + use<'m, 'a> {
        let all = self.dictionary_uses.get_or_init(|| self.find_dictionary_uses());
        let lists: Vec<&Vec<Use<'a>>> = bindings.iter().filter_map(|id| all.get(id)).collect();
        lists.into_iter().flatten()
    }

    /// One walk for all names that are unpacked somewhere.
    fn find_dictionary_uses(&self) -> DictionaryUses<'a> {
        let unpacked = self.calls().iter().flat_map(|call| &call.arguments.keywords);
        let mut names: FxHashSet<&'a str> = unpacked
            .filter(|keyword| keyword.arg.is_none())
            .filter_map(|keyword| keyword.value.as_name_expr().map(|name| name.id.as_str()))
            .collect();
        // What is kept for a later call.
        names.extend(self.scopes().bindings.iter().filter_map(|binding| match binding.value {
            Value::Parameter(of) if of.starred => Some(of.parameter.name.as_str()),
            _ => None,
        }));
        let mut uses = Uses { model: self, names, found: FxHashMap::default() };
        uses.visit_body(self.body());
        uses.found
    }
}

struct Uses<'m, 'a> {
    model: &'m Model<'a>,
    names: FxHashSet<&'a str>,
    found: DictionaryUses<'a>,
}

impl<'a> Uses<'_, 'a> {
    /// Records the use when `expr` is one of the names; says whether it was.
    fn record(&mut self, expr: &'a Expr, used: Use<'a>) -> bool {
        let Some(name) = expr.as_name_expr().filter(|name| self.names.contains(name.id.as_str())) else { return false };
        for id in self.model.scopes().reaching(&name.id, name.range.start()).unwrap_or_default() {
            self.found.entry(id).or_default().push(used);
        }
        true
    }
}

impl<'a> Visitor<'a> for Uses<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                let known = match &*call.func {
                    Expr::Attribute(method) => self.record(&method.value, Use::Method(&method.attr, call)),
                    _ => false,
                };
                if !known {
                    self.visit_expr(&call.func);
                }
                call.arguments.args.iter().for_each(|argument| self.visit_expr(argument));
                for keyword in &call.arguments.keywords {
                    if keyword.arg.is_some() || !self.record(&keyword.value, Use::Unpacked(call)) {
                        self.visit_expr(&keyword.value);
                    }
                }
            }
            Expr::Subscript(subscript) => {
                let used = if subscript.ctx.is_store() { Use::Written } else { Use::Read(&subscript.slice) };
                if !self.record(&subscript.value, used) {
                    self.visit_expr(&subscript.value);
                }
                self.visit_expr(&subscript.slice);
            }
            Expr::Compare(compare) => {
                self.visit_expr(&compare.left);
                for side in &compare.comparators {
                    if !self.record(side, Use::Read(&compare.left)) {
                        self.visit_expr(side);
                    }
                }
            }
            Expr::Dict(dict) => {
                for item in &dict.items {
                    item.key.iter().for_each(|key| self.visit_expr(key));
                    if item.key.is_some() || !self.record(&item.value, Use::Merged) {
                        self.visit_expr(&item.value);
                    }
                }
            }
            Expr::Name(name) if name.ctx.is_load() => {
                self.record(expr, Use::Other);
            }
            _ => walk_expr(self, expr),
        }
    }
}
