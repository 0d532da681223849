//! Who raises what a handler catches: the clients that run below a `try`, and what the project raises itself, through the
//! functions of this file and of others.

use std::cell::RefCell;

use ruff_python_ast::StmtTry;
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use crate::python::references::Role;
use crate::python::{Model, Name, Origin};
use crate::websockets::names;

/// Functions that call functions that call ... are followed this far.
const DEPTH: u32 = 6;

/// What runs below a `try`, as far as it is seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Raised {
    /// The legacy client, or a place that makes an `InvalidStatusCode` itself.
    pub old: bool,
    /// The new client.
    pub new: bool,
}

/// What the `try` statements of one file run, each looked at once.
#[derive(Default)]
pub struct Raising {
    known: RefCell<FxHashMap<TextRange, Raised>>,
}

impl Raising {
    /// What can be raised in the body of `statement`.
    pub fn below(&self, model: &Model, statement: &StmtTry) -> Raised {
        let (Some(first), Some(last)) = (statement.body.first(), statement.body.last()) else {
            return Raised::default();
        };
        let body = TextRange::new(first.start(), last.end());
        if let Some(known) = self.known.borrow().get(&body) {
            return *known;
        }
        let mut search = Search { home: model.file().to_string(), seen: Vec::new(), raised: Raised::default() };
        search.range(model, body, DEPTH);
        self.known.borrow_mut().insert(body, search.raised);
        search.raised
    }
}

struct Search {
    /// The file that asks: what it makes itself changes with its handlers.
    home: String,
    /// The functions that have been looked into.
    seen: Vec<Name>,
    raised: Raised,
}

impl Search {
    fn range(&mut self, model: &Model, range: TextRange, depth: u32) {
        let within = |names: &[&str]| model.references_in(names, range);
        self.raised.new |= !within(&names::new_connect()).is_empty();
        self.raised.old |= !within(names::LEGACY_CONNECT).is_empty();
        let made = within(names::INVALID_STATUS_CODE);
        self.raised.old |=
            **model.file() != *self.home && made.iter().any(|it| matches!(it.role, Role::Construction(_)));
        let Some(depth) = depth.checked_sub(1) else { return };
        for call in model.calls_in(range) {
            let Origin::Ref(name) = model.origin(&call.func) else { continue };
            let Some((file, qualname)) = name.split_project() else { continue };
            if qualname.is_empty() || self.seen.contains(&name) {
                continue;
            }
            self.seen.push(name.clone());
            self.raised.old |= model.derives_from(&Origin::Ref(name.clone()), names::INVALID_STATUS_CODE);
            if *file == **model.file() {
                self.function(model, qualname, depth);
            } else {
                model.ask(file, |other| self.function(other, qualname, depth));
            }
        }
    }

    /// The body of a function, or of a constructor.
    fn function(&mut self, model: &Model, qualname: &str, depth: u32) {
        let constructor = format!("{qualname}.__init__");
        let bodies: Vec<TextRange> = model
            .functions()
            .filter(|function| {
                let name = model.name_of(function.def);
                let own = name.as_ref().and_then(Name::split_project).map(|(_, own)| own);
                own == Some(qualname) || own == Some(&*constructor)
            })
            .map(|function| function.def.range)
            .collect();
        for body in bodies {
            self.range(model, body, depth);
        }
    }
}
