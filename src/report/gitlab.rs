//! A Code Quality report, which GitLab shows in merge requests.

use std::io::{self, Write};

use serde::Serialize;

use crate::lint::rule::Severity;
use crate::report::fingerprint::Fingerprints;
use crate::report::{View, explanation, in_cell};
use crate::run::session::Outcome;
use crate::text::source::Position;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

impl From<Position> for Place {
    fn from(Position { row, column, .. }: Position) -> Self {
        Self { line: row, column }
    }
}

/// Writes a list of objects.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut fingerprints = Fingerprints::default();
    let mut issues = Vec::new();
    for file in &outcome.files {
        for finding in &file.findings {
            let place = |offset| Place::from(file.source.stored_position(offset));
            issues.push(Issue {
                description: format!(
                    "{}: {}{}",
                    finding.code(),
                    in_cell(&file.source, finding),
                    explanation(finding, " ")
                ),
                check_name: finding.code(),
                fingerprint: fingerprints.next(file, finding, view),
                severity: match finding.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Info => "info",
                },
                location: Location {
                    path: view.portable(file.source.path()),
                    positions: Positions { begin: place(finding.range.start()), end: place(finding.range.end()) },
                },
            });
        }
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}
