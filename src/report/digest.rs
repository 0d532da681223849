//! What keeps a long report readable: many places of one kind told as one, and what waits behind a pin in a few lines.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use rustc_hash::FxHashMap;

use crate::lint::rule::{Finding, Rule};
use crate::report::summary::{Waiting, count};
use crate::report::{Paint, View};
use crate::run::session::{FileFindings, Outcome};
use crate::text::source::Source;

/// Up to so many findings each is shown in full.
const FEW: usize = 25;
/// Fewer places of one kind are shown one by one in a long report, too.
const MANY: usize = 4;
/// A table that fits a screen.
const MOST_RULES: usize = 12;

/// What makes two findings say the same about different places.
type Key<'a> = (&'a str, &'a str, Option<&'a str>, bool);

fn key(finding: &Finding) -> Key<'_> {
    (finding.code(), &finding.message, finding.help.as_deref(), finding.fix.is_some())
}

/// Findings that say the same.
#[derive(Debug, Default)]
pub struct Groups<'a>(FxHashMap<Key<'a>, Vec<(&'a Source, &'a Finding, String)>>);

impl<'a> Groups<'a> {
    /// The groups of a long report; a short one has none.
    pub fn new(outcome: &'a Outcome, view: &View, is_shown: &dyn Fn(&FileFindings, &Finding) -> bool) -> Self {
        let mut groups = FxHashMap::<Key, Vec<_>>::default();
        let mut all = 0;
        for file in &outcome.files {
            for finding in file.findings.iter().filter(|finding| is_shown(file, finding)) {
                let place = file.source.position(finding.range.start());
                let place = format!("{}:{place}", view.path(file.source.path()));
                groups.entry(key(finding)).or_default().push((&*file.source, finding, place));
                all += 1;
            }
        }
        groups.retain(|_, places| all > FEW && places.len() >= MANY);
        Self(groups)
    }

    /// The other places that `finding` stands for; `None` where another one stands for it.
    pub fn others<'g>(&'g self, source: &Source, finding: &'g Finding) -> Option<Vec<&'g str>> {
        let Some([(first_source, first, _), rest @ ..]) = self.0.get(&key(finding)).map(Vec::as_slice) else {
            return Some(Vec::new());
        };
        let is_first = std::ptr::eq(*first_source, source) && std::ptr::eq(*first, finding);
        is_first.then(|| rest.iter().map(|(_, _, place)| place.as_str()).collect())
    }
}

/// Writes what waits behind a pin, by rule.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, waiting: &Waiting, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut counts = BTreeMap::<&str, (&Rule, usize)>::new();
    for file in &outcome.files {
        for finding in file.findings.iter().filter(|finding| outcome.waits(file, finding)) {
            if let Some(rule) = finding.rule {
                counts.entry(rule.meta.code).or_insert((rule, 0)).1 += 1;
            }
        }
    }
    let mut counts: Vec<(&Rule, usize)> = counts.into_values().collect();
    counts.sort_by_key(|(rule, count)| (Reverse(*count), rule.meta.code));
    writeln!(out, "{}", view.terminal.paint(Paint::Strong, &format!("Pinned: {}", waiting.pin)))?;
    writeln!(out, "What waits for the move to websockets 14:\n")?;
    let width = waiting.findings.to_string().len();
    for (rule, count) in counts.iter().take(MOST_RULES) {
        let code = view.terminal.paint(Paint::Info, rule.meta.code);
        writeln!(out, "{count:>width$}  {code} {}", rule.name)?;
    }
    if let [_, ..] = counts.get(MOST_RULES..).unwrap_or_default() {
        let rest: usize = counts.iter().skip(MOST_RULES).map(|(_, count)| count).sum();
        writeln!(out, "{rest:>width$}  of {} more rules", counts.len() - MOST_RULES)?;
    }
    let all = count(waiting.findings, "finding");
    writeln!(out, "\nEach of the {all}, with its place: `wsupgrade check --min-severity info`.")
}
