//! Keyword arguments wherever they are written: in the call, or as a key of the dictionary that the call unpacks.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Arguments, Expr, ExprCall, ExprName, ExprStringLiteral, Keyword, Operator};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Model, Name, Origin};
use crate::syntax::scope::{BindingId, Container, Content, ParameterOf, Value};
use crate::text::edit::Edit;

/// Dictionaries built from dictionaries built from ... are followed this far.
const DEPTH: usize = 6;

/// A place where a keyword argument gets its name.
#[derive(Debug, Clone, Copy)]
pub struct Passed<'a> {
    /// How it is written.
    pub spelling: Spelling<'a>,
    /// Whether what is written there reaches nothing but this call and others that are told the same.
    pub only_here: bool,
}

/// How a keyword argument is written.
#[derive(Debug, Clone, Copy)]
pub enum Spelling<'a> {
    /// `f(name=value)`, also in `dict(name=value)`.
    Keyword(&'a Keyword),
    /// `{"name": value}`, `x["name"] = value`
    Key(&'a ExprStringLiteral),
}

impl Passed<'_> {
    /// The name in the text; a key with its quotes.
    pub fn range(&self) -> TextRange {
        match self.spelling {
            Spelling::Keyword(keyword) => keyword.arg.as_ref().map_or(keyword.range, Ranged::range),
            Spelling::Key(key) => key.range,
        }
    }

    /// Puts another name in its place, in the same quotes. `None` for a key of several parts.
    pub fn rename(&self, name: &str) -> Option<Edit> {
        match self.spelling {
            Spelling::Keyword(keyword) => Some(Edit::replace(keyword.arg.as_ref()?, name)),
            Spelling::Key(key) => {
                let literal = key.as_single_part_string()?;
                Some(Edit::replace(literal.content_range(), name))
            }
        }
    }
}

impl<'a> Model<'a> {
    /// Every place that names the keyword argument `name` of `call`.
    pub fn passed(&self, call: &'a ExprCall, name: &str) -> Vec<Passed<'a>> {
        let mut search = Search { model: self, call, name, found: Vec::new(), only_here: true, depth: 0 };
        search.arguments(&call.arguments);
        search.found
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    call: &'a ExprCall,
    name: &'m str,
    found: Vec<Passed<'a>>,
    only_here: bool,
    depth: usize,
}

impl<'a> Search<'_, 'a> {
    fn arguments(&mut self, arguments: &'a Arguments) {
        for keyword in &arguments.keywords {
            match &keyword.arg {
                Some(arg) if arg == self.name => self.push(Spelling::Keyword(keyword)),
                Some(_) => {}
                None => self.dictionary(&keyword.value),
            }
        }
    }

    fn push(&mut self, spelling: Spelling<'a>) {
        let passed = Passed { spelling, only_here: self.only_here };
        if !self.found.iter().any(|other| other.range() == passed.range()) {
            self.found.push(passed);
        }
    }

    fn key(&mut self, key: &'a Expr) {
        if let Expr::StringLiteral(literal) = key
            && literal.value == *self.name
        {
            self.push(Spelling::Key(literal));
        }
    }

    fn dictionary(&mut self, expr: &'a Expr) {
        if self.depth >= DEPTH {
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Dict(dict) => {
                for item in &dict.items {
                    match &item.key {
                        Some(key) => self.key(key),
                        None => self.dictionary(&item.value),
                    }
                }
            }
            Expr::Call(call) if self.model.is_builtin(&call.func, "dict") => {
                call.arguments.args.iter().for_each(|whole| self.dictionary(whole));
                self.arguments(&call.arguments);
            }
            Expr::BinOp(merged) if merged.op == Operator::BitOr => {
                self.dictionary(&merged.left);
                self.dictionary(&merged.right);
            }
            Expr::If(conditional) => {
                self.dictionary(&conditional.body);
                self.dictionary(&conditional.orelse);
            }
            Expr::BoolOp(either) => either.values.iter().for_each(|value| self.dictionary(value)),
            Expr::Name(name) => self.variable(name),
            Expr::Attribute(attribute) => self.attribute(attribute),
            _ => {}
        }
        self.depth -= 1;
    }

    /// `**params`: where `params` is made, and what is added to it.
    fn variable(&mut self, name: &'a ExprName) {
        let scopes = self.model.scopes();
        let Some(bindings) = scopes.reaching(&name.id, name.range.start()) else { return };
        let before = self.only_here;
        self.only_here &= self.stays_here(&bindings) && !self.has_other_names(name, &bindings);
        for id in &bindings {
            match scopes.binding(*id).value {
                Value::Expr(expr) | Value::Annotated(_, Some(expr)) => self.dictionary(expr),
                Value::Parameter(ref of) if of.starred => self.forwarded(of),
                _ => return self.only_here = before,
            }
        }
        for content in scopes.contents(&name.id, name.range.start()) {
            self.content(content);
        }
        for used in self.model.uses_of(&bindings) {
            if let Use::Method(method, call) = used {
                self.growing(method, call);
            }
        }
        self.only_here = before;
    }

    /// Whether the dictionary is also known by another name: `a = b = {}`, or to another module.
    fn has_other_names(&self, name: &ExprName, bindings: &[BindingId]) -> bool {
        let scopes = self.model.scopes();
        bindings.iter().any(|id| {
            let binding = scopes.binding(*id);
            let Value::Expr(held) = binding.value else { return false };
            let shared = scopes.bindings.iter().any(|other| {
                other.range != binding.range && matches!(other.value, Value::Expr(expr) if std::ptr::eq(expr, held))
            });
            let is_global = scopes.block(binding.block).parent.is_none();
            shared || is_global && self.model.is_taken(&name.id)
        })
    }

    /// `def open_ws(url, **kwargs): return connect(url, **kwargs)`: what the callers in this file pass on.
    fn forwarded(&mut self, of: &ParameterOf<'a>) {
        let Some(function) = of.function else { return };
        let parameters = &function.parameters;
        let takes_itself = parameters.iter_non_variadic_params().any(|one| one.parameter.name.as_str() == self.name);
        if takes_itself || parameters.kwarg.as_deref().is_none_or(|kwarg| kwarg.name.id != of.parameter.name.id) {
            return;
        }
        // A constructor is called by the name of its class.
        let called = match of.class {
            Some(class) if function.name.as_str() == "__init__" => self.model.name_of(class),
            _ => self.model.name_of(function),
        };
        let Some(called) = called else { return };
        for call in self.model.keyword_calls().get(&called).into_iter().flatten() {
            if !std::ptr::eq(*call, self.call) {
                self.arguments(&call.arguments);
            }
        }
    }

    fn content(&mut self, content: &Content<'a>) {
        content.key.into_iter().for_each(|key| self.key(key));
        if content.container == Container::Merged {
            self.dictionary(content.element);
        }
    }

    fn growing(&mut self, method: &str, call: &'a ExprCall) {
        match method {
            "update" => {
                call.arguments.args.iter().for_each(|whole| self.dictionary(whole));
                self.arguments(&call.arguments);
            }
            "setdefault" => call.arguments.args.first().into_iter().for_each(|key| self.key(key)),
            _ => {}
        }
    }

    /// `**self.params`: what the methods of the class put into it. Who else reads it is not known.
    fn attribute(&mut self, attribute: &'a ruff_python_ast::ExprAttribute) {
        let (Origin::Instance(class) | Origin::Ref(class)) = self.model.origin(&attribute.value) else { return };
        let before = std::mem::replace(&mut self.only_here, false);
        let name = attribute.attr.as_str();
        for class in self.model.ancestry(&class) {
            let in_body = self.model.scopes().bindings_of(class.scope, name);
            let in_body = in_body.iter().map(|id| &self.model.scopes().binding(*id).value);
            for value in class.attributes.get(name).into_iter().flatten().chain(in_body) {
                if let Value::Expr(expr) | Value::Annotated(_, Some(expr)) = value {
                    self.dictionary(expr);
                }
            }
            let in_body = self.model.scopes().scope(class.scope).contents.get(name);
            for content in class.contents.get(name).into_iter().chain(in_body).flatten() {
                self.content(content);
            }
            for (method, call) in class.changes.get(name).into_iter().flatten() {
                self.growing(method, call);
            }
        }
        self.only_here = before;
    }

    /// Whether the dictionary is only filled, and unpacked into calls of the same function.
    fn stays_here(&self, bindings: &[BindingId]) -> bool {
        let callee = self.model.origin(&self.call.func);
        let other = |key: &Expr| matches!(key, Expr::StringLiteral(literal) if literal.value != *self.name);
        self.model.uses_of(bindings).all(|used| match used {
            Use::Unpacked(call) => std::ptr::eq(*call, self.call) || self.model.origin(&call.func) == callee,
            Use::Method("update" | "setdefault", _) | Use::Written => true,
            Use::Method("get" | "pop", call) => call.arguments.args.first().is_some_and(other),
            Use::Read(key) => other(key),
            Use::Method(..) | Use::Other => false,
        })
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
    /// Anything else.
    Other,
}

/// The uses of the file's dictionaries, by the bindings that reach them.
pub(super) type DictionaryUses<'a> = FxHashMap<BindingId, Vec<Use<'a>>>;

/// The calls of the project's functions and classes that pass keywords.
pub(super) type KeywordCalls<'a> = FxHashMap<Name, Vec<&'a ExprCall>>;

impl<'a> Model<'a> {
    /// Made once: the wrappers of a file would each look at all of its calls.
    fn keyword_calls(&self) -> &KeywordCalls<'a> {
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
        let names = unpacked
            .filter(|keyword| keyword.arg.is_none())
            .filter_map(|keyword| keyword.value.as_name_expr().map(|name| name.id.as_str()))
            .collect();
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
            Expr::Name(name) if name.ctx.is_load() => {
                self.record(expr, Use::Other);
            }
            _ => walk_expr(self, expr),
        }
    }
}
