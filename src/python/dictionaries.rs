//! What is done with the dictionaries of a file that are unpacked into calls.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Model, Name, Origin};
use crate::syntax::scope::{BindingId, Value};

/// Keys that are read from what attributes hold, by the names of the attribute and the key.
pub(super) type AttributeKeys<'a> = FxHashMap<(&'a str, &'a str), Vec<&'a ExprStringLiteral>>;

#[derive(Default)]
struct Reads<'a>(AttributeKeys<'a>);

impl<'a> Reads<'a> {
    fn read(&mut self, object: &'a Expr, key: Option<&'a Expr>) {
        let (Expr::Attribute(object), Some(Expr::StringLiteral(key))) = (object, key) else { return };
        self.0.entry((&object.attr, key.value.to_str())).or_default().push(key);
    }
}

impl<'a> Visitor<'a> for Reads<'a> {
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

/// The uses of a dictionary. The calls that unpack it are apart: of those there may be many.
#[derive(Debug, Default)]
pub(super) struct UseList<'a> {
    unpacked: Vec<&'a ExprCall>,
    others: Vec<Use<'a>>,
}

/// The uses of the file's dictionaries, by the bindings that reach them.
#[derive(Debug, Default)]
pub(super) struct DictionaryUses<'a> {
    by_binding: FxHashMap<BindingId, UseList<'a>>,
    /// What the calls call into which the dictionary of some bindings is unpacked, each said once.
    callees: RefCell<FxHashMap<Vec<BindingId>, Rc<[Origin]>>>,
}

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

    /// Keys that are read from what attributes hold, wherever the file says so.
    pub(super) fn attribute_keys(&self) -> &AttributeKeys<'a> {
        self.lookup.attribute_keys.get_or_init(|| {
            let mut reads = Reads::default();
            reads.visit_body(self.body());
            reads.0
        })
    }

    /// What else is done with a dictionary than unpacking it into a call.
    pub(super) fn uses_of<'m>(&'m self, bindings: &[BindingId]) -> impl Iterator<Item = &'m Use<'a>> + use<'m, 'a> {
        self.all_uses(bindings).into_iter().flat_map(|uses| &uses.others)
    }

    /// The calls into which a dictionary is unpacked.
    pub(super) fn unpacked_into(&self, bindings: &[BindingId]) -> impl Iterator<Item = &'a ExprCall> + use<'a, '_> {
        self.all_uses(bindings).into_iter().flat_map(|uses| uses.unpacked.iter().copied())
    }

    /// What these calls call.
    pub(super) fn callees_of(&self, bindings: &[BindingId]) -> Rc<[Origin]> {
        let known = self.dictionary_uses().callees.borrow().get(bindings).cloned();
        known.unwrap_or_else(|| {
            let mut callees: Vec<Origin> = Vec::new();
            for call in self.unpacked_into(bindings) {
                let callee = self.origin(&call.func);
                if !callees.contains(&callee) {
                    callees.push(callee);
                }
            }
            let callees: Rc<[Origin]> = callees.into();
            if self.is_asked_from_outside() {
                self.dictionary_uses().callees.borrow_mut().insert(bindings.to_owned(), callees.clone());
            }
            callees
        })
    }

    fn all_uses(&self, bindings: &[BindingId]) -> Vec<&UseList<'a>> {
        bindings.iter().filter_map(|id| self.dictionary_uses().by_binding.get(id)).collect()
    }

    fn dictionary_uses(&self) -> &DictionaryUses<'a> {
        self.dictionary_uses.get_or_init(|| self.find_dictionary_uses())
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
        let mut walk = Walk { model: self, names, found: FxHashMap::default() };
        walk.visit_body(self.body());
        DictionaryUses { by_binding: walk.found, callees: RefCell::default() }
    }
}

struct Walk<'m, 'a> {
    model: &'m Model<'a>,
    names: FxHashSet<&'a str>,
    found: FxHashMap<BindingId, UseList<'a>>,
}

impl<'a> Walk<'_, 'a> {
    /// Records the use when `expr` is one of the names; says whether it was.
    fn record(&mut self, expr: &'a Expr, used: Use<'a>) -> bool {
        self.add(expr, |uses| uses.others.push(used))
    }

    fn add(&mut self, expr: &'a Expr, add: impl Fn(&mut UseList<'a>)) -> bool {
        let Some(name) = expr.as_name_expr().filter(|name| self.names.contains(name.id.as_str())) else { return false };
        for id in self.model.scopes().reaching(&name.id, name.range.start()).unwrap_or_default() {
            add(self.found.entry(id).or_default());
        }
        true
    }
}

impl<'a> Visitor<'a> for Walk<'_, 'a> {
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
                    if keyword.arg.is_some() || !self.add(&keyword.value, |uses| uses.unpacked.push(call)) {
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
