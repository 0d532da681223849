//! Functions that pass the keyword arguments of their callers on: `def open_ws(url, **options): return connect(url, **options)`.
//!
//! What callers in the same file pass is found from the inner call ([`super::keywords`]); here it is found from the outer one,
//! for callers in other files.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use super::dictionaries::Use;
use super::{Model, Origin};
use crate::syntax::bind::Function;
use crate::syntax::scope::{BindingId, Container, Value};

/// Wrappers of wrappers of ... are followed this far.
const DEPTH: u32 = 4;

/// What a function does with keyword arguments that it does not name itself.
#[derive(Debug, Clone)]
pub struct Forwarding {
    /// What they arrive at.
    callee: Origin,
    /// Those that it takes, sets or reads itself, so that they are its own business.
    own: Vec<String>,
}

impl Model<'_> {
    /// What the keyword arguments `names` of a call of `callee` arrive at: `callee`, or what a wrapper in another file passes them
    /// on to.
    pub fn receiver(&self, callee: Origin, names: &[&str]) -> Origin {
        let mut callee = callee;
        for _ in 0..DEPTH {
            let Origin::Ref(name) = &callee else { break };
            let Some((file, qualname)) = name.split_project() else { break };
            if qualname.is_empty() || *file == *self.file {
                break;
            }
            self.rely_on(file);
            match self.project.forwarding(file, qualname) {
                Some(on) if !names.iter().any(|name| on.own.iter().any(|own| own == name)) => callee = on.callee,
                _ => return Origin::Unknown,
            }
        }
        callee
    }

    /// What the function of this file passes its keyword arguments on to, if it is one thing.
    pub fn forwarding(&self, qualname: &str) -> Option<Forwarding> {
        let [function] = self.bound.functions.get(qualname)?.as_slice() else { return None };
        let given = self.given_keywords(function)?;
        let parameters = function.def.parameters.iter_non_variadic_params();
        let mut own: Vec<String> = parameters.map(|one| one.parameter.name.to_string()).collect();
        let mut callees = Vec::new();
        let mut text = |key: Option<&Expr>| {
            own.push(key?.as_string_literal_expr()?.value.to_str().to_owned());
            Some(())
        };
        for call in self.unpacked_into(&[given]) {
            if self.is_version_guarded(call.func.start()) {
                return None;
            }
            callees.push(self.origin(&call.func));
        }
        for used in self.uses_of(&[given]) {
            match used {
                Use::Method("setdefault" | "get" | "pop", call) => text(call.arguments.args.first())?,
                Use::Read(key) => text(Some(key))?,
                Use::Written => {}
                _ => return None,
            }
        }
        let kwarg = &function.def.parameters.kwarg.as_ref()?.name;
        for content in self.scopes().contents(kwarg, function.def.body.last()?.start()) {
            match content.key {
                Some(key) => text(Some(key))?,
                // What methods put in is among the uses.
                None if content.container != Container::Merged => {}
                None => return None,
            }
        }
        let callee = Origin::any(callees);
        matches!(callee, Origin::Ref(_)).then_some(Forwarding { callee, own })
    }

    /// The binding of `**kwargs`.
    fn given_keywords(&self, function: &Function<'_>) -> Option<BindingId> {
        let kwarg = function.def.parameters.kwarg.as_deref()?;
        let start = function.def.body.first()?.start();
        let [id] = self.scopes().reaching(&kwarg.name, start)?[..] else { return None };
        let is_it =
            matches!(&self.scopes().binding(id).value, Value::Parameter(of) if of.parameter.range == kwarg.range);
        is_it.then_some(id)
    }
}
