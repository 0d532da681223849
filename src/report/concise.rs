//! One line for each finding, as compilers print them.

use std::io::{self, Write};

use crate::lint::rule::Finding;
use crate::report::{View, word};
use crate::run::session::{FileFindings, Outcome};

/// Writes `path:row:column: code [*] severity: message`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    for FileFindings { source, findings } in &outcome.files {
        let path = view.strong_path(source.path());
        for finding in findings {
            let place = source.position(finding.range.start());
            writeln!(out, "{path}:{place}: {}", words(finding, view))?;
        }
    }
    Ok(())
}

/// What is behind the place.
pub fn words(finding: &Finding, view: &View) -> String {
    let code = view.code(finding);
    match (finding.rule, view.is_fixable(finding)) {
        // Its name says how bad it is.
        (None, _) => format!("{code}: {}", finding.message),
        (Some(_), true) => format!("{code} [*] {}: {}", word(finding.severity), finding.message),
        (Some(_), false) => format!("{code} {}: {}", word(finding.severity), finding.message),
    }
}
