//! `# TODO(wsupgrade)` comments where something needs a hand. Each stands above the statement that it is about, and goes when that is
//! done.

use std::collections::BTreeMap;
use std::sync::Arc;

use ruff_python_ast::token::TokenKind;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::lint::rule::{Check, Finding, Severity};
use crate::lint::suppress::lines::{self, Lines};
use crate::run::session::{Change, FileFindings, Outcome};
use crate::text::edit::Edit;
use crate::text::source::Source;

/// What such a comment starts with.
const START: &str = "# TODO(wsupgrade): ";

/// Whether a file has such comments.
pub fn is_in(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, START.as_bytes()).is_some()
}

/// Brings the comments up to date: those about something that is done go, and new ones come if `adds`. `others` are files that may have
/// comments but no findings.
pub fn update(outcome: &mut Outcome, others: Vec<Arc<Source>>, adds: bool) {
    let mut files = std::mem::take(&mut outcome.files);
    for file in &mut files {
        update_one(outcome, file, adds);
    }
    let is_left = |source: &Arc<Source>| files.iter().any(|file| file.source.path() == source.path());
    let others: Vec<Arc<Source>> = others.into_iter().filter(|source| !is_left(source)).collect();
    for source in others {
        let changed = outcome.changes.iter().find(|change| change.after.path() == source.path());
        let source = changed.map_or(source, |change| change.after.clone());
        update_one(outcome, &mut FileFindings { source, findings: Vec::new() }, adds);
    }
    outcome.files = files;
    outcome.changes.sort_by(|a, b| a.after.path().cmp(b.after.path()));
}

fn update_one(outcome: &mut Outcome, file: &mut FileFindings, adds: bool) {
    let edits = edits(file, adds);
    let chosen: Vec<&Edit> = edits.iter().collect();
    let Some(after) = edited(&file.source, &chosen) else { return };
    for finding in &mut file.findings {
        let shifted = |offset: TextSize| shift(&edits, offset);
        finding.range = TextRange::new(shifted(finding.range.start()), shifted(finding.range.end()));
        // Where the fix of one of them would be, nobody asks any more.
        finding.fix = None;
        finding.labels.clear();
        finding.elsewhere.clear();
    }
    let before = std::mem::replace(&mut file.source, after.clone());
    match outcome.changes.iter_mut().find(|change| change.after.path() == after.path()) {
        Some(change) => change.after = after,
        None => {
            let before = FileFindings { source: before, findings: Vec::new() };
            outcome.changes.push(Change { before, after, rules: Vec::new(), unsafe_rules: Vec::new() });
        }
    }
}

fn edited(source: &Source, edits: &[&Edit]) -> Option<Arc<Source>> {
    if edits.is_empty() {
        return None;
    }
    let after = source.edited(edits).ok()?;
    after.parse().errors().is_empty().then_some(after)
}

/// Where an offset is after `edits`, which are sorted and only insert or delete whole lines.
fn shift(edits: &[Edit], offset: TextSize) -> TextSize {
    let mut shifted = offset;
    for edit in edits.iter().take_while(|edit| edit.range.0 <= offset) {
        shifted = shifted + TextSize::of(&edit.content) - edit.range().len();
    }
    shifted
}

/// The comments to add and to remove, in the order of the text.
fn edits(FileFindings { source, findings }: &FileFindings, adds: bool) -> Vec<Edit> {
    let is_python = source.path().extension().is_some_and(|extension| extension == "py" || extension == "pyi");
    let parsed = source.parse();
    if !is_python || !parsed.errors().is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(source, parsed.tokens());
    let mut wanted = BTreeMap::<usize, Vec<String>>::new();
    for finding in findings.iter().filter(|finding| is_noted(finding)) {
        let texts = wanted.entry(lines.first(source, finding.range.start())).or_default();
        let text = format!("{START}{}: {}", finding.code(), finding.message.replace(['\n', '\r'], " "));
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let mut edits = Vec::new();
    for token in parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
        let text = source.slice(token.range());
        if !text.starts_with(START) {
            continue;
        }
        let about = Lines::next_code(source, parsed.tokens(), token.start());
        let texts = about.and_then(|row| wanted.get_mut(&row));
        match texts.and_then(|texts| texts.iter().position(|wanted| wanted == text).map(|at| texts.remove(at))) {
            Some(_) => {}
            None => edits.extend(line_of(source, token.range()).map(Edit::delete)),
        }
    }
    for (row, texts) in wanted.into_iter().filter(|_| adds) {
        let line = lines::range(source, row);
        let code = source.slice(line).trim_start_matches('\u{feff}');
        let indent = code.get(..code.len() - code.trim_start_matches([' ', '\t', '\u{c}']).len()).unwrap_or_default();
        let newline = source.newline();
        let comments: String = texts.iter().map(|text| format!("{indent}{text}{newline}")).collect();
        if !comments.is_empty() {
            edits.push(Edit::insert(line.end() - TextSize::of(code), comments));
        }
    }
    edits.sort();
    let fits = |pair: &[Edit]| pair[0].range.1 <= pair[1].range.0;
    if edits.windows(2).all(fits) && edits.iter().all(|edit| source.takes(edit)) { edits } else { Vec::new() }
}

/// Metadata has no such comments, and what is only good to know needs none.
fn is_noted(finding: &Finding) -> bool {
    let is_code = |finding: &Finding| finding.rule.is_some_and(|rule| !matches!(rule.check, Check::Declaration(_)));
    finding.severity > Severity::Info && is_code(finding)
}

/// The whole line of a comment that stands alone in it.
fn line_of(source: &Source, comment: TextRange) -> Option<TextRange> {
    let row = lines::row(source, comment.start());
    let line = lines::range(source, row);
    if source.slice(line).trim() != source.slice(comment).trim() {
        return None;
    }
    let rest = source.text().get(line.end().to_usize()..).unwrap_or_default();
    let ending = ["\r\n", "\n", "\r"].iter().find(|ending| rest.starts_with(**ending)).map_or(0, |ending| ending.len());
    Some(TextRange::new(line.start(), line.end() + TextSize::try_from(ending).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::registry;

    fn file(text: &str, at: &str) -> FileFindings {
        let source = Source::new("a.py".into(), text.to_owned());
        let start = TextSize::try_from(text.find(at).unwrap()).unwrap();
        let range = TextRange::at(start, TextSize::of(at));
        let finding = Finding::new(registry::find("WS304"), range, "what is wrong", Severity::Error);
        FileFindings { source, findings: vec![finding] }
    }

    fn updated(file: FileFindings, adds: bool) -> (String, Outcome) {
        let mut outcome = Outcome { files: vec![file], ..Outcome::default() };
        update(&mut outcome, Vec::new(), adds);
        let text = outcome.files[0].source.text().to_owned();
        (text, outcome)
    }

    #[test]
    fn a_comment_stands_above_the_statement_and_is_written_once() {
        let text = "def f():\r\n    g(\r\n        bad,\r\n    )\r\n";
        let (text, outcome) = updated(file(text, "bad"), true);
        let expected = "def f():\r\n    # TODO(wsupgrade): WS304: what is wrong\r\n    g(\r\n        bad,\r\n    )\r\n";
        assert_eq!(text, expected);
        let file = &outcome.files[0];
        assert_eq!(file.source.slice(file.findings[0].range), "bad");
        assert_eq!(updated(super::tests::file(expected, "bad"), true).0, expected, "once");
        assert_eq!(updated(super::tests::file(expected, "bad"), false).0, expected, "it stays as long as it holds");
    }

    #[test]
    fn a_comment_goes_when_it_is_done() {
        let text = "x = 1\n# TODO(wsupgrade): WS304: what is wrong\ny = 2\n# TODO: other\n";
        let source = Source::new("a.py".into(), text.to_owned());
        let mut outcome = Outcome::default();
        update(&mut outcome, vec![source], false);
        assert_eq!(outcome.changes[0].after.text(), "x = 1\ny = 2\n# TODO: other\n");
    }

    #[test]
    fn a_string_or_the_end_of_a_line_is_left_alone() {
        let text = "x = 1  # TODO(wsupgrade): mine\ny = \"\"\"\n# TODO(wsupgrade): text\n\"\"\"\n";
        let source = Source::new("a.py".into(), text.to_owned());
        let mut outcome = Outcome::default();
        update(&mut outcome, vec![source], true);
        assert!(outcome.changes.is_empty());
    }
}
