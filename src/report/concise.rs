//! One line for each finding, as compilers print them.

use std::io::{self, Write};

use crate::report::{Paint, View, full};
use crate::run::FileFindings;

/// Writes `path:row:column: code [*] message`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(files: &[FileFindings], view: &View, out: &mut dyn Write) -> io::Result<()> {
    for FileFindings { source, findings } in files {
        let path = view.terminal.paint(Paint::Strong, &view.path(source.path()));
        for finding in findings {
            let place = source.position(finding.range.start());
            let code = view.terminal.paint(full::paint(finding.severity), finding.code());
            let mark = if view.is_fixable(finding) { "[*] " } else { "" };
            writeln!(out, "{path}:{}:{}: {code} {mark}{}", place.row, place.column, finding.message)?;
        }
    }
    Ok(())
}
