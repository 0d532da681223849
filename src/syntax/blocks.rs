//! Which statements stand together, and what they import: asked of every import of a file, so found out once.

use ruff_python_ast::visitor::{Visitor, walk_body};
use ruff_python_ast::{ModModule, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

/// The blocks of a file.
#[derive(Debug, Default)]
pub struct Blocks<'a> {
    around: FxHashMap<TextRange, &'a [Stmt]>,
    /// By the start of the block, and the module.
    imports: FxHashMap<(TextSize, &'a str), &'a StmtImportFrom>,
}

impl<'a> Blocks<'a> {
    /// Those of `module`.
    pub fn of(module: &'a ModModule) -> Self {
        let mut blocks = Self::default();
        blocks.visit_body(&module.body);
        blocks
    }

    /// The statements among which one stands.
    pub fn around(&self, statement: TextRange) -> Option<&'a [Stmt]> {
        self.around.get(&statement).copied()
    }

    /// The first `from module import name` among `block`.
    pub fn import_from(&self, block: &[Stmt], module: &str) -> Option<&'a StmtImportFrom> {
        self.imports.get(&(block.first()?.start(), module)).copied()
    }
}

impl<'a> Visitor<'a> for Blocks<'a> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        for statement in body {
            self.around.insert(statement.range(), body);
            let Stmt::ImportFrom(import) = statement else { continue };
            let names_all = import.names.first().is_none_or(|alias| alias.name.as_str() == "*");
            let Some(module) = import.module.as_deref().filter(|_| import.level == 0 && !names_all) else { continue };
            let Some(first) = body.first() else { continue };
            self.imports.entry((first.start(), module)).or_insert(import);
        }
        walk_body(self, body);
    }
}
