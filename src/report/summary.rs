//! The last lines: how much there is, who has to do it, and which command is next.

use std::collections::BTreeMap;

use crate::report::{Paint, View};
use crate::run::baseline::{Baseline, Expired};
use crate::run::preview::Preview;
use crate::run::session::{Change, FileFindings, Outcome};
use crate::target::Side;
use crate::text::edit::Applicability;
use crate::text::printable::printable;

/// A list is there to be recognised; the baseline has all of it.
const MOST_EXPIRED: usize = 10;

/// What it takes to be rid of what was found. The numbers are those of trying it, so that `fix` fixes as many as `check` said.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Findings now, less what only waits behind a pin.
    found: usize,
    files: usize,
    fixable: usize,
    with_unsafe: usize,
    by_hand: usize,
}

impl Plan {
    /// Counts what `fix` does, and what it does `with_unsafe` fixes; without a try, each finding by its own fix.
    pub fn new(outcome: &Outcome, fix: Option<&Preview>, with_unsafe: Option<&Preview>) -> Self {
        let present = |file: &FileFindings| file.findings.iter().filter(|it| !outcome.waits(file, it)).count();
        let mut plan = Self {
            found: outcome.files.iter().map(present).sum(),
            files: outcome.files.iter().filter(|file| present(file) > 0).count(),
            ..Self::default()
        };
        let Some(fix) = fix else {
            for file in &outcome.files {
                for finding in file.findings.iter().filter(|finding| !outcome.waits(file, finding)) {
                    match &finding.fix {
                        Some(fix) if fix.is_allowed() => plan.fixable += 1,
                        Some(fix) if fix.applicability() == Applicability::Unsafe => plan.with_unsafe += 1,
                        _ => plan.by_hand += 1,
                    }
                }
            }
            return plan;
        };
        let last = with_unsafe.unwrap_or(fix);
        plan.fixable = fix.fixed;
        plan.with_unsafe = last.fixed.saturating_sub(fix.fixed);
        plan.by_hand = last.left.saturating_sub(last.waiting);
        plan
    }

    /// What it takes, most convenient first.
    fn parts(&self, view: &View, fixable: usize) -> String {
        let command = if view.unsafe_fixes { "`wsupgrade fix --unsafe-fixes`" } else { "`wsupgrade fix`" };
        let mut parts = Vec::new();
        if fixable > 0 {
            parts.push(format!("{fixable} fixable with {command}"));
        }
        if self.with_unsafe > 0 {
            let with =
                if fixable > 0 { "more with `--unsafe-fixes`" } else { "fixable with `wsupgrade fix --unsafe-fixes`" };
            parts.push(format!("{} {with}", self.with_unsafe));
        }
        if self.by_hand > 0 {
            let need = if self.by_hand == 1 { "needs" } else { "need" };
            parts.push(format!("{} {need} manual work", self.by_hand));
        }
        let counted = fixable + self.with_unsafe + self.by_hand;
        let uncovered = match counted.saturating_sub(self.found) {
            0 => String::new(),
            1 => " (1 of them shows up once others are fixed)".to_owned(),
            more => format!(" ({more} of them show up once others are fixed)"),
        };
        parts.join(", ") + &uncovered
    }
}

/// What waits behind a pin below 14.0, and what the move comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub(super) findings: usize,
    files: usize,
    /// The pin and where it is.
    pub(super) pin: String,
    fixed: usize,
    by_hand: usize,
}

impl Waiting {
    /// `None` where nothing waits; `migrate` is what the move comes to.
    pub fn new(outcome: &Outcome, migrate: Preview) -> Option<Self> {
        let waiting = |file: &FileFindings| file.findings.iter().filter(|it| outcome.waits(file, it)).count();
        let files = outcome.files.iter().filter(|file| waiting(file) > 0);
        let first = files.clone().next()?;
        let pins = outcome.targets.iter().filter(|(_, supported)| supported.target.side == Side::Legacy);
        let (pin, _) = pins.max_by_key(|(_, supported)| (supported.first == first.source.path(), supported.files))?;
        Some(Self {
            findings: files.clone().map(waiting).sum(),
            files: files.count(),
            pin: pin.clone(),
            fixed: migrate.fixed,
            by_hand: migrate.left.saturating_sub(migrate.waiting),
        })
    }

    /// One sentence about what waits, and one about the way there.
    fn sentences(&self) -> String {
        let (findings, files) = (count(self.findings, "finding"), count(self.files, "file"));
        let waits = if self.findings == 1 { "waits" } else { "wait" };
        let rest = match self.by_hand {
            0 => "nothing is left to do by hand".to_owned(),
            1 => "1 needs manual work".to_owned(),
            more => format!("{more} need manual work"),
        };
        let fixed = self.fixed;
        format!(
            "{findings} in {files} {waits} for the move to 14: nothing breaks as long as the pin is there.\n\
             `wsupgrade migrate` fixes {fixed} and moves the pin; {rest}. `wsupgrade migrate --diff` shows it first."
        )
    }
}

impl View {
    /// The last lines of `check`.
    pub fn summary(&self, outcome: &Outcome, plan: &Plan, waiting: Option<&Waiting>) -> String {
        let known = known(outcome);
        let mut lines = Vec::new();
        if plan.found > 0 {
            let (findings, files) = (count(plan.found, "finding"), count(plan.files, "file"));
            lines.push(format!("Found {findings} in {files}: {}.{known}", plan.parts(self, plan.fixable)));
        }
        lines.extend(waiting.map(Waiting::sentences));
        if lines.is_empty() {
            lines.push(self.all_clear(outcome) + &known);
        }
        lines.extend(unseen(outcome));
        lines.join("\n")
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
            return format!("Removed {findings} {gone} no longer there from {path}.");
        }
        let (label, are) = (self.terminal.paint(Paint::Warning, "warning:"), if all == 1 { "is" } else { "are" });
        let out = if all == 1 { "it" } else { "them" };
        let mut text = format!("{label} {path}: {findings} {are} no longer there; `--update-baseline` removes {out}:");
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

    /// The last lines of `fix`; `verb` says whether it happened.
    pub fn fix_summary(&self, outcome: &Outcome, verb: &str, plan: &Plan, waiting: Option<&Waiting>) -> String {
        let fixes = outcome.fixed();
        if outcome.changes.is_empty() {
            return self.summary(outcome, plan, waiting);
        }
        let done = format!("{verb} {} in {}", count(fixes, "finding"), count(outcome.changes.len(), "file"));
        let known = known(outcome);
        let left = Plan { fixable: 0, ..plan.clone() };
        let mut text = match plan.found {
            0 if !outcome.problems.is_empty() => format!("{done}. Not every file could be dealt with."),
            0 if outcome.known > 0 => format!("{done}.{known}"),
            0 => format!("{done}. Nothing is left."),
            _ => format!("{done}. Left: {}.{known}", left.parts(self, 0)),
        };
        if let Some(waiting) = waiting {
            text = format!("{text}\n{}", waiting.sentences());
        }
        if let Some(unseen) = unseen(outcome) {
            text = format!("{text}\n{unseen}");
        }
        text
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
            _ if !outcome.unseen.is_empty() => format!("No findings in {files}."),
            _ => format!("{} {files} checked.", self.terminal.paint(Paint::Good, "All clear:")),
        }
    }
}

/// A sentence about what could not be looked into, if there is anything.
fn unseen(outcome: &Outcome) -> Option<String> {
    let (places, them) = match outcome.unseen.len() {
        0 => return None,
        1 => ("1 place".to_owned(), "it"),
        many => (format!("{many} places"), "them"),
    };
    Some(format!("{places} could not be looked into; `--show-unseen` lists {them}."))
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
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
