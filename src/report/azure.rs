//! Logging commands, which Azure Pipelines shows as issues of a run.

use std::io::{self, Write};

use crate::lint::rule::{Finding, Severity};
use crate::report::{View, explanation, in_cell, lines};
use crate::run::session::{FileFindings, Outcome};

/// Writes one command for each finding.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    lines(outcome, out, |file, finding| command(file, finding, view))
}

/// Azure has errors and warnings only.
fn command(FileFindings { source, .. }: &FileFindings, finding: &Finding, view: &View) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning | Severity::Info => "warning",
    };
    let place = source.stored_position(finding.range.start());
    let path = escaped(&view.portable(source.path()));
    let (row, column, code) = (place.row, place.column, finding.code());
    let message = escaped(&format!("{}{}", in_cell(source, finding), explanation(finding, " ")));
    format!(
        "##vso[task.logissue type={level};sourcepath={path};linenumber={row};columnnumber={column};code={code};]{message}"
    )
}

/// As the agent reads it: a command is one line, and its properties end at `;` and `]`.
fn escaped(text: &str) -> String {
    let text = text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A");
    text.replace(';', "%3B").replace(']', "%5D")
}
