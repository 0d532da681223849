//! Keyword arguments wherever they are written: in the call, or as a key of the dictionary that the call unpacks.

use ruff_python_ast::{Arguments, Expr, ExprCall, ExprName, ExprStringLiteral, Keyword, Operator, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashSet;

use super::dictionaries::Use;
use super::{Model, Name, Origin, TYPED_DICT};
use crate::syntax::bind::Function;
use crate::syntax::scope::{BindingId, Container, Content, ParameterOf, Value};
use crate::text::edit::Edit;

/// Dictionaries built from dictionaries built from ... are followed this far.
const DEPTH: usize = 6;

/// A place where a keyword argument gets its name.
#[derive(Debug, Clone)]
pub struct Passed<'a> {
    /// How it is written.
    pub spelling: Spelling<'a>,
    /// Whether what is written there reaches nothing but this call and others that are told the same.
    pub only_here: bool,
    /// Other places that name the key of the same dictionary: what reads it, and what declares it.
    pub along: Vec<Along<'a>>,
    /// Whether code that is not seen names the key too, so that it cannot change here alone.
    pub is_blocked: bool,
}

/// A place that has to change with a key.
#[derive(Debug, Clone, Copy)]
pub enum Along<'a> {
    /// `x["name"]`, `x.pop("name")`, `"name" in x`
    Key(&'a ExprStringLiteral),
    /// A field of a `TypedDict`.
    Field(TextRange),
}

/// How a keyword argument is written.
#[derive(Debug, Clone, Copy)]
pub enum Spelling<'a> {
    /// `f(name=value)`, also in `dict(name=value)`.
    Keyword(&'a Keyword),
    /// `{"name": value}`, `x["name"] = value`
    Key(&'a ExprStringLiteral),
}

impl Ranged for Along<'_> {
    fn range(&self) -> TextRange {
        match self {
            Self::Key(key) => key.range,
            Self::Field(field) => *field,
        }
    }
}

impl Passed<'_> {
    /// The name in the text; a key with its quotes.
    pub fn range(&self) -> TextRange {
        match self.spelling {
            Spelling::Keyword(keyword) => keyword.arg.as_ref().map_or(keyword.range, Ranged::range),
            Spelling::Key(key) => key.range,
        }
    }

    /// Puts another name in its place, and wherever else the key is named, in the same quotes. `None` for a key of several parts,
    /// and where not all of these places are seen.
    pub fn rename(&self, name: &str) -> Option<Vec<Edit>> {
        if self.is_blocked {
            return None;
        }
        let key = |key: &ExprStringLiteral| Some(Edit::replace(key.as_single_part_string()?.content_range(), name));
        let own = match self.spelling {
            Spelling::Keyword(keyword) => Edit::replace(keyword.arg.as_ref()?, name),
            Spelling::Key(own) => key(own)?,
        };
        let along = self.along.iter().map(|along| match along {
            Along::Key(other) => key(other),
            Along::Field(field) => Some(Edit::replace(field, name)),
        });
        std::iter::once(Some(own)).chain(along).collect()
    }
}

impl<'a> Model<'a> {
    /// Every place that names the keyword argument `name` of `call`.
    pub fn passed(&self, call: &'a ExprCall, name: &str) -> Vec<Passed<'a>> {
        self.search(call, name).found
    }

    /// Whether `call` unpacks a dictionary whose keys are not all seen.
    pub fn unpacks_unseen(&self, call: &'a ExprCall) -> bool {
        self.search(call, "").is_unseen
    }

    fn search<'n>(&'n self, call: &'a ExprCall, name: &'n str) -> Search<'n, 'a> {
        let (found, along) = (Vec::new(), Vec::new());
        let mut search = Search {
            model: self,
            call,
            name,
            found,
            seen: FxHashSet::default(),
            only_here: true,
            along,
            is_blocked: false,
            is_unseen: false,
            depth: 0,
        };
        search.arguments(&call.arguments);
        search
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    call: &'a ExprCall,
    name: &'m str,
    found: Vec<Passed<'a>>,
    /// Where these are.
    seen: FxHashSet<TextRange>,
    only_here: bool,
    along: Vec<Along<'a>>,
    is_blocked: bool,
    /// Whether some dictionary has keys that are not seen.
    is_unseen: bool,
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
        let own = match spelling {
            Spelling::Keyword(keyword) => keyword.range,
            Spelling::Key(key) => key.range,
        };
        let mut along = self.along.clone();
        along.retain(|other| !matches!(other, Along::Key(key) if key.range == own));
        let passed = Passed { spelling, only_here: self.only_here, along, is_blocked: self.is_blocked };
        if self.seen.insert(passed.range()) {
            self.found.push(passed);
        }
    }

    fn key(&mut self, key: &'a Expr) {
        match key {
            Expr::StringLiteral(literal) if literal.value == *self.name => self.push(Spelling::Key(literal)),
            Expr::StringLiteral(_) => {}
            _ => self.is_unseen = true,
        }
    }

    fn dictionary(&mut self, expr: &'a Expr) {
        if self.depth >= DEPTH {
            self.is_unseen = true;
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
            Expr::Call(call) => self.returned(call),
            Expr::NoneLiteral(_) => {}
            _ => self.is_unseen = true,
        }
        self.depth -= 1;
    }

    /// `**options()`, `**Options(...)`: what the function returns, or what the `TypedDict` is made of.
    fn returned(&mut self, call: &'a ExprCall) {
        let Origin::Ref(name) = self.model.origin(&call.func) else {
            self.is_unseen = true;
            return;
        };
        if self.model.derives_from(&Origin::Ref(name.clone()), TYPED_DICT) {
            let before = self.declared(&name);
            call.arguments.args.iter().for_each(|whole| self.dictionary(whole));
            self.arguments(&call.arguments);
            self.restore(before);
            return;
        }
        let functions: Vec<&Function<'a>> = name.split_project().map_or_else(Vec::new, |(file, qualname)| {
            let own = self.model.bound.functions.get(qualname).filter(|_| *file == *self.model.file);
            own.into_iter().flatten().collect()
        });
        let [function] = functions[..] else {
            self.is_unseen = true;
            return;
        };
        let is_plain = function.yields.is_empty() && !function.def.is_async;
        if !is_plain || !self.model.keeps_parameters(function) {
            self.is_unseen = true;
            return;
        }
        let before = self.state();
        self.is_blocked |= function.class.is_some() && self.model.may_be_overridden(&name);
        // Who else calls it reads the same keys.
        self.only_here &= self.model.is_named_once(name.last()) && !self.model.is_taken(name.last());
        for whole in &function.returns {
            self.dictionary(whole);
        }
        self.restore(before);
    }

    fn state(&self) -> (bool, bool, usize) {
        (self.only_here, self.is_blocked, self.along.len())
    }

    fn restore(&mut self, (only_here, is_blocked, along): (bool, bool, usize)) {
        self.only_here = only_here;
        self.is_blocked = is_blocked;
        self.along.truncate(along);
    }

    /// The field of the `TypedDict` changes with its keys. Who else has one is not known.
    fn declared(&mut self, class: &Name) -> (bool, bool, usize) {
        let before = self.state();
        self.only_here = false;
        match self.model.class_named(class) {
            Some(class) => {
                let fields = class.def.body.iter().filter_map(|stmt| stmt.as_ann_assign_stmt()?.target.as_name_expr());
                let named = fields.filter(|field| field.id == *self.name);
                self.along.extend(named.map(|field| Along::Field(field.range)));
            }
            None => self.is_blocked = true,
        }
        before
    }

    /// `**params`: where `params` is made, and what is added to it.
    fn variable(&mut self, name: &'a ExprName) {
        let scopes = self.model.scopes();
        let start = name.range.start();
        let Some(bindings) = scopes.reaching(&name.id, start) else {
            self.is_unseen = true;
            return;
        };
        let before = self.state();
        self.only_here &= self.stays_here(&bindings) && !self.has_other_names(name, &bindings);
        let gone = self.taken_out(&bindings, start);
        self.along.extend(self.reads(&bindings));
        for id in &bindings {
            match scopes.binding(*id).value {
                Value::Expr(expr) | Value::Annotated(_, Some(expr)) if gone.is_some_and(|gone| expr.start() < gone) => {
                }
                Value::Expr(expr) => self.dictionary(expr),
                Value::Annotated(annotation, Some(expr)) => {
                    let outer = match self.model.annotated(annotation) {
                        Origin::Instance(class) if self.model.is_derived(&class, TYPED_DICT) => self.declared(&class),
                        _ => self.state(),
                    };
                    self.dictionary(expr);
                    self.restore(outer);
                }
                Value::Parameter(ref of) if of.starred => {
                    if gone.is_none() {
                        self.forwarded(of);
                    }
                }
                _ => {
                    self.is_unseen = true;
                    return self.restore(before);
                }
            }
        }
        let is_there = |at: TextSize| gone.is_none_or(|gone| at > gone);
        for content in scopes.contents(&name.id, start) {
            if content.key.is_none_or(|key| is_there(key.start())) {
                self.content(content);
            }
        }
        for used in self.model.uses_of(&bindings) {
            if let Use::Method(method, call) = used
                && is_there(call.start())
            {
                self.growing(method, call);
            }
        }
        self.restore(before);
    }

    /// Where the key was taken out of the dictionary before `offset`, whatever way led there.
    fn taken_out(&self, bindings: &[BindingId], offset: TextSize) -> Option<TextSize> {
        let scopes = self.model.scopes();
        let block = scopes.block_at(offset);
        let pops = self.model.uses_of(bindings).filter_map(|used| match used {
            Use::Method("pop", call) => {
                call.arguments.args.first().filter(|key| self.is_key(key)).map(|_| call.start())
            }
            _ => None,
        });
        pops.filter(|at| *at < offset && scopes.always_runs_before(scopes.block_at(*at), block)).max()
    }

    fn is_key(&self, key: &Expr) -> bool {
        matches!(key, Expr::StringLiteral(literal) if literal.value == *self.name)
    }

    /// What else names the key of the dictionary.
    fn reads(&self, bindings: &[BindingId]) -> Vec<Along<'a>> {
        let keys = self.model.uses_of(bindings).filter_map(|used| match used {
            Use::Read(key) => Some(*key),
            Use::Method("get" | "pop", call) => call.arguments.args.first(),
            _ => None,
        });
        keys.filter(|key| self.is_key(key)).filter_map(|key| Some(Along::Key(key.as_string_literal_expr()?))).collect()
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
        self.is_unseen |= self.model.is_named_besides(&called);
        let calls = self.model.keyword_calls().get(&called).map(Vec::as_slice).unwrap_or_default();
        // Somebody calls it whom nobody sees.
        self.is_unseen |= calls.is_empty();
        if calls.is_empty() || self.is_read_by_decorator(function) {
            return;
        }
        let before = self.state();
        self.is_blocked |=
            of.class.is_some() && function.name.as_str() != "__init__" && self.model.may_be_overridden(&called);
        for call in calls {
            if !std::ptr::eq(*call, self.call) {
                self.arguments(&call.arguments);
            }
        }
        self.restore(before);
    }

    /// Whether a decorator of the project, or a function inside it, names the keyword: it takes it out, or makes something of it.
    fn is_read_by_decorator(&self, function: &StmtFunctionDef) -> bool {
        let quoted = [format!("\"{}\"", self.name), format!("'{}'", self.name)];
        function.decorator_list.iter().any(|decorator| {
            let Origin::Ref(name) = self.model.decorator(&decorator.expression) else { return false };
            let Some((file, qualname)) = name.split_project() else { return false };
            let names_it = |model: &Model| {
                let functions = model.bound.functions.get(qualname).into_iter().flatten();
                functions.into_iter().any(|function| {
                    let text = model.source.slice(function.def.range());
                    let takes =
                        function.def.body.iter().filter_map(|stmt| stmt.as_function_def_stmt()).any(|inner| {
                            inner.parameters.iter().any(|parameter| parameter.name().as_str() == self.name)
                        });
                    takes || quoted.iter().any(|quoted| text.contains(quoted))
                })
            };
            if *file == *self.model.file {
                names_it(self.model)
            } else {
                self.model.project.ask(file, names_it).unwrap_or_default()
            }
        })
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
        let (Origin::Instance(class) | Origin::Ref(class)) = self.model.origin(&attribute.value) else {
            self.is_unseen = true;
            return;
        };
        let before = self.state();
        self.only_here = false;
        let name = attribute.attr.as_str();
        self.along.extend(self.reads_of_attribute(name));
        for class in self.model.ancestry(&class) {
            let in_body = self.model.scopes().bindings_of(class.scope, name);
            let in_body = in_body.iter().map(|id| &self.model.scopes().binding(*id).value);
            for value in class.attributes.get(name).into_iter().flatten().chain(in_body) {
                match value {
                    Value::Expr(expr) | Value::Annotated(_, Some(expr)) => self.dictionary(expr),
                    Value::Annotated(_, None) => {}
                    _ => self.is_unseen = true,
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
        self.restore(before);
    }

    /// `self.options["name"]`, `client.options.get("name")`, `"name" in self.options`, wherever the file says so.
    fn reads_of_attribute(&self, attribute: &str) -> Vec<Along<'a>> {
        let keys = self.model.attribute_keys().get(&(attribute, self.name));
        keys.into_iter().flatten().map(|key| Along::Key(key)).collect()
    }

    /// Whether the dictionary is only filled, read by keys, and unpacked into calls of the same function.
    fn stays_here(&self, bindings: &[BindingId]) -> bool {
        let callee = self.model.origin(&self.call.func);
        let is_one = self.model.callees_of(bindings).iter().all(|other| *other == callee);
        let is_spelled = |key: &Expr| key.is_string_literal_expr();
        is_one
            && self.model.uses_of(bindings).all(|used| match used {
                Use::Method("update" | "setdefault", _) | Use::Written | Use::Merged => true,
                Use::Method("get" | "pop", call) => call.arguments.args.first().is_some_and(is_spelled),
                Use::Read(key) => is_spelled(key),
                Use::Method(..) | Use::Other => false,
            })
    }
}
