//! The supported versions: where they are written, and what follows.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::{Paint, View};
use crate::run::session::Supported;

/// Writes a paragraph for each target.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(targets: &BTreeMap<String, Supported>, view: &View, out: &mut dyn Write) -> io::Result<()> {
    if targets.is_empty() {
        return writeln!(out, "No Python file mentions websockets.");
    }
    for (text, Supported { target, first, files }) in targets {
        writeln!(out, "{}", view.terminal.paint(Paint::Strong, text))?;
        writeln!(out, "  {}: {}", target.side, target.reason())?;
        for evidence in &target.also {
            writeln!(out, "  also {}: {}", evidence, evidence.text)?;
        }
        let path = view.path(first);
        match files {
            1 => writeln!(out, "  for {path}")?,
            2 => writeln!(out, "  for {path} and one more file")?,
            _ => writeln!(out, "  for {path} and {} more files", files - 1)?,
        }
    }
    Ok(())
}
