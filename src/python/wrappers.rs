//! Functions that are configured to stand for `websockets.connect()`: they pass their keyword arguments on to it.

use std::path::Path;

use ruff_text_size::{Ranged, TextRange};

use super::{Model, Name, Origin};

/// What such a function stands for.
const CONNECT: &str = "websockets.connect";

/// The arguments whose name or meaning changed. A function that knows one of them by its name does something with it that is
/// not seen from outside, and its callers are left alone.
pub(super) const CHANGED: &[&str] =
    &["extra_headers", "timeout", "loop", "legacy_recv", "read_limit", "write_limit", "klass", "create_protocol"];

impl Model<'_> {
    /// `connect()` in the place of a function that stands for it.
    pub(super) fn unwrapped(&self, origin: Origin) -> Origin {
        match origin {
            Origin::Ref(name) if self.is_wrapper(&name) => Origin::library(CONNECT),
            Origin::Instance(name) if self.is_wrapper(&name) => Origin::instance(CONNECT),
            other => other,
        }
    }

    fn is_wrapper(&self, name: &Name) -> bool {
        let config = self.config.get_or_init(|| self.project.config(Path::new(&*self.file)));
        let functions = &config.connect_functions;
        if !functions.iter().any(|function| function.last() == name.last()) {
            return false;
        }
        let Some((file, qualname)) = name.split_project() else {
            return functions.iter().any(|function| function.as_str() == name.as_str());
        };
        if let Some(known) = self.wrappers.borrow().get(name) {
            return *known;
        }
        let is_named = functions.iter().any(|function| {
            let module = function.as_str().strip_suffix(qualname).and_then(|module| module.strip_suffix('.'));
            module.is_some_and(|module| self.project.module(&self.file, module).as_deref() == Some(file))
        });
        let is_wrapper = is_named
            && if *file == *self.file {
                self.passes_on(qualname)
            } else {
                self.rely_on(file);
                self.project.ask(file, |model| model.passes_on(qualname)).unwrap_or_default()
            };
        self.wrappers.borrow_mut().insert(name.clone(), is_wrapper);
        is_wrapper
    }

    /// Whether every function of that name in this file takes any keyword, and knows none of those that changed.
    fn passes_on(&self, qualname: &str) -> bool {
        let Some(functions) = self.bound.functions.get(qualname) else { return false };
        functions.iter().all(|function| {
            let parameters = &function.def.parameters;
            let named = parameters.iter().any(|parameter| CHANGED.contains(&parameter.name().as_str()));
            parameters.kwarg.is_some() && !named && !self.quotes_changed(function.def.range())
        })
    }

    /// Whether the name of a changed argument stands in quotes: `kwargs.pop("extra_headers")`.
    fn quotes_changed(&self, range: TextRange) -> bool {
        let text = self.source.slice(range);
        CHANGED.iter().any(|name| ['"', '\''].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}"))))
    }
}
