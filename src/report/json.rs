//! The JSON of `ruff check --output-format json` and `json-lines`, field by field, so that what reads Ruff's output reads this.

use std::io::{self, Write};

use ruff_text_size::TextSize;
use serde::Serialize;

use crate::lint::rule::{Finding, Severity};
use crate::lint::suppress::lines::{self, Lines};
use crate::report::View;
use crate::run::session::{FileFindings, Outcome};
use crate::text::edit::Applicability;
use crate::text::source::{Position, Source};

#[derive(Serialize)]
struct Diagnostic<'a> {
    /// Notebooks have cells. Places are inside of them.
    cell: Option<usize>,
    code: &'a str,
    end_location: Location,
    filename: &'a str,
    fix: Option<Fix<'a>>,
    location: Location,
    message: &'a str,
    name: &'a str,
    noqa_row: Option<usize>,
    severity: Severity,
    url: Option<String>,
}

#[derive(Serialize)]
struct Fix<'a> {
    applicability: Applicability,
    edits: Vec<Edit<'a>>,
    message: &'a str,
}

#[derive(Serialize)]
struct Edit<'a> {
    content: &'a str,
    end_location: Location,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    column: usize,
    row: usize,
}

impl Location {
    fn new(source: &Source, offset: TextSize) -> Self {
        let Position { row, column, .. } = source.position(offset);
        Self { column, row }
    }
}

/// Writes a list of objects.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let names = names(outcome, view);
    serde_json::to_writer_pretty(&mut *out, &diagnostics(outcome, &names).collect::<Vec<_>>())?;
    writeln!(out)
}

/// Writes each object on a line of its own.
///
/// # Errors
/// When `out` cannot be written to.
pub fn lines(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let names = names(outcome, view);
    for diagnostic in diagnostics(outcome, &names) {
        serde_json::to_writer(&mut *out, &diagnostic)?;
        writeln!(out)?;
    }
    Ok(())
}

fn names(outcome: &Outcome, view: &View) -> Vec<String> {
    outcome.files.iter().map(|file| view.absolute(file.source.path())).collect()
}

fn diagnostics<'a>(outcome: &'a Outcome, names: &'a [String]) -> impl Iterator<Item = Diagnostic<'a>> {
    outcome.files.iter().zip(names).flat_map(|(FileFindings { source, findings }, filename)| {
        let lines = Lines::where_needed(source);
        findings.iter().map(move |finding| diagnostic(source, &lines, filename, finding))
    })
}

fn diagnostic<'a>(source: &Source, lines: &Lines, filename: &'a str, finding: &'a Finding) -> Diagnostic<'a> {
    let location = Location::new(source, finding.range.start());
    let room = lines::range(source, lines.room(source, finding.range.start()));
    Diagnostic {
        cell: source.position(finding.range.start()).cell,
        code: finding.code(),
        end_location: Location::new(source, finding.range.end()),
        filename,
        fix: finding.fix.as_ref().map(|fix| Fix {
            applicability: fix.applicability(),
            edits: fix.edits().iter().map(|edit| self::edit(source, edit)).collect(),
            message: finding.help.as_deref().unwrap_or(&finding.message),
        }),
        // A comment cannot silence a file that is not valid Python.
        noqa_row: finding.rule.map(|_| source.position(room.start()).row),
        location,
        message: &finding.message,
        name: finding.name(),
        severity: finding.severity,
        url: finding.rule.map(crate::lint::rule::Rule::url),
    }
}

fn edit<'a>(source: &Source, edit: &'a crate::text::edit::Edit) -> Edit<'a> {
    let (start, end) = (edit.range().start(), edit.range().end());
    Edit { content: &edit.content, end_location: Location::new(source, end), location: Location::new(source, start) }
}
