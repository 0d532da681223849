//! The JSON of `ruff check --output-format json` and `json-lines`, field by field, so that what reads Ruff's output reads this.

use std::io::{self, Write};
use std::iter;

use ruff_text_size::TextSize;
use serde::{Serialize, Serializer};

use crate::lint::rule::{Finding, Severity};
use crate::lint::suppress::lines::{self, Lines};
use crate::report::{View, shared_fixes};
use crate::run::session::{FileFindings, Outcome};
use crate::text::edit::{self, Applicability};
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
    edits: Edits<'a>,
    message: &'a str,
    /// The number, from 0, of the object before it that has the edits: many places can change together only.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_with: Option<usize>,
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
    // One after the other: all of them at once may need more memory than there is.
    serde_json::Serializer::pretty(&mut *out).collect_seq(Diagnostics::new(outcome, view).iter())?;
    writeln!(out)
}

/// Writes each object on a line of its own.
///
/// # Errors
/// When `out` cannot be written to.
pub fn lines(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in Diagnostics::new(outcome, view).iter() {
        serde_json::to_writer(&mut *out, &diagnostic)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The objects of a report, and what is known before the first of them.
struct Diagnostics<'a> {
    outcome: &'a Outcome,
    names: Vec<String>,
    shared: Vec<Option<usize>>,
}

impl<'a> Diagnostics<'a> {
    fn new(outcome: &'a Outcome, view: &View) -> Self {
        let names = outcome.files.iter().map(|file| view.absolute(file.source.path())).collect();
        Self { outcome, names, shared: shared_fixes(&outcome.files) }
    }

    fn iter(&self) -> impl Iterator<Item = Diagnostic<'_>> {
        let findings =
            self.outcome.files.iter().zip(&self.names).flat_map(|(FileFindings { source, findings }, name)| {
                let lines = Lines::where_needed(source);
                findings.iter().map(move |finding| diagnostic(source, &lines, name, finding))
            });
        findings.zip(&self.shared).map(|(mut diagnostic, shared)| {
            if let (Some(fix), Some(_)) = (&mut diagnostic.fix, shared) {
                fix.edits = Edits::Elsewhere;
                fix.shared_with = *shared;
            }
            diagnostic
        })
    }
}

fn diagnostic<'a>(source: &'a Source, lines: &Lines, filename: &'a str, finding: &'a Finding) -> Diagnostic<'a> {
    let location = Location::new(source, finding.range.start());
    let room = lines::range(source, lines.room(source, finding.range.start()));
    Diagnostic {
        cell: source.position(finding.range.start()).cell,
        code: finding.code(),
        end_location: Location::new(source, finding.range.end()),
        filename,
        fix: finding.fix.as_ref().map(|fix| Fix {
            applicability: fix.applicability(),
            edits: Edits::Here(source, fix.edits()),
            message: finding.help.as_deref().unwrap_or(&finding.message),
            shared_with: None,
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

/// The edits of a fix, made into objects when they are written.
enum Edits<'a> {
    Here(&'a Source, &'a [edit::Edit]),
    Elsewhere,
}

impl Serialize for Edits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Here(source, edits) => serializer.collect_seq(edits.iter().map(|edit| self::edit(source, edit))),
            Self::Elsewhere => serializer.collect_seq(iter::empty::<Edit>()),
        }
    }
}

fn edit<'a>(source: &Source, edit: &'a edit::Edit) -> Edit<'a> {
    let (start, end) = (edit.range().start(), edit.range().end());
    Edit { content: &edit.content, end_location: Location::new(source, end), location: Location::new(source, start) }
}
