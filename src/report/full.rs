//! Findings with the code around them, what to do, and the fix.

use std::io::{self, Write};

use ruff_text_size::TextRange;
use similar::{DiffTag, TextDiff};

use crate::lint::rule::{Finding, Severity};
use crate::report::digest::{self, Groups};
use crate::report::drawing;
use crate::report::excerpt::{Excerpt, harmless, line, row_of, window};
use crate::report::summary::Waiting;
use crate::report::{Paint, Terminal, View, shared_fixes, word};
use crate::run::session::{FileFindings, Outcome};
use crate::text::edit::{self, Applicability, Edit, Fix};
use crate::text::source::Source;

/// A fix is shown to be recognised; `--diff` has all of it.
const MOST_LINES: usize = 12;

/// The colour of a severity.
pub fn paint(severity: Severity) -> Paint {
    match severity {
        Severity::Error => Paint::Error,
        Severity::Warning => Paint::Warning,
        Severity::Info => Paint::Info,
    }
}

/// Writes one diagnostic for each finding. In a long list, what is said of many places is said once, with all the places below it;
/// what waits behind a pin is told in a few lines where it is `folded`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, folded: Option<&Waiting>, out: &mut dyn Write) -> io::Result<()> {
    let is_shown = |file: &FileFindings, finding: &Finding| folded.is_none() || !outcome.waits(file, finding);
    let groups = Groups::new(outcome, view, &is_shown);
    let shared = shared_fixes(&outcome.files);
    let mut number = 0;
    for file in &outcome.files {
        let FileFindings { source, findings } = file;
        let path = view.path(source.path());
        let before = number;
        number += findings.len();
        for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| is_shown(file, finding)) {
            let Some(others) = groups.others(source, finding) else { continue };
            let code = view.code(finding);
            let severity = view.terminal.paint(paint(finding.severity), word(finding.severity));
            match finding.rule {
                Some(rule) => writeln!(out, "{code} {} ({severity})", view.terminal.paint(Paint::Strong, rule.name))?,
                None => writeln!(out, "{code}")?,
            }
            let excerpt = excerpt(source, &path, finding, view.terminal);
            out.write_all(drawing::draw(finding, &excerpt, view).as_bytes())?;
            let earlier = shared.get(before + at).copied().flatten();
            let earlier = earlier.and_then(|number| findings.get(number.checked_sub(before)?));
            match (&finding.fix, earlier) {
                (Some(_), Some(earlier)) => {
                    let place = source.position(earlier.range.start());
                    let title = format!("fix: together with {place}");
                    writeln!(out, "  {}", view.terminal.paint(Paint::Info, &title))?;
                }
                (Some(fix), None) => write_fix(source, fix, view, out)?,
                (None, _) => {
                    if let Some(why) = finding.reason() {
                        let text = view.terminal.wrap(&format!("no fix: {why}"), "  ", "    ");
                        writeln!(out, "{}", view.terminal.paint(Paint::Dim, &text))?;
                    }
                }
            }
            if let [first, rest @ ..] = others.as_slice() {
                writeln!(
                    out,
                    "  {}",
                    view.terminal.paint(Paint::Info, &format!("and in {} more places:", others.len()))
                )?;
                write_places(first, rest, view.terminal, out)?;
            }
            if let Some(rule) = finding.rule.filter(|_| !view.terminal.hyperlinks) {
                writeln!(out, "  {}", view.terminal.paint(Paint::Dim, &format!("see {}", rule.url())))?;
            }
            writeln!(out)?;
        }
    }
    match folded {
        Some(waiting) => digest::write(outcome, waiting, view, out),
        None => Ok(()),
    }
}

/// As many places in a line as fit.
fn write_places(first: &str, rest: &[&str], terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let mut line = format!("    {first}");
    for place in rest {
        if line.chars().count() + place.chars().count() + 2 > terminal.width {
            writeln!(out, "{line},")?;
            line = format!("    {place}");
        } else {
            line.push_str(", ");
            line.push_str(place);
        }
    }
    writeln!(out, "{line}")
}

/// The lines around what the finding names: its own place first, then those of its labels.
fn excerpt(source: &Source, path: &str, finding: &Finding, terminal: Terminal) -> Excerpt {
    let others = finding.labels.iter().map(|label| label.range);
    let ranges: Vec<TextRange> = std::iter::once(finding.range).chain(others).collect();
    Excerpt::new(source, path, &ranges, ellipsis(terminal))
}

/// Shows the lines that a fix changes, as they are and as they would be.
fn write_fix(source: &Source, fix: &Fix, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let terminal = view.terminal;
    let title = match fix.applicability() {
        Applicability::Safe => "fix (safe):",
        Applicability::Unsafe if fix.is_allowed() => "fix (unsafe):",
        Applicability::Unsafe => "fix (unsafe: needs `--unsafe-fixes`):",
        Applicability::DisplayOnly => "suggestion (never applied; judge it yourself):",
    };
    writeln!(out, "  {}", terminal.paint(Paint::Info, title))?;
    let lines: Vec<Changed> =
        blocks(source, fix.edits()).into_iter().flat_map(|edits| changed(source, edits)).collect();
    let width = lines.iter().filter_map(|line| line.number).max().unwrap_or_default().to_string().len();
    for Changed { sign, number, text, differs } in lines.iter().take(MOST_LINES) {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let paint = if *sign == '-' { Paint::Error } else { Paint::Good };
        let number = terminal.paint(Paint::Dim, &format!("{number:>width$}"));
        let text = format!("{sign} {}", clip(text, *differs, terminal));
        writeln!(out, " {number} {}", terminal.paint(paint, text.trim_end()))?;
    }
    match lines.len().saturating_sub(MOST_LINES) {
        0 => Ok(()),
        more => writeln!(out, " {:width$} {} {more} more lines", "", ellipsis(terminal)),
    }
}

/// A line that goes or comes.
struct Changed {
    sign: char,
    /// In the file as it is.
    number: Option<usize>,
    text: String,
    /// Where it begins to be different from the other side.
    differs: usize,
}

/// Edits of the same or neighbouring lines, together.
fn blocks<'a>(source: &Source, edits: &'a [Edit]) -> Vec<&'a [Edit]> {
    edits.chunk_by(|a, b| row_of(source, b.range().start()) <= row_of(source, a.range().end()) + 1).collect()
}

/// The lines that `edits` change; the others of the block are left out.
fn changed(source: &Source, edits: &[Edit]) -> Vec<Changed> {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return Vec::new() };
    let (top, bottom) = (row_of(source, first.range().start()), row_of(source, last.range().end()));
    let block = TextRange::new(
        line(source, top).start().min(first.range().start()),
        line(source, bottom).end().max(last.range().end()),
    );
    let old = source.slice(block);
    let moved = edits.iter().filter_map(|edit| {
        let edit =
            Edit { range: (edit.range.0 - block.start(), edit.range.1 - block.start()), content: edit.content.clone() };
        Fix::new(vec![edit], Applicability::Safe)
    });
    let (new, _) = edit::apply(old, &moved.collect::<Vec<_>>());
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let diff = TextDiff::from_slices(&old, &new);
    let inserts_only = diff.ops().iter().all(|op| matches!(op.tag(), DiffTag::Equal | DiffTag::Insert));
    let mut lines = Vec::new();
    for op in diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal) {
        let (before, after) = (&old[op.old_range()], &new[op.new_range()]);
        let differs = |at: usize| match (before.get(at), after.get(at)) {
            (Some(before), Some(after)) => before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count(),
            _ => 0,
        };
        let row = source.position(line(source, top).start()).row + op.old_range().start;
        let gone = before.iter().enumerate();
        lines.extend(gone.map(|(at, text)| Changed {
            sign: '-',
            number: Some(row + at),
            text: (*text).to_owned(),
            differs: differs(at),
        }));
        let come = after.iter().enumerate();
        lines.extend(come.map(|(at, text)| Changed {
            sign: '+',
            number: inserts_only.then_some(row),
            text: (*text).to_owned(),
            differs: differs(at),
        }));
    }
    lines
}

fn clip(text: &str, differs: usize, terminal: Terminal) -> String {
    let window = window(text, differs);
    let start = if window.start > 0 { ellipsis(terminal) } else { "" };
    let end = if window.end < text.len() { ellipsis(terminal) } else { "" };
    let shown: String = harmless(text.get(window).unwrap_or_default()).collect();
    format!("{start}{}{end}", shown.replace('\t', "    "))
}

fn ellipsis(terminal: Terminal) -> &'static str {
    if terminal.unicode { "…" } else { "..." }
}
