//! What has to hold for any input at all. The fuzz targets and the tests call these; each panics where something does not hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use wsupgrade::lint::check::{Checked, check};
use wsupgrade::project::Project;
use wsupgrade::run::baseline::Baseline;
use wsupgrade::run::fix;
use wsupgrade::run::session::Settings;
use wsupgrade::target::Target;
use wsupgrade::text::edit::{Edit, Fix, apply};
use wsupgrade::text::source::Source;

/// Fixes that uncover others come to an end within so many rounds.
const ROUNDS: usize = 12;

fn checked(source: &Arc<Source>, target: &Target, is_on: bool) -> Checked {
    let project = Project::default();
    loop {
        let checked = check(source, &project, target, &|_| is_on);
        if !project.answer(1) {
            return checked;
        }
    }
}

fn source(code: &str) -> Arc<Source> {
    Source::new(PathBuf::from("/nowhere/program.py"), code.to_owned())
}

/// The comments of a text, and how often each is there.
fn comments(code: &str) -> BTreeMap<String, usize> {
    let parsed = parse_unchecked(code, ParseOptions::from(Mode::Module));
    let mut found = BTreeMap::new();
    for token in parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
        *found.entry(code[token.range()].trim_end().to_owned()).or_default() += 1;
    }
    found
}

/// All that is in `code` outside of `edits`, in order.
fn untouched<'c>(code: &'c str, edits: &[&Edit]) -> Vec<&'c str> {
    let mut at = 0;
    let mut parts = Vec::new();
    for edit in edits {
        parts.push(&code[at..usize::from(edit.range().start())]);
        at = usize::from(edit.range().end());
    }
    parts.push(&code[at..]);
    parts
}

/// The program with all fixes made, the unsafe ones too.
fn fixed(code: &str, target: &Target) -> String {
    let mut text = code.to_owned();
    for _ in 0..ROUNDS {
        let found = checked(&source(&text), target, true).findings;
        let fixes: Vec<&Fix> = found.iter().filter_map(|finding| finding.fix.as_ref()).collect();
        let fixes: Vec<&Fix> = fixes.into_iter().filter(|fix| fix.applicability().is_allowed(true)).collect();
        let (next, applied) = apply(&text, fixes.iter().copied());
        if next == text {
            return text;
        }
        let mut edits: Vec<&Edit> =
            fixes.iter().zip(&applied).filter(|(_, applied)| **applied).flat_map(|(fix, _)| fix.edits()).collect();
        edits.sort();
        edits.dedup();
        assert!(!edits.is_empty(), "a change without a finding:\n{text}\nbecame\n{next}");
        let mut rest = next.as_str();
        for part in untouched(&text, &edits) {
            let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} was touched:\n{text}\nbecame\n{next}"));
            rest = &rest[at + part.len()..];
        }
        let after = source(&next);
        assert!(after.parse().errors().is_empty(), "not valid any more:\n{text}\nbecame\n{next}");
        text = next;
    }
    panic!("the fixes do not settle:\n{code}\nis now\n{text}");
}

/// Whether it was valid Python, so that there was something to hold.
pub fn for_program(code: &str, target: &Target) -> bool {
    let before = source(code);
    let found = checked(&before, target, true);
    if !before.parse().errors().is_empty() {
        assert!(found.findings.iter().all(|finding| finding.fix.is_none()), "a broken file is fixed:\n{code}");
        return false;
    }
    let off = checked(&before, target, false);
    assert!(off.findings.is_empty(), "all rules are off:\n{code}");
    let after = fixed(code, target);
    let (old, new) = (comments(code), comments(&after));
    for (comment, count) in &old {
        let kept = new.get(comment).copied().unwrap_or_default();
        // A comment for a tool goes with what it was about.
        let is_for_tools = ["noqa", "type:", "wsupgrade:"].iter().any(|word| comment.contains(word));
        let is_kept = kept >= *count || after.matches(comment.trim_start_matches('#').trim()).count() >= *count;
        assert!(is_kept || is_for_tools, "{comment:?} is lost:\n{code}\nbecame\n{after}");
    }
    // A line break within a string is a part of what it says.
    if !code.contains("\"\"\"") && !code.contains("'''") && !code.contains('\\') && !code.contains(['\r', '\u{c}']) {
        for newline in ["\r\n", "\r"] {
            let other = fixed(&code.replace('\n', newline), target);
            assert_eq!(other.replace(newline, "\n"), after, "with {newline:?}:\n{code}");
        }
    }
    true
}

/// Any bytes, in any encoding or none.
pub fn for_bytes(bytes: &[u8]) {
    let Ok(source) = Source::decode(PathBuf::from("/nowhere/program.py"), bytes.to_vec()) else { return };
    assert_eq!(source.bytes(), bytes, "what is read is what would be written");
    for_program(source.text(), &Target::default());
}

/// A file that should be a notebook.
pub fn for_notebook(json: &str) {
    let Ok(before) = Source::decode(PathBuf::from("/nowhere/program.ipynb"), json.as_bytes().to_vec()) else { return };
    assert_eq!(before.bytes(), json.as_bytes());
    let found = checked(&before, &Target::default(), true).findings;
    for finding in &found {
        let place = before.stored_position(finding.range.start());
        assert!(place.row <= json.matches('\n').count() + 1);
    }
}

/// A directory: whatever its metadata and settings say, a run ends, and a second one changes nothing more.
pub fn for_tree(directory: &Path) {
    // What is wrong with a baseline is an error, and no more.
    let _ = Baseline::read(&directory.join("baseline.json"));
    let settings = Settings::default();
    let walk = || wsupgrade::project::files::walk(&[directory.to_owned()], 1, &settings.configs);
    let mut outcome = fix::fix(walk(), &settings);
    fix::write(&mut outcome);
    let again = fix::fix(walk(), &settings);
    assert!(
        again.changes.is_empty(),
        "a second run changes {:?}",
        again.changes.iter().map(|it| it.after.path()).collect::<Vec<_>>()
    );
}
