//! The findings of each file below its name.

use std::io::{self, Write};

use crate::report::{View, concise};
use crate::run::session::{FileFindings, Outcome};

/// Writes the path, and `row:column code [*] severity: message` for each finding.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    for FileFindings { source, findings } in &outcome.files {
        writeln!(out, "{}:", view.strong_path(source.path()))?;
        let places: Vec<String> =
            findings.iter().map(|finding| source.position(finding.range.start()).to_string()).collect();
        let width = places.iter().map(String::len).max().unwrap_or_default();
        for (finding, place) in findings.iter().zip(places) {
            writeln!(out, "  {place:width$} {}", concise::words(finding, view))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
