//! Classes of the project: their attributes, and what they derive from.

use super::{Definition, Model, Name, Origin, stdlib};
use crate::syntax::bind::Class;

/// A class with more bases than this, all levels together, is unknown.
const MOST_BASES: usize = 32;

impl<'a> Model<'a> {
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
            let member = class.join(attribute);
            if self.is_own_function_or_class(&member) && !self.is_own_property(&member) {
                return Some(Origin::Ref(member));
            }
            match self.definition(&member) {
                Some(Definition::Function { result, property: true }) => return Some(self.resolve(result)),
                Some(Definition::Alias(origin)) => return Some(self.resolve(origin)),
                Some(_) => return Some(Origin::Ref(member)),
                None => {}
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
