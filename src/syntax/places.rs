//! Every place of a file that reads a name or an attribute, with what stands around it: one walk, made when somebody asks, and
//! each further question is a lookup by the last part of a name.

use ruff_python_ast::visitor::{
    Visitor, walk_expr, walk_f_string, walk_interpolated_string_element, walk_pattern, walk_stmt,
};
use ruff_python_ast::{
    ExceptHandler, ExceptHandlerExceptHandler, Expr, ExprAttribute, ExprCall, ExprTuple, FString,
    InterpolatedStringElement, Pattern, PatternMatchClass, Stmt, StmtTry,
};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::scope::{Scopes, Value};
use crate::text::quotes::Around;

/// A place that reads a name or an attribute.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// `name`, or `object.name`.
    pub expr: &'a Expr,
    /// What it is there for.
    pub site: Site<'a>,
    /// The innermost tuple around it that is there for the same.
    pub tuple: Option<&'a ExprTuple>,
    /// The expression right around it.
    pub parent: Option<&'a Expr>,
    /// The outermost `and` or `or` around it.
    pub condition: Option<&'a Expr>,
    /// The f-strings around it.
    pub quotes: Around,
    /// Whether it is spelled in the output: `f"{ws.open=}"`.
    pub is_shown: bool,
    /// The place before it with the same name, one more than its index.
    before: u32,
}

/// What an expression is there for.
#[derive(Debug, Clone, Copy)]
pub enum Site<'a> {
    /// `except x`
    Handler(&'a StmtTry, &'a ExceptHandlerExceptHandler),
    /// A parameter's or variable's annotation, or a return type.
    Annotation,
    /// `x(...)`
    Called(&'a ExprCall),
    /// `f(..., x)`, the position from 0
    Argument(&'a ExprCall, usize),
    /// `class C(x)`
    Base,
    /// `case x(...)`
    Pattern(&'a PatternMatchClass),
    /// Anything else.
    Value,
}

/// The places of one file by the last part of what is named there.
#[derive(Debug, Default)]
pub struct Places<'a> {
    places: Vec<Place<'a>>,
    /// The last place that reads an attribute of this name, one more than its index.
    attributes: FxHashMap<&'a str, u32>,
    /// The same for plain names, those only that some import binds.
    names: FxHashMap<&'a str, u32>,
    /// What imported names are called here.
    local: FxHashMap<&'a str, Vec<&'a str>>,
    /// Whether a star import may bind any name.
    has_star: bool,
}

impl<'a> Places<'a> {
    /// Looks at every place of `body`.
    pub fn new(body: &'a [Stmt], scopes: &Scopes<'a>, has_star: bool) -> Self {
        let mut places = Self { has_star, ..Self::default() };
        for binding in &scopes.bindings {
            if let Value::ImportFrom(_, alias) = binding.value {
                let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                places.names.insert(local, 0);
                let known = places.local.entry(&alias.name).or_default();
                if !known.contains(&local) {
                    known.push(local);
                }
            }
        }
        let surroundings = Surroundings {
            site: Site::Value,
            tuple: None,
            parent: None,
            condition: None,
            quotes: Around::default(),
            is_shown: false,
        };
        let mut walk = Walk { places, around: surroundings };
        walk.visit_body(body);
        walk.places
    }

    /// The places that read an attribute with one of `names`, in the order of the text.
    pub fn attributes<'p>(&'p self, names: &[&str]) -> Vec<(&'a ExprAttribute, &'p Place<'a>)> {
        let mut found: Vec<_> = names
            .iter()
            .flat_map(|name| self.chain(self.attributes.get(name)))
            .filter_map(|place| Some((place.expr.as_attribute_expr()?, place)))
            .collect();
        found.sort_unstable_by_key(|(attribute, _)| attribute.attr.start());
        found
    }

    /// The places that spell out something that is called one of `names` where it is defined: as an attribute, or as a name that
    /// is imported from there. In the order of the text.
    pub fn named<'p>(&'p self, names: &[&str]) -> Vec<&'p Place<'a>> {
        let mut found: Vec<&Place> = names.iter().flat_map(|name| self.chain(self.attributes.get(name))).collect();
        let mut local: Vec<&str> = names.iter().filter_map(|name| self.local.get(name)).flatten().copied().collect();
        if self.has_star {
            local.extend(names.iter().filter_map(|name| self.names.get_key_value(name)).map(|(name, _)| *name));
        }
        local.sort_unstable();
        local.dedup();
        found.extend(local.iter().flat_map(|name| self.chain(self.names.get(name))));
        found.sort_unstable_by_key(|place| place.expr.end());
        found
    }

    fn chain(&self, last: Option<&u32>) -> impl Iterator<Item = &Place<'a>> {
        let at = move |index: u32| self.places.get(usize::try_from(index.checked_sub(1)?).ok()?);
        std::iter::successors(last.and_then(|index| at(*index)), move |place| at(place.before))
    }
}

/// What stands around the expression that is visited next.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    site: Site<'a>,
    tuple: Option<&'a ExprTuple>,
    parent: Option<&'a Expr>,
    condition: Option<&'a Expr>,
    quotes: Around,
    is_shown: bool,
}

struct Walk<'a> {
    places: Places<'a>,
    around: Surroundings<'a>,
}

impl<'a> Walk<'a> {
    fn within(&mut self, around: Surroundings<'a>, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.around, around);
        visit(self);
        self.around = outer;
    }

    fn visit_as(&mut self, site: Site<'a>, expr: &'a Expr) {
        self.within(Surroundings { site, tuple: None, ..self.around }, |walk| walk.visit_expr(expr));
    }

    fn place(&self, expr: &'a Expr, before: u32) -> Place<'a> {
        let Surroundings { site, tuple, parent, condition, quotes, is_shown } = self.around;
        Place { expr, site, tuple, parent, condition, quotes, is_shown, before }
    }

    /// The number of the place that is recorded next, one more than its index.
    fn next(&self) -> u32 {
        u32::try_from(self.places.places.len() + 1).unwrap_or(u32::MAX)
    }

    fn visit_call(&mut self, call: &'a ExprCall) {
        self.visit_as(Site::Called(call), &call.func);
        for (index, argument) in call.arguments.args.iter().enumerate() {
            self.visit_as(Site::Argument(call, index), argument);
        }
        for keyword in &call.arguments.keywords {
            self.visit_as(Site::Value, &keyword.value);
        }
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Try(statement) => {
                self.visit_body(&statement.body);
                for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    if let Some(classes) = &handler.type_ {
                        self.visit_as(Site::Handler(statement, handler), classes);
                    }
                    self.visit_body(&handler.body);
                }
                self.visit_body(&statement.orelse);
                self.visit_body(&statement.finalbody);
            }
            Stmt::ClassDef(class) => {
                for base in class.arguments.iter().flat_map(|arguments| &arguments.args) {
                    self.visit_as(Site::Base, base);
                }
                for keyword in class.arguments.iter().flat_map(|arguments| &arguments.keywords) {
                    self.visit_expr(&keyword.value);
                }
                class.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                self.visit_body(&class.body);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        self.visit_as(Site::Annotation, annotation);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let number = self.next();
        match expr {
            Expr::Name(name) => {
                let is_read = name.ctx.is_load();
                let last = if self.places.has_star {
                    Some(self.places.names.entry(&name.id).or_default())
                } else {
                    self.places.names.get_mut(name.id.as_str())
                };
                if let Some(last) = last.filter(|_| is_read) {
                    let before = std::mem::replace(last, number);
                    self.places.places.push(self.place(expr, before));
                }
                return;
            }
            Expr::Attribute(attribute) => {
                let before = self.places.attributes.insert(&attribute.attr, number).unwrap_or_default();
                self.places.places.push(self.place(expr, before));
            }
            _ => {}
        }
        let mut inside = Surroundings { parent: Some(expr), ..self.around };
        match expr {
            Expr::Call(call) => return self.within(inside, |walk| walk.visit_call(call)),
            // The tuple's elements are there for what the tuple is there for.
            Expr::Tuple(tuple) => inside.tuple = Some(tuple),
            // An annotation goes all the way down.
            _ if matches!(self.around.site, Site::Annotation) && !expr.is_attribute_expr() => {}
            // What stands inside anything else is there for nothing else.
            _ => (inside.site, inside.tuple) = (Site::Value, None),
        }
        if expr.is_bool_op_expr() && inside.condition.is_none() {
            inside.condition = Some(expr);
        }
        self.within(inside, |walk| walk_expr(walk, expr));
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        if let Pattern::MatchClass(class) = pattern {
            self.visit_as(Site::Pattern(class), &class.cls);
            class.arguments.patterns.iter().for_each(|inner| self.visit_pattern(inner));
            class.arguments.keywords.iter().for_each(|inner| self.visit_pattern(&inner.pattern));
        } else {
            walk_pattern(self, pattern);
        }
    }

    fn visit_f_string(&mut self, f_string: &'a FString) {
        let quotes = self.around.quotes.inside(f_string);
        self.within(Surroundings { quotes, ..self.around }, |walk| walk_f_string(walk, f_string));
    }

    fn visit_interpolated_string_element(&mut self, element: &'a InterpolatedStringElement) {
        let is_debug = element.as_interpolation().is_some_and(|it| it.debug_text.is_some());
        let is_shown = self.around.is_shown || is_debug;
        self.within(Surroundings { is_shown, ..self.around }, |walk| walk_interpolated_string_element(walk, element));
    }
}
