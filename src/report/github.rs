//! Workflow commands, which GitHub Actions shows beside the lines of a pull request.

use std::io::{self, Write};

use crate::lint::rule::{Finding, Severity};
use crate::report::{View, explanation, lines};
use crate::run::session::{FileFindings, Outcome};

/// Writes one command for each finding.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    lines(outcome, out, |file, finding| command(file, finding, view))
}

fn command(FileFindings { source, .. }: &FileFindings, finding: &Finding, view: &View) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let (start, end) = (source.stored_position(finding.range.start()), source.stored_position(finding.range.end()));
    let path = view.portable(source.path());
    // Columns are for a range within one line.
    let columns =
        if start.row == end.row { format!(",col={},endColumn={}", start.column, end.column) } else { String::new() };
    let place = format!("file={},line={},endLine={}{columns}", property(&path), start.row, end.row);
    let title = property(&format!("wsupgrade ({})", finding.code()));
    // The log shows the message only.
    let shown = source.position(finding.range.start());
    let message = format!("{path}:{shown}: {} {}", finding.code(), explanation(finding, "\n"));
    format!("::{level} title={title},{place}::{}", data(&message))
}

/// As the runner reads it: a command is one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same between `,` and `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
