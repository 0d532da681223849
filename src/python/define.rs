//! What a file defines, in a form that outlives its tree: this is what other files of the project see.

use std::sync::Arc;

use ruff_python_ast::{Stmt, StmtClassDef, StmtFunctionDef};

use super::eval::says_nothing;
use super::{Model, Name, Origin, Reach, Step, stdlib};
use crate::syntax::bind::Function;
use crate::syntax::scope::{ScopeId, Value};

/// An attribute that is assigned in more places than this, from outside of its class, is unknown.
const MOST_ASSIGNMENTS: usize = 50;

/// A function, a class, or a name for something else.
#[derive(Debug, Clone)]
pub enum Definition {
    /// What calling it gives.
    Function {
        /// The result of a call.
        result: Origin,
        /// Whether it is a property, so that reading the attribute calls it.
        property: bool,
    },
    /// A pytest fixture, and what a test gets from it.
    Fixture(Origin),
    /// A class with its bases.
    Class {
        /// In the order of the statement.
        bases: Vec<Origin>,
    },
    /// A variable, an imported name, an attribute.
    Alias(Origin),
}

impl Model<'_> {
    /// The definition of a qualified name of this file, for the other files of the project.
    pub fn definition_of(&self, qualname: &str) -> Option<Definition> {
        self.defined(qualname)
    }

    /// The definition of a qualified name of this file.
    pub(super) fn define(&self, qualname: &str) -> Option<Definition> {
        if let Some(functions) = self.bound.functions.get(qualname) {
            return Some(self.define_functions(functions));
        }
        if let Some(class) = self.bound.classes.get(qualname) {
            let bases =
                class.def.arguments.iter().flat_map(|arguments| &arguments.args).map(|base| self.base(base)).collect();
            return Some(Definition::Class { bases });
        }
        if let Some((class, fixture)) = split_fixture(qualname) {
            return self.define_fixture(class, fixture);
        }
        match qualname.rsplit_once('.') {
            Some((class, place)) if place.starts_with('<') => {
                self.define_field(class, place.trim_matches(['<', '>']).parse().ok()?)
            }
            Some((class, attribute)) => self.define_attribute(class, attribute),
            None => self.define_variable(ScopeId(0), qualname).or_else(|| self.star_imported(qualname)),
        }
    }

    /// The field of a class at a place, as they are declared.
    fn define_field(&self, class: &str, place: usize) -> Option<Definition> {
        let body = &self.bound.classes.get(class)?.def.body;
        let field = body.iter().filter_map(Stmt::as_ann_assign_stmt).nth(place)?;
        Some(Definition::Alias(self.annotation(&field.annotation)))
    }

    /// The fixture that tests know by a name: its function's, or the one that its decorator gives it.
    fn define_fixture(&self, class: &str, fixture: &str) -> Option<Definition> {
        let is_here = |qualname: &str, name: &str| match qualname.strip_suffix(name) {
            Some(around) => around.strip_suffix('.').unwrap_or(around) == class,
            None => false,
        };
        let named = self.bound.functions.iter().filter(|(qualname, functions)| {
            let def = functions.first().map(|function| function.def);
            def.is_some_and(|def| is_here(qualname, &def.name) && self.fixture_name(def) == Some(fixture))
        });
        let mut found: Vec<Definition> = named.map(|(_, functions)| self.define_functions(functions)).collect();
        found.pop().filter(|_| found.is_empty())
    }

    /// What tests call the fixture that a function is, if it is one.
    pub(super) fn fixture_name<'d>(&self, def: &'d StmtFunctionDef) -> Option<&'d str> {
        let decorator = def.decorator_list.iter().map(|decorator| &decorator.expression);
        let fixture = decorator.into_iter().find(|decorator| stdlib::is_fixture(&self.decorator(decorator)))?;
        let name = fixture.as_call_expr().and_then(|call| call.arguments.find_keyword("name"));
        match name {
            Some(name) => name.value.as_string_literal_expr().map(|name| name.value.to_str()),
            None => Some(&def.name),
        }
    }

    fn define_variable(&self, scope: ScopeId, name: &str) -> Option<Definition> {
        let bindings = self.bound.scopes.bindings_of(scope, name);
        if bindings.is_empty() {
            return None;
        }
        let held = Origin::any(bindings.into_iter().map(|id| self.bound_value(id)));
        let contents = self.bound.scopes.scope(scope).contents.get(name);
        Some(Definition::Alias(self.with_contents(held, contents.map_or(&[], Vec::as_slice))))
    }

    fn define_attribute(&self, class: &str, attribute: &str) -> Option<Definition> {
        let class = self.bound.classes.get(class)?;
        let values = class.attributes.get(attribute).map_or(&[][..], Vec::as_slice);
        let in_methods: Vec<Origin> = values.iter().map(|value| self.given(value)).collect();
        let in_body = match self.define_variable(class.scope, attribute) {
            Some(Definition::Alias(origin)) => Some(origin),
            _ => None,
        };
        // A declared type says what the attribute holds whatever is assigned, unless the code has moved on without it.
        let declared = values.iter().find_map(|value| match value {
            Value::Annotated(annotation, _) => Some(self.annotation(annotation)),
            _ => None,
        });
        let declared = declared.filter(|origin| !says_nothing(origin));
        let from_outside = match &declared {
            Some(declared) if !declared.is_of_library() => Vec::new(),
            _ => self.assigned_from_outside(class.def, attribute),
        };
        if values.is_empty() && in_body.is_none() && from_outside.is_empty() {
            return None;
        }
        let all = || Origin::any(in_methods.iter().chain(&in_body).chain(&from_outside).cloned());
        let held = match declared {
            Some(declared) if !self.is_outdated(&declared, all()) => declared,
            _ => all(),
        };
        let contents = class.contents.get(attribute);
        Some(Definition::Alias(self.with_contents(held, contents.map_or(&[], Vec::as_slice))))
    }

    /// Whether what is declared of a value is known to be wrong.
    pub(super) fn is_outdated(&self, declared: &Origin, held: Origin) -> bool {
        declared.is_of_library() && held.begins_in_library() && declared.is_outdated_by(&self.resolve(held))
    }

    /// What is assigned, whatever is declared of it.
    fn given(&self, value: &Value<'_>) -> Origin {
        match value {
            Value::Annotated(_, assigned) => assigned.map_or(Origin::None, |expr| self.local(expr)),
            other => self.value(other),
        }
    }

    /// `client.ws = await connect()` outside of the methods of `class`.
    fn assigned_from_outside(&self, class: &StmtClassDef, attribute: &str) -> Vec<Origin> {
        let Some(assigned) = self.bound.assigned_from_outside.get(attribute) else { return Vec::new() };
        if assigned.len() > MOST_ASSIGNMENTS {
            return vec![Origin::Unknown];
        }
        let Some(class) = self.name_of(class).map(Origin::Instance) else { return Vec::new() };
        let of_class = assigned.iter().filter(|(object, _)| self.resolve(self.local(object)) == class);
        of_class.map(|(_, value)| self.value(value)).collect()
    }

    /// `from m import *` of a library or of other files of the project; the last one that has the name gives it.
    fn star_imported(&self, name: &str) -> Option<Definition> {
        // No library hides the built-ins that matter here.
        let is_builtin = stdlib::builtin(name) != Origin::Unknown;
        if is_builtin
            && (self.reach == Reach::File || self.bound.star_imports.iter().all(|star| self.module_of(star).is_none()))
        {
            return None;
        }
        if let [star] = &*self.bound.star_imports
            && (self.reach == Reach::File || self.module_of(star).is_none())
        {
            return Some(Definition::Alias(self.imported(star, name)));
        }
        for star in self.bound.star_imports.iter().rev() {
            // What a library exports is not known: the name may be from there.
            let Some(file) = self.module_of(star) else { return Some(Definition::Alias(Origin::Unknown)) };
            let found = Name::project(&file, name);
            if self.definition(&found).is_some() {
                return Some(Definition::Alias(Origin::Ref(found)));
            }
        }
        None
    }

    fn define_functions(&self, functions: &[Function<'_>]) -> Definition {
        let mut property = false;
        let mut fixture = false;
        let results: Vec<Origin> = functions
            .iter()
            .map(|function| {
                let decorators = self.decorators(function.def);
                property |= decorators.iter().any(stdlib::is_property);
                fixture |= decorators.iter().any(stdlib::is_fixture);
                self.result_of(function, &decorators)
            })
            .collect();
        let result = Origin::any(results);
        if fixture { Definition::Fixture(result) } else { Definition::Function { result, property } }
    }

    /// What calling a function gives (for a fixture: what a test gets).
    fn result_of(&self, function: &Function<'_>, decorators: &[Origin]) -> Origin {
        let def = function.def;
        let declared = def.returns.as_deref().map(|annotation| self.annotation(annotation));
        let known = |origin: &Origin| !says_nothing(origin);
        let yielded = || Origin::any(function.yields.iter().map(|value| self.local(value)));
        let mut result = if function.yields.is_empty() {
            let returned = || {
                if function.returns.is_empty() {
                    Origin::None
                } else {
                    Origin::any(function.returns.iter().map(|value| self.local(value)))
                }
            };
            let value = declared.filter(known).unwrap_or_else(returned);
            if def.is_async { Origin::Awaitable(Arc::new(value)) } else { value }
        } else {
            let inside = yielded();
            let value =
                if inside == Origin::Unknown { declared.unwrap_or_default().step(Step::Iterate) } else { inside };
            Origin::Iterable(Arc::new(value))
        };
        for decorator in decorators.iter().rev() {
            result = stdlib::decorated(decorator, result);
        }
        result
    }
}

/// A name for the fixture `name` in the module or class `around`, which is none of its functions' names.
pub(super) fn fixture_in(around: &Name, name: &str) -> Name {
    around.join(&format!("<fixture {name}>"))
}

fn split_fixture(qualname: &str) -> Option<(&str, &str)> {
    let (class, fixture) = qualname.split_once("<fixture ")?;
    Some((class.strip_suffix('.').unwrap_or(class), fixture.strip_suffix('>')?))
}
