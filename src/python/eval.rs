//! Expressions, annotations and bindings to origins, within one file.

use std::sync::Arc;

use ruff_python_ast::{Expr, ExprCall, ExprSubscript, Number, Operator, StmtImportFrom};
use ruff_text_size::{Ranged, TextSize};

use super::{Memo, Model, Name, Origin, Step, guard, stdlib};
use crate::syntax::scope::{BindingId, Container, Content, ParameterOf, ScopeKind, Value};

impl Model<'_> {
    /// What `expr` is, with steps through the project's own definitions left pending.
    pub(super) fn local(&self, expr: &Expr) -> Origin {
        self.deeper(|| match expr {
            Expr::Name(name) => self.name(&name.id, name.range.start()),
            Expr::Attribute(attribute) => {
                self.local(&attribute.value).step(Step::Attribute(attribute.attr.as_str().into()))
            }
            Expr::Call(call) => self.call(call),
            Expr::Await(inner) => self.local(&inner.value).step(Step::Await),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::Named(named) => self.local(&named.value),
            Expr::If(conditional) => self.local(&conditional.body).or(self.local(&conditional.orelse)),
            Expr::BoolOp(both) => Origin::any(both.values.iter().map(|value| self.local(value))),
            Expr::Tuple(tuple) if !tuple.elts.iter().any(Expr::is_starred_expr) => {
                Origin::Tuple(tuple.elts.iter().map(|element| self.local(element)).collect())
            }
            Expr::List(list) => self.iterable(list.elts.iter()),
            Expr::Set(set) => self.iterable(set.elts.iter()),
            Expr::ListComp(comp) => self.iterable([&*comp.elt]),
            Expr::SetComp(comp) => self.iterable([&*comp.elt]),
            Expr::Generator(comp) => self.iterable([&*comp.elt]),
            Expr::Dict(dict) => {
                let values = dict.items.iter().map(|item| self.local(&item.value));
                Origin::Mapping(Arc::new(values.reduce(Origin::or).unwrap_or(Origin::None)))
            }
            Expr::DictComp(comp) => Origin::Mapping(Arc::new(self.local(&comp.value))),
            // What is left of a set is of it.
            Expr::BinOp(difference) if difference.op == Operator::Sub => match self.local(&difference.left) {
                left @ Origin::Iterable(_) => left,
                _ => Origin::Unknown,
            },
            Expr::BinOp(union) if union.op == Operator::BitOr => {
                match (self.local(&union.left), self.local(&union.right)) {
                    (left @ Origin::Mapping(_), right @ Origin::Mapping(_)) => left.or(right),
                    (left @ Origin::Iterable(_), right @ Origin::Iterable(_)) => left.or(right),
                    _ => type_of(self.annotation(expr)),
                }
            }
            Expr::NoneLiteral(_) => Origin::None,
            Expr::StringLiteral(_) | Expr::FString(_) => Origin::instance("builtins.str"),
            Expr::BytesLiteral(_) => Origin::instance("builtins.bytes"),
            Expr::NumberLiteral(_) => Origin::instance("builtins.int"),
            Expr::Compare(_) if self.asks_version(expr) => Origin::instance(guard::VERSION_CHECK),
            Expr::BooleanLiteral(_) | Expr::Compare(_) => Origin::instance("builtins.bool"),
            _ => Origin::Unknown,
        })
    }

    fn iterable<'e>(&self, elements: impl IntoIterator<Item = &'e Expr>) -> Origin {
        let elements = elements.into_iter().map(|element| match element {
            Expr::Starred(starred) => self.local(&starred.value).step(Step::Iterate),
            plain => self.local(plain),
        });
        Origin::Iterable(Arc::new(elements.reduce(Origin::or).unwrap_or(Origin::None)))
    }

    fn name(&self, name: &str, offset: TextSize) -> Origin {
        match self.bound.scopes.reaching(name, offset) {
            Some(bindings) => {
                let held = Origin::any(bindings.into_iter().map(|id| self.bound_value(id)));
                self.with_contents(held, self.bound.scopes.contents(name, offset))
            }
            None if self.bound.star_imports.is_empty() => stdlib::builtin(name),
            None => match self.defined(name) {
                Some(super::Definition::Alias(origin)) => origin,
                Some(_) => Origin::Unknown,
                None => stdlib::builtin(name),
            },
        }
    }

    /// A container together with what is put into it elsewhere.
    pub(super) fn with_contents(&self, container: Origin, contents: &[Content<'_>]) -> Origin {
        contents.iter().fold(container, |held, content| match (&held, content.container) {
            (Origin::Iterable(_), Container::Iterable) => {
                held.or(Origin::Iterable(Arc::new(self.element(content.element))))
            }
            (Origin::Mapping(_), Container::Mapping) => {
                held.or(Origin::Mapping(Arc::new(self.element(content.element))))
            }
            (Origin::Iterable(_), Container::Others) => {
                held.or(Origin::Iterable(Arc::new(self.element(content.element).step(Step::Iterate))))
            }
            (Origin::Iterable(_), Container::Merged) => held.or(self.element(content.element)),
            (Origin::Mapping(_), Container::Merged) => held.or(self.element(content.element)),
            (_, Container::Merged) => Origin::Unknown,
            (Origin::Mapping(_), Container::Others) => {
                held.or(Origin::Mapping(Arc::new(self.element(content.element).step(Step::Item(None)))))
            }
            _ => held,
        })
    }

    /// Something that is put into a container, evaluated once. What is made from the container itself adds nothing to it.
    fn element(&self, element: &Expr) -> Origin {
        if let Some(memo) = self.elements.borrow().get(&element.range()) {
            return match memo {
                Memo::InProgress => Origin::None,
                Memo::Done(origin) => origin.clone(),
            };
        }
        self.elements.borrow_mut().insert(element.range(), Memo::InProgress);
        let origin = self.local(element);
        self.elements.borrow_mut().insert(element.range(), Memo::Done(origin.clone()));
        origin
    }

    /// What a binding binds, evaluated once.
    pub(super) fn bound_value(&self, id: BindingId) -> Origin {
        let binding = self.bound.scopes.binding(id);
        if let Some(memo) = self.memo.borrow().get(&id) {
            return match memo {
                // What a function passes to itself adds nothing to what it is passed.
                Memo::InProgress if self.is_of_answered(&binding.value) => Origin::None,
                Memo::InProgress => Origin::Unknown,
                Memo::Done(origin) => origin.clone(),
            };
        }
        self.memo.borrow_mut().insert(id, Memo::InProgress);
        let origin = self.deeper(|| self.value(&binding.value));
        self.memo.borrow_mut().insert(id, Memo::Done(origin.clone()));
        origin
    }

    /// What a value is.
    pub(super) fn value(&self, value: &Value<'_>) -> Origin {
        match value {
            Value::Import(path) => self.module(path),
            Value::ImportFrom(import, alias) => self.imported(import, &alias.name),
            Value::Expr(expr) => self.local(expr),
            // What is declared counts, whatever is assigned; `dict` or `Any` says less than the value does.
            Value::Annotated(annotation, assigned) => match self.annotation(annotation) {
                declared if says_nothing(&declared) => assigned.map_or(Origin::Unknown, |expr| self.local(expr)),
                declared if declared.is_instance_of(&["typing.TypeAlias", "typing_extensions.TypeAlias"]) => {
                    assigned.map_or(Origin::Unknown, |expr| self.local(expr))
                }
                // The code may have moved on without the annotation.
                declared => match assigned.filter(|_| declared.is_of_library()).map(|expr| self.local(expr)) {
                    Some(held) if self.is_outdated(&declared, held.clone()) => held,
                    _ => declared,
                },
            },
            Value::Enter(expr) => self.local(expr).step(Step::Enter),
            Value::Iterate(expr) => self.local(expr).step(Step::Iterate),
            Value::Element(whole, index) => self.value(whole).step(Step::Item(*index)),
            Value::Parameter(parameter) => self.parameter(parameter),
            Value::Function(def) => self.name_of(*def).map_or(Origin::Unknown, Origin::Ref),
            Value::Class(def) => self.name_of(*def).map_or(Origin::Unknown, Origin::Ref),
            Value::Exception(handler) => {
                handler.type_.as_deref().map_or(Origin::Unknown, |classes| self.raised(classes))
            }
            Value::Narrowed(classes) => self.raised(classes),
            Value::Opaque => Origin::Unknown,
        }
    }

    /// An instance of a class, or of one of a tuple of classes.
    pub fn raised(&self, classes: &Expr) -> Origin {
        if let Expr::BinOp(union) = classes
            && union.op == Operator::BitOr
        {
            return self.raised(&union.left).or(self.raised(&union.right));
        }
        self.local(classes).step(Step::Instantiate)
    }

    /// A module by its absolute name: a file of the project, else a library.
    pub(super) fn module(&self, path: &str) -> Origin {
        match self.project.module(&self.file, path) {
            Some(file) => Origin::Ref(Name::project(&file, "")),
            None => Origin::library(path),
        }
    }

    /// What `from m import name` binds.
    pub(super) fn imported(&self, import: &StmtImportFrom, name: &str) -> Origin {
        let module = import.module.as_deref().unwrap_or_default();
        if import.level > 0 {
            let file = self.project.relative_module(&self.file, import.level, module);
            return file.map_or(Origin::Unknown, |file| Origin::Ref(Name::project(&file, name)));
        }
        match self.module(module) {
            Origin::Ref(found) => Origin::Ref(found.join(name)),
            _ => Origin::Unknown,
        }
    }

    fn parameter(&self, of: &ParameterOf<'_>) -> Origin {
        if of.starred {
            return Origin::Unknown;
        }
        let declared = of.parameter.annotation.as_deref().map(|annotation| self.annotation(annotation));
        if let Some(declared) = declared.filter(|declared| !says_nothing(declared)) {
            let handed = of.index.filter(|_| declared.is_of_library()).and_then(|_| self.handed_connection(of));
            return handed.filter(|handed| declared.is_outdated_by(handed)).unwrap_or(declared);
        }
        if of.function.is_none() {
            return self.handed_connection(of).unwrap_or_default();
        }
        let Some(function) = of.function else { return Origin::Unknown };
        let decorators = self.decorators(function);
        let is_static = decorators.iter().any(|decorator| decorator.is_one_of(&["builtins.staticmethod"]));
        if let (Some(class), Some(0), false) = (of.class, of.index, is_static)
            && let Some(class) = self.name_of(class)
        {
            let is_class = decorators.iter().any(|decorator| decorator.is_one_of(&["builtins.classmethod"]));
            return if is_class { Origin::Ref(class) } else { Origin::Instance(class) };
        }
        if of.index.is_some()
            && let Some(origin) = self.handed_connection(of)
        {
            return origin;
        }
        if let Some(inherited) = self.inherited_annotation(of).filter(|inherited| !says_nothing(inherited)) {
            return inherited;
        }
        if let Some(class) = self.decorated_class(of) {
            return class;
        }
        let is_test = function.name.starts_with("test") || decorators.iter().any(stdlib::is_fixture);
        if is_test {
            let around = of.class.and_then(|class| self.name_of(class));
            let around = around.unwrap_or_else(|| Name::project(&self.file, ""));
            return Origin::Ref(around).step(Step::Fixture(of.parameter.name.as_str().into()));
        }
        self.arriving(of)
    }

    fn call(&self, call: &ExprCall) -> Origin {
        let callee = self.local(&call.func);
        if let Some(known) = stdlib::call(self, &callee, call) {
            return known;
        }
        if callee.is_one_of(&["builtins.super"]) {
            return self.parent_of_method(call);
        }
        if self.asks_version_itself(call, &callee) {
            return Origin::instance(guard::VERSION_CHECK);
        }
        self.dispatched(call, &callee).unwrap_or_else(|| callee.step(Step::Call))
    }

    /// `super()` in a method of a class with one base is an instance of that base.
    fn parent_of_method(&self, call: &ExprCall) -> Origin {
        let scopes = self.scopes();
        let here = Some(scopes.block(scopes.block_at(call.start())).scope);
        let mut around = std::iter::successors(here, |id| scopes.scope(*id).parent).map(|id| scopes.scope(id).kind);
        let class = around.find_map(|kind| match kind {
            ScopeKind::Class(def) => Some(def),
            _ => None,
        });
        match class.and_then(|def| def.arguments.as_deref()).map(|arguments| &*arguments.args) {
            Some([base]) if call.arguments.args.is_empty() => match self.resolve(self.base(base)) {
                // Its attributes are those of the base, whatever derived classes say.
                parent @ Origin::Ref(_) if parent.library_name().is_none() => parent,
                parent => parent.step(Step::Instantiate),
            },
            _ => Origin::Unknown,
        }
    }

    fn subscript(&self, subscript: &ExprSubscript) -> Origin {
        let index = match &*subscript.slice {
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(index) => index.as_usize(),
                _ => None,
            },
            Expr::Slice(_) => return self.local(&subscript.value),
            Expr::StringLiteral(key) => {
                return self.local(&subscript.value).step(Step::Key(key.value.to_str().into()));
            }
            _ => None,
        };
        let of = self.local(&subscript.value);
        if stdlib::is_generic(&of) {
            return type_of(self.annotation_of(subscript, &of));
        }
        of.step(Step::Item(index))
    }

    /// The origin of a decorator, its arguments left out: `@retry(3)` is `retry`.
    pub(super) fn decorator(&self, decorator: &Expr) -> Origin {
        match decorator {
            Expr::Call(call) => self.resolve(self.local(&call.func)),
            // The property itself is what is being defined: asking for it would go round in a circle.
            Expr::Attribute(method) if matches!(method.attr.as_str(), "setter" | "getter" | "deleter") => {
                self.local(decorator)
            }
            plain => self.resolve(self.local(plain)),
        }
    }

    /// A base class, type arguments left out.
    pub(super) fn base(&self, base: &Expr) -> Origin {
        match base {
            Expr::Subscript(generic) => self.local(&generic.value),
            plain => self.local(plain),
        }
    }

    /// What a value annotated with `of[...]` is.
    fn annotation_of(&self, subscript: &ExprSubscript, of: &Origin) -> Origin {
        let arguments = match &*subscript.slice {
            Expr::Tuple(tuple) => tuple.elts.as_slice(),
            one => std::slice::from_ref(one),
        };
        stdlib::generic(self, of, arguments)
    }

    /// What a value annotated so is.
    pub(super) fn annotation(&self, annotation: &Expr) -> Origin {
        self.deeper(|| match annotation {
            Expr::NoneLiteral(_) => Origin::None,
            Expr::StringLiteral(string) => {
                let Some(literal) = string.as_single_part_string() else { return Origin::Unknown };
                self.parse_quoted(literal).map_or(Origin::Unknown, |parsed| self.annotation(parsed.expr()))
            }
            Expr::BinOp(union) if union.op == Operator::BitOr => {
                self.annotation(&union.left).or(self.annotation(&union.right))
            }
            Expr::Subscript(generic) => self.annotation_of(generic, &self.local(&generic.value)),
            Expr::Name(name) => {
                // An alias of a type: `Connection = "WebSocketClientProtocol"`.
                match self.only_value(name) {
                    Some(alias @ Expr::StringLiteral(_)) => self.annotation(alias),
                    _ => self.local(annotation).step(Step::Instantiate),
                }
            }
            other => self.local(other).step(Step::Instantiate),
        })
    }
}

/// Whether a declared type leaves open what the value is, so that what is assigned or passed says more.
pub(super) fn says_nothing(declared: &Origin) -> bool {
    *declared == Origin::Unknown
        || declared.is_instance_of(&[
            "typing.Any",
            "typing_extensions.Any",
            "typing.Self",
            "typing_extensions.Self",
            "builtins.object",
        ])
}

fn type_of(annotated: Origin) -> Origin {
    if annotated == Origin::Unknown { annotated } else { Origin::Type(Arc::new(annotated)) }
}
