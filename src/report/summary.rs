//! The last line: how much there is, and who has to do it.

use std::collections::BTreeMap;

use crate::report::{Paint, View};
use crate::run::baseline::{Baseline, Expired};
use crate::run::session::{Change, FileFindings, Outcome};
use crate::text::printable::printable;

/// A list is there to be recognised; the baseline has all of it.
const MOST_EXPIRED: usize = 10;

/// How many findings there are, by what it takes to be rid of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    files: usize,
    fixable: usize,
    with_unsafe: usize,
    for_a_person: usize,
}

impl Tally {
    /// Counts.
    fn new(files: &[FileFindings], view: &View) -> Self {
        let mut tally = Self { files: files.len(), ..Self::default() };
        for finding in files.iter().flat_map(|file| &file.findings) {
            if view.is_fixable(finding) {
                tally.fixable += 1;
            } else if view.is_unsafe(finding) {
                tally.with_unsafe += 1;
            } else {
                tally.for_a_person += 1;
            }
        }
        tally
    }

    fn total(&self) -> usize {
        self.fixable + self.with_unsafe + self.for_a_person
    }

    /// What it takes, most convenient first.
    fn parts(&self, view: &View) -> String {
        let command = if view.unsafe_fixes { "`wsupgrade fix --unsafe-fixes`" } else { "`wsupgrade fix`" };
        let mut parts = Vec::new();
        if self.fixable > 0 {
            parts.push(format!("{} fixable with {command}", self.fixable));
        }
        if self.with_unsafe > 0 {
            let more = if self.fixable > 0 { "more " } else { "" };
            parts.push(format!("{} {more}with `--unsafe-fixes`", self.with_unsafe));
        }
        if self.for_a_person > 0 {
            parts.push(format!("{} for a person", self.for_a_person));
        }
        parts.join(", ")
    }
}

impl View {
    /// The last line of `check`.
    pub fn summary(&self, outcome: &Outcome) -> String {
        let tally = Tally::new(&outcome.files, self);
        let known = known(outcome);
        if tally.total() == 0 {
            return self.all_clear(outcome) + &known;
        }
        let (findings, files) = (count(tally.total(), "finding"), count(tally.files, "file"));
        format!("Found {findings} in {files}: {}.{known}", tally.parts(self))
    }

    /// The last line where the findings went into a baseline.
    pub fn written(&self, baseline: &Baseline) -> String {
        let (findings, files) = baseline.size();
        let (findings, files) = (count(findings, "finding"), count(files, "file"));
        format!("Wrote {findings} in {files} to {}.", self.path(baseline.path()))
    }

    /// What nobody finds any more: that it was taken out, or that it could be.
    pub fn expired(&self, baseline: &Baseline, expired: &[Expired], is_removed: bool) -> String {
        let all: usize = expired.iter().map(|entry| entry.count).sum();
        let (findings, path) = (count(all, "finding"), self.path(baseline.path()));
        if is_removed {
            let gone = if all == 1 { "that is" } else { "that are" };
            return format!("Took {findings} {gone} not there any more out of {path}.");
        }
        let (label, are) = (self.terminal.paint(Paint::Warning, "warning:"), if all == 1 { "is" } else { "are" });
        let out = if all == 1 { "it" } else { "them" };
        let mut text =
            format!("{label} {path}: {findings} {are} not there any more; `--update-baseline` takes {out} out:");
        for Expired { file, code, line, count } in expired.iter().take(MOST_EXPIRED) {
            let times = if *count == 1 { String::new() } else { format!(" ({count} times)") };
            text.push_str(&format!("\n  {}: {code} {}{times}", printable(file), printable(line)));
        }
        match expired.len().saturating_sub(MOST_EXPIRED) {
            0 => text,
            more => format!("{text}\n  and {more} more"),
        }
    }

    /// The last line of `check --add-noqa`.
    pub fn noted(&self, changes: &[Change]) -> String {
        let findings: usize = changes.iter().map(|change| change.rules.len()).sum();
        let verb = self.terminal.paint(Paint::Good, "Added");
        format!("{verb} `# noqa` for {} in {}.", count(findings, "finding"), count(changes.len(), "file"))
    }

    /// The last line of `fix`; `verb` says whether it happened.
    pub fn fix_summary(&self, outcome: &Outcome, verb: &str) -> String {
        let fixes: usize = outcome.changes.iter().map(|change| change.rules.len()).sum();
        if fixes == 0 {
            return self.summary(outcome);
        }
        let done = format!("{verb} {} in {}", count(fixes, "finding"), count(outcome.changes.len(), "file"));
        let tally = Tally::new(&outcome.files, self);
        let known = known(outcome);
        match tally.total() {
            0 if !outcome.problems.is_empty() => format!("{done}. Not every file could be dealt with."),
            0 if outcome.known > 0 => format!("{done}.{known}"),
            0 => format!("{done}. Nothing is left."),
            _ => format!("{done}. Left: {}.{known}", tally.parts(self)),
        }
    }

    /// One line about a file that was fixed: how often, by which rules.
    pub fn fixed(&self, change: &Change) -> String {
        let mut counts = BTreeMap::<_, usize>::new();
        for rule in &change.rules {
            *counts.entry((rule.meta.code, rule.name)).or_default() += 1;
        }
        let rules: Vec<String> = counts.iter().map(|((code, name), count)| format!("{count} {code} {name}")).collect();
        let path = self.terminal.paint(Paint::Strong, &self.path(change.after.path()));
        let verb = self.terminal.paint(Paint::Good, "Fixed");
        format!("{verb} {path}: {}", rules.join(", "))
    }

    fn all_clear(&self, outcome: &Outcome) -> String {
        let files = count(outcome.checked, "file");
        match outcome.checked {
            _ if !outcome.problems.is_empty() => {
                format!("No findings in {files}, but not every file could be checked.")
            }
            0 => "No Python files found.".to_owned(),
            _ => format!("{} {files} checked.", self.terminal.paint(Paint::Good, "All clear:")),
        }
    }
}

/// A sentence about what is in the baseline, if anything is.
fn known(outcome: &Outcome) -> String {
    match outcome.known {
        0 => String::new(),
        1 => " 1 finding is in the baseline.".to_owned(),
        known => format!(" {known} findings are in the baseline."),
    }
}

/// `1 file`, `2 files`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
