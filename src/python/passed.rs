//! What arrives at the parameters of a function: what all its callers pass, in its file and in the others of the project.
//!
//! A function that is named in any other way than by calling it may be called with anything. One of its callers that passes
//! something unknown is enough to know nothing.

use std::sync::Arc;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet;

use super::handlers::TELLING;
use super::questions::{Answer, Question};
use super::wrappers::CHANGED;
use super::{Model, Name, Origin, stdlib};
use crate::syntax::scope::{ParameterOf, Value};
use crate::text::words;

/// Calls that put their argument into a container.
const KEEPING: &[&str] = &[".append(", ".add(", ".appendleft(", ".put(", ".put_nowait(", ".insert(0, "];

/// A function with more callers than this gets anything.
const MOST_CALLS: usize = 64;

/// What some code passes to a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// One for each call.
    calls: Vec<Arguments>,
    /// Whether the function is named other than to call it.
    is_out_of_sight: bool,
}

/// The arguments of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Arguments {
    /// In their order, without `self`; `None` where an unpacked argument begins.
    positional: Vec<Option<Origin>>,
    keywords: Vec<(Arc<str>, Origin)>,
    /// Whether a dictionary is unpacked.
    unpacks: bool,
    /// Whether `self` is bound already: `hub.chat(ws)`, and not `Hub.chat(hub, ws)`.
    is_bound: bool,
}

impl Arrivals {
    /// What two pieces of code pass.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.is_out_of_sight |= other.is_out_of_sight || self.calls.len() + other.calls.len() > MOST_CALLS;
        if !self.is_out_of_sight {
            self.calls.extend(other.calls.iter().cloned());
        }
        self
    }

    /// Somebody may call the function with anything.
    pub fn anything() -> Self {
        Self { calls: Vec::new(), is_out_of_sight: true }
    }

    /// What arrives at the parameter of a name at a place, `self` counted where the function is a method; `None` where nobody
    /// calls.
    fn at(&self, name: &str, index: Option<usize>, is_method: bool, default: &dyn Fn() -> Origin) -> Option<Origin> {
        if self.is_out_of_sight {
            return None;
        }
        // Nobody in sight injects anything else.
        if self.calls.is_empty() {
            return Some(default());
        }
        Some(Origin::any(self.calls.iter().map(|call| call.at(name, index, is_method, default))))
    }
}

impl Arguments {
    fn at(&self, name: &str, index: Option<usize>, is_method: bool, default: &dyn Fn() -> Origin) -> Origin {
        if let Some((_, value)) = self.keywords.iter().find(|(keyword, _)| &**keyword == name) {
            return value.clone();
        }
        let shift = usize::from(is_method && self.is_bound);
        if let Some(index) = index.and_then(|index| index.checked_sub(shift)) {
            let before = self.positional.iter().take(index + 1);
            if before.clone().any(Option::is_none) {
                return Origin::Unknown;
            }
            if let Some(Some(value)) = self.positional.get(index) {
                return value.clone();
            }
        }
        if self.unpacks { Origin::Unknown } else { default() }
    }
}

impl<'a> Model<'a> {
    /// Whether it can make a difference what arrives at a parameter, by the looks of its function: it reads an attribute that only
    /// connections of one family have, keeps it for others who may, calls it with an argument that changed, or loops over it. The
    /// project is not asked for less.
    pub(super) fn matters(&self, of: &ParameterOf<'_>) -> bool {
        let Some(function) = of.function else { return false };
        let name = of.parameter.name.as_str();
        let text = self.source.slice(function.range);
        let mut is_changed = None;
        let mut is_kept = None;
        words::places(text, name).any(|at| {
            let (before, after) = (&text[..at], &text[at + name.len()..]);
            if before.ends_with('.') {
                return false;
            }
            if let Some(attribute) = after.strip_prefix('.') {
                let end = attribute.find(|letter| !words::is_part(letter)).unwrap_or(attribute.len());
                return TELLING.iter().any(|telling| telling[1..] == attribute[..end]);
            }
            if after.starts_with('(') {
                return *is_changed.get_or_insert_with(|| CHANGED.iter().any(|keyword| text.contains(keyword)));
            }
            let line = before.rsplit('\n').next().unwrap_or_default();
            let is_assigned = line.trim_end().ends_with('=') && line.contains('.');
            if is_assigned || KEEPING.iter().any(|method| line.ends_with(method)) {
                return *is_kept.get_or_insert_with(|| {
                    TELLING.iter().chain(CHANGED).any(|word| self.source.text().contains(word))
                });
            }
            line.trim_start().starts_with("async for")
        })
    }

    /// Whether a value is a parameter of the function whose callers are being looked for.
    pub(super) fn is_of_answered(&self, value: &Value<'_>) -> bool {
        let Value::Parameter(of) = value else { return false };
        let answering = self.answering.borrow();
        answering.is_some() && of.function.and_then(|function| self.name_of(function)) == *answering
    }

    /// What the method of a base class declares for the parameter at this place.
    pub(super) fn inherited_annotation(&self, of: &ParameterOf<'_>) -> Option<Origin> {
        let (class, function, index) = (self.name_of(of.class?)?, of.function?, of.index?);
        self.ancestry(&class).into_iter().skip(1).find_map(|base| {
            let methods = base.def.body.iter().filter_map(ruff_python_ast::Stmt::as_function_def_stmt);
            let method = methods.into_iter().find(|method| method.name == function.name)?;
            let parameters = &method.parameters;
            let parameter = parameters.posonlyargs.iter().chain(&parameters.args).nth(index)?;
            Some(self.annotation(parameter.parameter.annotation.as_deref()?))
        })
    }

    /// The classes whose methods the decorator around a function decorates: `self` of what it puts in their place is one of
    /// them.
    pub(super) fn decorated_class(&self, of: &ParameterOf<'_>) -> Option<Origin> {
        let function = of.function.filter(|_| of.index == Some(0) && of.parameter.name.as_str() == "self")?;
        let name = self.name_of(function)?;
        let (file, qualname) = name.split_project()?;
        let decorator = Name::project(file, qualname.split(".<locals>").next().filter(|outer| *outer != qualname)?);
        let classes = self.functions().filter_map(|method| {
            let is_decorated = self.decorators(method.def).contains(&Origin::Ref(decorator.clone()));
            is_decorated.then(|| method.class.and_then(|class| self.name_of(class)))
        });
        let classes: Option<Vec<Origin>> = classes.map(|class| class.map(Origin::Instance)).collect();
        classes.filter(|classes| !classes.is_empty()).map(Origin::any)
    }

    /// What arrives at a parameter of a function of this file.
    pub(super) fn arriving(&self, of: &ParameterOf<'_>) -> Origin {
        let Some(function) = of.function.and_then(|function| self.name_of(function)) else { return Origin::Unknown };
        if self.answering.borrow().is_none() && !self.matters(of) {
            return Origin::Unknown;
        }
        // While its callers are looked for, what it passes to itself adds nothing.
        if self.answering.borrow().as_ref() == Some(&function) {
            return Origin::None;
        }
        if self.functions_named(&function) != 1 {
            return Origin::Unknown;
        }
        let Some((_, qualname)) = function.split_project() else { return Origin::Unknown };
        let decorators = of.function.map(|def| self.decorators(def)).unwrap_or_default();
        let keeps = |decorator: &Origin| {
            stdlib::is_transparent(decorator) || decorator.is_one_of(&["builtins.staticmethod", "builtins.classmethod"])
        };
        if !decorators.iter().all(keeps) {
            return Origin::Unknown;
        }
        let is_method = of.class.is_some() && !decorators.iter().any(|it| it.is_one_of(&["builtins.staticmethod"]));
        let others = if qualname.contains("<locals>") {
            Arrivals::default()
        } else {
            match self.answer(Question::Passed(function.clone())) {
                Some(Answer::Passed(passed)) => (*passed).clone(),
                _ => return Origin::Unknown,
            }
        };
        let before = self.answering.replace(Some(function.clone()));
        let own = self.passed_to(&function);
        self.answering.replace(before);
        let default = || {
            let parameters = of.function.map(|def| &def.parameters);
            let mut parameters = parameters.into_iter().flat_map(|all| all.iter_non_variadic_params());
            let it = parameters.find(|one| one.parameter.start() == of.parameter.start());
            it.and_then(|it| it.default.as_deref()).map_or(Origin::Unknown, |default| self.local(default))
        };
        let found = own.and(&others).at(&of.parameter.name, of.index, is_method, &default);
        found.map_or(Origin::Unknown, |origin| self.resolve(origin))
    }

    /// What this file passes to a function of the project.
    pub fn passed_to(&self, function: &Name) -> Arrivals {
        let Some((file, qualname)) = function.split_project() else { return Arrivals::anything() };
        // A class is called in the place of its `__init__`.
        let class = qualname.strip_suffix(".__init__").map(|class| Name::project(file, class));
        let called = class.as_ref().unwrap_or(function);
        let is_method =
            qualname.contains('.') && class.is_none() && !qualname.ends_with(&format!("<locals>.{}", function.last()));
        let mut passed = Arrivals::default();
        let mut seen = FxHashSet::default();
        let idents = [called.last(), "__init__", "cls"];
        let idents = if class.is_some() { &idents[..] } else { &idents[..1] };
        let mut calls: Vec<&ExprCall> = idents.iter().flat_map(|ident| self.calls_named(ident)).copied().collect();
        calls.sort_by_key(Ranged::start);
        calls.dedup_by_key(|call| call.range());
        for call in calls {
            let is_it = match self.quiet().origin(&call.func) {
                Origin::Ref(name) if name == *called || name == *function => true,
                // Whose method it is cannot be told, so that it may be this one.
                Origin::Unknown => is_method && call.func.is_attribute_expr(),
                Origin::Ref(other) => is_method && self.is_method_of_base(&other, function),
                _ => false,
            };
            if is_it {
                seen.insert(call.func.range());
                passed.calls.push(self.arguments(call, function));
            }
        }
        for place in self.mentions_of(called.last()) {
            if seen.contains(&place.range()) || self.is_given_to_server(place) {
                continue;
            }
            let is_it = match self.quiet().origin(place) {
                Origin::Ref(name) => name == *called || name == *function,
                Origin::Partial(inner) => matches!(&*inner, Origin::Ref(name) if name == called),
                _ => false,
            };
            if is_it && !(class.is_some() && self.is_owner(place)) {
                passed.is_out_of_sight |= !self.add_indirect(place, &mut passed.calls);
            }
        }
        passed.is_out_of_sight |= self.is_spelled(called.last()) || passed.calls.len() > MOST_CALLS;
        passed
    }

    /// The last name of what a call calls, as it is spelled where it is defined.
    pub(super) fn called_name<'c>(&self, call: &'c ExprCall) -> Option<&'c str>
    where
        'a: 'c,
    {
        match &*call.func {
            Expr::Name(name) => Some(self.imported_name(name).unwrap_or(&name.id)),
            Expr::Attribute(attribute) => Some(&attribute.attr),
            _ => None,
        }
    }

    /// What an imported name is called where it is defined.
    fn imported_name(&self, name: &ruff_python_ast::ExprName) -> Option<&'a str> {
        let [id] = self.scopes().reaching(&name.id, name.start())?[..] else { return None };
        match self.scopes().binding(id).value {
            Value::ImportFrom(_, alias) => Some(&alias.name),
            _ => None,
        }
    }

    /// Whether `method` is of a class that the class of `function` derives from.
    fn is_method_of_base(&self, method: &Name, function: &Name) -> bool {
        let class = |name: &Name| {
            let (file, qualname) = name.split_project()?;
            Some(Name::project(file, qualname.rsplit_once('.')?.0))
        };
        let (Some(base), Some(derived)) = (class(method), class(function)) else { return false };
        method.last() == function.last() && self.is_derived_from(&derived, &base)
    }

    fn arguments(&self, call: &ExprCall, function: &Name) -> Arguments {
        let positional = call.arguments.args.iter().map(|argument| match argument {
            Expr::Starred(_) => None,
            plain => Some(self.origin(plain)),
        });
        let named = call.arguments.keywords.iter();
        let keywords =
            named.filter_map(|keyword| Some((keyword.arg.as_ref()?.as_str().into(), self.origin(&keyword.value))));
        let is_bound = match &*call.func {
            // `Hub.chat(hub, ws)`; the class itself, and `super().__init__(ws)`, bind.
            Expr::Attribute(method) if method.attr.as_str() == function.last() => !self.is_class(&method.value),
            _ => true,
        };
        Arguments {
            positional: positional.collect(),
            keywords: keywords.collect(),
            unpacks: call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none()),
            is_bound,
        }
    }

    /// Whether an expression is a class of the project itself.
    fn is_class(&self, expr: &Expr) -> bool {
        // `super()` is the class, but it binds.
        if expr.is_call_expr() {
            return false;
        }
        let Origin::Ref(name) = self.quiet().origin(expr) else { return false };
        name.split_project().is_some_and(|(_, qualname)| !qualname.is_empty())
    }

    /// `Thread(target=f, args=(ws,))`, `call_soon(f, ws)`: what is passed on is what `f` gets. Whether it is one.
    fn add_indirect(&self, place: &Expr, calls: &mut Vec<Arguments>) -> bool {
        let is_it = |expr: &Expr| expr.range() == place.range();
        let Some(call) = self.calls().iter().find(|call| {
            call.arguments.args.iter().any(is_it) || call.arguments.keywords.iter().any(|keyword| is_it(&keyword.value))
        }) else {
            return false;
        };
        let is_bound = !matches!(place, Expr::Attribute(method) if self.is_class(&method.value));
        let Some(callee) = self.called_name(call) else { return false };
        let rest: Vec<&Expr> = match callee {
            "call_soon" | "call_soon_threadsafe" | "to_thread" | "start_soon" => {
                match call.arguments.args.split_first() {
                    Some((first, rest)) if is_it(first) => rest.iter().collect(),
                    _ => return false,
                }
            }
            "call_later" | "call_at" | "run_in_executor" | "submit" => {
                let Some(at) = call.arguments.args.iter().position(is_it) else { return false };
                call.arguments.args[at + 1..].iter().collect()
            }
            "Thread" | "Process"
                if call.arguments.find_keyword("target").is_some_and(|target| is_it(&target.value)) =>
            {
                match call.arguments.find_keyword("args").map(|args| &args.value) {
                    Some(Expr::Tuple(args)) => args.elts.iter().collect(),
                    None => Vec::new(),
                    Some(_) => return false,
                }
            }
            _ => return false,
        };
        let positional = rest.into_iter().map(|argument| match argument {
            Expr::Starred(_) => None,
            plain => Some(self.origin(plain)),
        });
        calls.push(Arguments { positional: positional.collect(), keywords: Vec::new(), unpacks: false, is_bound });
        true
    }
}
