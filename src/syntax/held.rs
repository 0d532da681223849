//! What objects and containers hold: assigned to `self.name`, put into a list, a set or a dictionary.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{Expr, ExprAttribute, ExprCall, StmtFunctionDef};

use super::bind::{Binder, Owner};
use super::scope::{Container, Content, Value};

impl<'a> Binder<'a> {
    /// `self.name = value` in a method says what the class's attribute is.
    pub(super) fn bind_attribute(&mut self, target: &'a ExprAttribute, value: Value<'a>) {
        let (object, attribute) = (&*target.value, target.attr.as_str());
        if matches!(value, Value::Expr(value) if is_part_of(target, value)) {
            return self.visit_expr(object);
        }
        if let Some(class) = self.class_of_self(object)
            && let Some(class) = self.bound.classes.get_mut(&class)
        {
            class.attributes.entry(attribute).or_default().push(value);
        } else {
            self.bound.assigned_from_outside.entry(attribute).or_default().push((object, value));
        }
        self.visit_expr(object);
    }

    /// The qualified name of the class when `object` is the `self` or `cls` of the method around.
    fn class_of_self(&self, object: &Expr) -> Option<String> {
        let name = object.as_name_expr()?;
        let at = self
            .owners
            .iter()
            .rposition(|owner| matches!(owner, Owner::Function(_, def) if first_parameter(def) == Some(&name.id)))?;
        match self.owners.get(at.checked_sub(1)?)? {
            Owner::Class(qualname, _) => Some(qualname.clone()),
            _ => None,
        }
    }

    /// `container` now also holds `element`. Where the container is made decides what it is; this adds what is in it. Whether it
    /// is known where that is.
    pub(super) fn put_into(&mut self, container: &'a Expr, content: Content<'a>) -> bool {
        match container {
            Expr::Attribute(attribute) => {
                if let Some(class) = self.class_of_self(&attribute.value)
                    && let Some(class) = self.bound.classes.get_mut(&class)
                {
                    class.contents.entry(&attribute.attr).or_default().push(content);
                    return true;
                }
            }
            Expr::Name(name) => {
                let mut scope = Some(self.scope());
                while let Some(id) = scope {
                    if self.bound.scopes.scope(id).bindings.contains_key(name.id.as_str()) {
                        self.scope_mut(id).contents.entry(&name.id).or_default().push(content);
                        return true;
                    }
                    scope = self.bound.scopes.scope(id).parent;
                }
            }
            _ => {}
        }
        false
    }

    /// `self.name.update(...)`, `clients.add(ws)`
    pub(super) fn grow(&mut self, call: &'a ExprCall) {
        if let Expr::Attribute(method) = &*call.func
            && let Expr::Attribute(held) = &*method.value
            && matches!(method.attr.as_str(), "update" | "setdefault")
            && let Some(class) = self.class_of_self(&held.value)
            && let Some(class) = self.bound.classes.get_mut(&class)
        {
            class.changes.entry(&held.attr).or_default().push((&method.attr, call));
        }
        if let Expr::Attribute(method) = &*call.func
            && let Some((container, element)) = puts(&method.attr, &call.arguments.args)
        {
            self.put_into(&method.value, Content { element, container, key: None });
        }
    }
}

/// Whether `value` is a part of what `target` holds already: `self.clients = [c for c in self.clients if c.open]`.
fn is_part_of(target: &ExprAttribute, value: &Expr) -> bool {
    let (element, generators) = match value {
        Expr::ListComp(list) => (&*list.elt, &*list.generators),
        Expr::SetComp(set) => (&*set.elt, &*set.generators),
        _ => return false,
    };
    let [generator] = generators else { return false };
    let is_same = |a: &Expr, b: &Expr| matches!((a, b), (Expr::Name(a), Expr::Name(b)) if a.id == b.id);
    is_same(element, &generator.target)
        && matches!(&generator.iter, Expr::Attribute(from) if from.attr.id == target.attr.id && is_same(&from.value, &target.value))
}

/// What a method of a container puts into it.
fn puts<'a>(method: &str, arguments: &'a [Expr]) -> Option<(Container, &'a Expr)> {
    match (method, arguments) {
        ("add" | "append" | "appendleft" | "put" | "put_nowait", [element]) | ("insert", [_, element]) => {
            Some((Container::Iterable, element))
        }
        ("extend" | "extendleft" | "update", [others]) => Some((Container::Others, others)),
        ("setdefault", [_, element]) => Some((Container::Mapping, element)),
        _ => None,
    }
}

fn first_parameter(def: &StmtFunctionDef) -> Option<&ruff_python_ast::name::Name> {
    let parameters = &def.parameters;
    parameters.posonlyargs.iter().chain(&parameters.args).next().map(|first| &first.parameter.name.id)
}
