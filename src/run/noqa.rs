//! Writes `# noqa: WS101` for what is found, where a comment has room.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::lint::rule::{Check, Finding, Rule};
use crate::lint::suppress::comment;
use crate::lint::suppress::lines::{self, Lines};
use crate::run::session::{Change, FileFindings, Outcome};
use crate::text::edit::{self, Applicability, Edit, Fix};
use crate::text::source::Source;

/// Suppresses what was found: the files of `outcome` become changes. What is left cannot have a comment. A new comment ends with the
/// `reason`, if there is one.
pub fn add(outcome: &mut Outcome, reason: &str) {
    for file in std::mem::take(&mut outcome.files) {
        let (edits, rules) = edits(&file, reason);
        match changed(&file.source, edits) {
            Some(after) => {
                let (left, _) =
                    file.findings.iter().cloned().partition::<Vec<_>, _>(|finding| !is_noted(&file.source, finding));
                if !left.is_empty() {
                    outcome.files.push(FileFindings { source: after.clone(), findings: left });
                }
                outcome.changes.push(Change { before: file, after, rules, unsafe_rules: Vec::new() });
            }
            None => outcome.files.push(file),
        }
    }
}

/// A comment about a comment helps nobody, and not every metadata file can have one: a person knows.
fn is_noted(source: &Source, finding: &Finding) -> bool {
    let is_python = || source.path().extension().is_some_and(|extension| extension == "py");
    finding.rule.is_some_and(|rule| match rule.check {
        Check::Unused(_) => false,
        Check::Declaration(_) => is_python(),
        _ => true,
    })
}

fn changed(source: &Source, edits: Vec<Edit>) -> Option<Arc<Source>> {
    let fix = Fix::new(edits, Applicability::Safe)?;
    let (edits, _) = edit::choose(source.text().len(), [&fix]);
    let after = source.edited(&edits).ok()?;
    after.parse().errors().is_empty().then_some(after)
}

/// The comments for a file, and the rule of each finding that they are for.
fn edits(file: &FileFindings, reason: &str) -> (Vec<Edit>, Vec<&'static Rule>) {
    let FileFindings { source, findings } = file;
    let parsed = source.parse();
    if !parsed.errors().is_empty() {
        return (Vec::new(), Vec::new());
    }
    let lines = Lines::new(source, parsed.tokens());
    let comments = comments(source, parsed.tokens());
    let mut rows = BTreeMap::<usize, BTreeSet<&str>>::new();
    let noted = || findings.iter().filter(|finding| is_noted(source, finding));
    for finding in noted() {
        rows.entry(lines.room(source, finding.range.start())).or_default().insert(finding.code());
    }
    let edits = rows.into_iter().map(|(row, codes)| match comments.get(&row) {
        Some(comment) => extend(source, *comment, &codes, reason),
        None => append(source, lines::range(source, row), &codes, reason),
    });
    (edits.collect(), noted().filter_map(|finding| finding.rule).collect())
}

fn comments(source: &Source, tokens: &Tokens) -> FxHashMap<usize, TextRange> {
    let comments = tokens.iter().filter(|token| token.kind() == TokenKind::Comment);
    comments.map(|token| (lines::row(source, token.start()), token.range())).collect()
}

/// Adds to the codes of a comment, or a `noqa` behind it.
fn extend(source: &Source, range: TextRange, codes: &BTreeSet<&str>, reason: &str) -> Edit {
    let (directives, _) = comment::parse(source.slice(range), range.start());
    let named = directives.iter().filter(|directive| directive.is_noqa).find_map(|directive| {
        let last = directive.codes.last()?;
        let before = directive.codes.len().checked_sub(2).and_then(|at| directive.codes.get(at));
        Some((last.range, before.map(|before| TextRange::new(before.range.end(), last.range.start()))))
    });
    match named {
        Some((last, separator)) => {
            let separator = separator.map_or(", ", |range| source.slice(range));
            let added: String = codes.iter().map(|code| format!("{separator}{code}")).collect();
            Edit::insert(last.end(), added)
        }
        None => append(source, range, codes, reason),
    }
}

/// Puts a `noqa` at the end of a line or of a comment, in the place of blanks there.
fn append(source: &Source, range: TextRange, codes: &BTreeSet<&str>, reason: &str) -> Edit {
    let text = source.slice(range);
    let length = TextSize::try_from(text.trim_end().len()).unwrap_or_default();
    let codes: Vec<&str> = codes.iter().copied().collect();
    let mut comment = format!("  # noqa: {}", codes.join(", "));
    if !reason.is_empty() {
        comment.push(' ');
        comment.push_str(reason);
    }
    Edit::replace(TextRange::new(range.start() + length, range.end()), comment)
}
