//! A file with its parse and its bindings, made once and shared.

use std::fmt;
use std::sync::Arc;

use ruff_python_ast::ModModule;
use ruff_python_ast::token::Tokens;
use ruff_python_parser::Parsed;
use self_cell::self_cell;

use crate::syntax::bind::{Bound, bind};
use crate::text::source::Source;

/// What the bindings point into.
struct Text {
    source: Arc<Source>,
    parsed: Parsed<ModModule>,
}

self_cell!(
    struct Cell {
        owner: Text,
        #[covariant]
        dependent: Bound,
    }
);

/// One file, parsed and bound. Threads share it; it never changes.
pub struct Tree(Cell);

impl Tree {
    /// Parses and binds a file. One with syntax errors has the tree that the parser recovered.
    pub fn new(source: Arc<Source>) -> Arc<Self> {
        let parsed = source.parse();
        Arc::new(Self(Cell::new(Text { source, parsed }, |text| bind(text.parsed.syntax()))))
    }

    /// The text.
    pub fn source(&self) -> &Arc<Source> {
        &self.0.borrow_owner().source
    }

    /// The parse, with its errors.
    pub fn parsed(&self) -> &Parsed<ModModule> {
        &self.0.borrow_owner().parsed
    }

    /// The statements.
    pub fn module(&self) -> &ModModule {
        self.parsed().syntax()
    }

    /// The tokens, comments included.
    pub fn tokens(&self) -> &Tokens {
        self.parsed().tokens()
    }

    /// Scopes, bindings and definitions.
    pub fn bound(&self) -> &Bound<'_> {
        self.0.borrow_dependent()
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree of {}", self.source().path().display())
    }
}
