//! Classes of the project: their attributes, and what they derive from.

use super::questions::{Answer, Question};
use ruff_python_ast::ExprCall;

use super::{Definition, Model, Name, Origin, Reach, Step, is_of_library, stdlib};
use crate::syntax::bind::Class;

/// A class with more bases than this, all levels together, is unknown.
const MOST_BASES: usize = 32;

impl<'a> Model<'a> {
    /// What the attribute of a class is in the classes of this file that derive from it: `Origin::None` where none of them
    /// defines or assigns it.
    pub fn redefined(&self, member: &Name) -> Origin {
        let Some((file, qualname)) = member.split_project() else { return Origin::None };
        let Some((class, attribute)) = qualname.rsplit_once('.') else { return Origin::None };
        let base = Name::project(file, class);
        let mut held = Origin::None;
        for derived in self.classes().filter(|class| class.def.arguments.is_some()) {
            let Some(name) = self.name_of(derived.def).filter(|name| *name != base) else { continue };
            let is_here = derived.attributes.contains_key(attribute)
                || self.is_own_function_or_class(&name.join(attribute))
                || !self.scopes().bindings_of(derived.scope, attribute).is_empty();
            if is_here && self.is_derived_from(&name, &base) {
                held = held.or(self.own_attribute(name.join(attribute)).unwrap_or_default());
            }
        }
        held
    }

    /// What a class itself says of an attribute, its bases left out.
    fn own_attribute(&self, member: Name) -> Option<Origin> {
        if self.is_own_function_or_class(&member) && !self.is_own_property(&member) {
            return Some(Origin::Ref(member));
        }
        Some(match self.definition(&member)? {
            Definition::Function { result, property: true } => self.resolve(result),
            Definition::Alias(origin) => self.resolve(origin),
            _ => Origin::Ref(member),
        })
    }

    /// What an attribute of an instance is, the classes counted that derive from its class and say otherwise: `self` may be one
    /// of them. Only what would be something of a library is worth the question.
    pub(super) fn attribute_of_instance(&self, class: &Name, attribute: &str) -> Origin {
        let Some(own) = self.attribute_of(class, attribute) else { return Origin::Unknown };
        if !is_of_library(&own) || self.reach < Reach::Project {
            return own;
        }
        let member = class.join(attribute);
        if let Some(known) = self.held_by_instances.borrow().get(&member) {
            return known.clone();
        }
        // Where a derived class asks for it again, it adds nothing.
        self.held_by_instances.borrow_mut().insert(member.clone(), own.clone());
        let held = own.or(self.redefined_anywhere(&member));
        self.held_by_instances.borrow_mut().insert(member, held.clone());
        held
    }

    fn redefined_anywhere(&self, member: &Name) -> Origin {
        match self.answer(Question::Redefined(member.clone())) {
            Some(Answer::Held(elsewhere)) => self.redefined(member).or(elsewhere),
            _ => Origin::Unknown,
        }
    }

    /// What a call of a method gives, the classes counted that override it; `None` where that is nothing of the library, or no
    /// method.
    pub(super) fn dispatched(&self, call: &ExprCall, callee: &Origin) -> Option<Origin> {
        if self.reach < Reach::Project {
            return None;
        }
        let receiver = &call.func.as_attribute_expr()?.value;
        let Origin::Ref(method) = self.resolve(callee.clone()) else { return None };
        let (_, qualname) = method.split_project()?;
        if !qualname.contains('.') {
            return None;
        }
        let Origin::Instance(class) = self.resolve(self.local(receiver)) else { return None };
        class.split_project()?;
        let own = self.resolve(callee.clone().step(Step::Call));
        if !is_of_library(&own) {
            return None;
        }
        match self.redefined_anywhere(&class.join(method.last())) {
            Origin::None => Some(own),
            others => Some(own.or(self.resolve(others.step(Step::Call)))),
        }
    }

    /// An attribute of a class of the project or of its bases; a property gives what it returns.
    pub(super) fn attribute_of(&self, class: &Name, attribute: &str) -> Option<Origin> {
        let name = class.join(attribute);
        if let Some(known) = self.attributes.borrow().get(&name) {
            return known.clone();
        }
        // Asked again while it is being answered, it is unknown.
        self.attributes.borrow_mut().insert(name.clone(), Some(Origin::Unknown));
        let found = self.find_attribute(class, attribute);
        self.attributes.borrow_mut().insert(name, found.clone());
        found
    }

    fn find_attribute(&self, class: &Name, attribute: &str) -> Option<Origin> {
        let mut seen = vec![];
        let mut queue = vec![class.clone()];
        while let Some(class) = queue.pop() {
            if seen.contains(&class) || seen.len() > MOST_BASES {
                continue;
            }
            if let Some(own) = self.own_attribute(class.join(attribute)) {
                return Some(own);
            }
            let Some(Definition::Class { bases }) = self.definition(&class) else { return None };
            seen.push(class);
            for base in bases.into_iter().rev() {
                match self.resolve(base) {
                    Origin::Ref(name) if name.split_project().is_some() => queue.push(name),
                    Origin::Ref(_) => {}
                    _ => return None,
                }
            }
        }
        None
    }

    /// Whether a function or a class of this file has the name. To know that, nothing has to be looked at that it does: what a
    /// handler returns depends on what it is given, and that on where it is named.
    pub(super) fn is_own_function_or_class(&self, name: &Name) -> bool {
        name.split_project().is_some_and(|(file, qualname)| {
            *file == *self.file
                && (self.bound.functions.contains_key(qualname) || self.bound.classes.contains_key(qualname))
        })
    }

    fn is_own_property(&self, name: &Name) -> bool {
        let functions = name.split_project().and_then(|(_, qualname)| self.bound.functions.get(qualname));
        functions.into_iter().flatten().any(|function| self.decorators(function.def).iter().any(stdlib::is_property))
    }

    /// Whether a class of the project derives from another one.
    pub(super) fn is_derived_from(&self, class: &Name, base: &Name) -> bool {
        let mut seen = vec![];
        let mut queue = vec![class.clone()];
        while let Some(name) = queue.pop() {
            if name == *base {
                return true;
            }
            if seen.contains(&name) || seen.len() > MOST_BASES {
                continue;
            }
            if let Some(Definition::Class { bases }) = self.definition(&name) {
                queue.extend(bases.into_iter().filter_map(|base| match self.resolve(base) {
                    Origin::Ref(name) if name.split_project().is_some() => Some(name),
                    _ => None,
                }));
            }
            seen.push(name);
        }
        false
    }

    pub(super) fn is_derived(&self, class: &Name, names: &[&str]) -> bool {
        self.derives_from(&Origin::Ref(class.clone()), names)
    }

    /// Whether `class` is one of these library classes, or a class of the project that derives from one.
    pub fn derives_from(&self, class: &Origin, names: &[&str]) -> bool {
        let mut seen = vec![];
        let mut queue = vec![class.clone()];
        while let Some(class) = queue.pop() {
            if class.is_one_of(names) {
                return true;
            }
            let Origin::Ref(name) = class else { continue };
            if seen.contains(&name) || seen.len() > MOST_BASES {
                continue;
            }
            if let Some(Definition::Class { bases }) = self.definition(&name) {
                queue.extend(bases.into_iter().map(|base| self.resolve(base)));
            }
            seen.push(name);
        }
        false
    }

    /// A class of this file and those of its bases that are in this file too.
    pub fn ancestry(&self, class: &Name) -> Vec<&Class<'a>> {
        let mut found = vec![];
        let mut seen = vec![];
        let mut queue = vec![class.clone()];
        while let Some(name) = queue.pop() {
            let Some(class) = self.class_named(&name).filter(|_| !seen.contains(&name) && seen.len() <= MOST_BASES)
            else {
                continue;
            };
            found.push(class);
            seen.push(name);
            let bases = class.def.arguments.iter().flat_map(|arguments| &arguments.args);
            queue.extend(bases.filter_map(|base| match self.resolve(self.base(base)) {
                Origin::Ref(name) => Some(name),
                _ => None,
            }));
        }
        found
    }
}
