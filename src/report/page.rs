//! The page of a rule: its facts, its documentation, and what real versions of websockets did.
//!
//! `wsupgrade explain` prints it, and `docs/rules/` has it as a file.

use std::fmt::Write as _;

use crate::lint::rule::{Rule, Severity};
use crate::text::edit::Applicability;

/// What real versions did with the programs of `tests/live`. The test that runs them writes it.
const EVIDENCE: &str = include_str!("../../docs/evidence.md");

/// Where the pages of the source are: the site has none of it.
const SOURCE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main");

/// What real versions did with one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceOfRule {
    /// Its path below `tests/live`.
    pub program: &'static str,
    /// Where it works and fails as it is, and works after the fix, as a sentence without its subject.
    pub seen: String,
}

/// When, how bad, and what can be done, in one line.
pub fn facts(rule: &Rule) -> String {
    let since = match rule.meta.since {
        "any" => "with any websockets".to_owned(),
        version => format!("since websockets {version}"),
    };
    let fix = match rule.meta.fix {
        Applicability::Safe => "safe (`wsupgrade fix`)",
        Applicability::Unsafe => "unsafe (`wsupgrade fix --unsafe-fixes`)",
        Applicability::DisplayOnly => "by hand",
    };
    format!("{since}, {}, fix: {fix}", severity(rule.meta.severity))
}

/// A word for a severity.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// What was seen of a rule, in the order of the programs.
pub fn evidence(rule: &Rule) -> Vec<EvidenceOfRule> {
    let rows = || EVIDENCE.lines().filter_map(|line| line.strip_prefix("| "));
    let Some(header) = rows().find_map(|row| row.strip_prefix("rule | program | ")) else { return Vec::new() };
    let versions: Vec<&str> = cells(header).collect();
    let of_rule = rows().filter_map(|row| row.strip_prefix(rule.meta.code)?.strip_prefix(" | "));
    of_rule
        .filter_map(|row| {
            let (program, results) = row.split_once(" | ")?;
            let program = program.strip_prefix('[')?.split(']').next()?;
            Some(EvidenceOfRule { program, seen: sentence(&versions, &cells(results).collect::<Vec<_>>()) })
        })
        .collect()
}

fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.split('|').map(str::trim).filter(|cell| !cell.is_empty())
}

/// `works on 10.4 to 13.1, fails on 14.2 to 17.4; after the fix, works on 17.4`.
fn sentence(versions: &[&str], results: &[&str]) -> String {
    let before: Vec<&str> = results.iter().map(|cell| cell.split(", ").next().unwrap_or(cell)).collect();
    let mut sentence = String::new();
    let mut at = 0;
    for run in before.chunk_by(|one, next| one == next) {
        let separator = if at == 0 { "" } else { ", " };
        let _ = write!(sentence, "{separator}{} on {}", run[0], span(versions.get(at..at + run.len())));
        at += run.len();
    }
    let mut after: Vec<String> = Vec::new();
    let is_fixed = |at: &usize| results.get(*at).is_some_and(|cell| cell.contains(", works"));
    let fixed: Vec<usize> = (0..versions.len()).filter(is_fixed).collect();
    for run in fixed.chunk_by(|one, next| one + 1 == *next) {
        after.push(span(run.first().zip(run.last()).and_then(|(first, last)| versions.get(*first..=*last))));
    }
    if !after.is_empty() {
        let _ = write!(sentence, "; after the fix, works on {}", after.join(" and "));
    }
    sentence
}

/// Neighbouring versions.
fn span(versions: Option<&[&str]>) -> String {
    match versions.unwrap_or_default() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, .., last] => format!("{first} to {last}"),
    }
}

/// The documentation under the headings that every page has.
///
/// A rule's own text has an order, no headings: the summary, what changed, the example, and what to know about the fix.
pub fn sections(rule: &Rule) -> String {
    let (text, no_fix) = rule.docs.split_once(NO_FIX).unwrap_or((rule.docs, ""));
    let (summary, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (before, rest) = rest.split_at(rest.find("```python").unwrap_or(rest.len()));
    let (example, behind) = rest.split_at(end_of_example(rest));
    let fix = match rule.meta.fix {
        Applicability::Safe => "Safe: `wsupgrade fix` makes the change, unless the finding says otherwise.",
        Applicability::Unsafe => {
            "Unsafe: `wsupgrade migrate` and `wsupgrade fix --unsafe-fixes` make the change. Read the diff."
        }
        Applicability::DisplayOnly => "A person has to make the change.",
    };
    let fix = format!("{fix}\n\n{}", behind.trim());
    let mut page = format!("{summary}\n");
    let parts = [
        ("What changed", before),
        ("Example", example),
        ("Fix safety", &fix),
        (NO_FIX.trim_matches(['#', ' ', '\n']), no_fix),
    ];
    for (heading, part) in parts {
        if !part.trim().is_empty() {
            let _ = write!(page, "\n## {heading}\n\n{}\n", part.trim());
        }
    }
    page
}

/// The heading that a rule's own text has.
const NO_FIX: &str = "## When there is no fix\n";

/// Behind the code, and behind what becomes of it.
fn end_of_example(text: &str) -> usize {
    let fence = "\n```\n";
    let Some(end) = text.find(fence).map(|at| at + fence.len()) else { return text.len() };
    match text.get(end..).filter(|rest| rest.starts_with("becomes\n")) {
        Some(rest) => rest.find(fence).map_or(text.len(), |at| end + at + fence.len()),
        None => end,
    }
}

/// Where to read on.
fn references(rule: &Rule) -> String {
    let Rule { name, family, meta, .. } = rule;
    let mut lines = Vec::new();
    if meta.since != "any" {
        lines.push("[How to upgrade to the new asyncio implementation](https://websockets.readthedocs.io/en/stable/howto/upgrade.html), in the documentation of websockets".to_owned());
    }
    lines.push(
        match *family {
            "project" => "[Which versions are supported](../reference/versions.md)",
            "suppression" => "[Comments that suppress findings](../reference/suppressions.md)",
            "subprotocols" => "[Who offers what](../guides/contract.md)",
            _ => "[What changed, and which rule is about it](../what-changed.md)",
        }
        .to_owned(),
    );
    let file = format!("rules/{family}/{}.rs", name.replace('-', "_"));
    lines.push(format!("The rule itself: [{file}]({SOURCE}/{file})"));
    lines.push("[All rules](../reference/rules.md)".to_owned());
    lines.iter().map(|line| format!("- {line}\n")).collect()
}

/// The page as Markdown, for a file in `docs/rules/`.
pub fn markdown(rule: &Rule) -> String {
    let (code, name) = (rule.meta.code, rule.name);
    let mut page = format!("# {code} {name}\n\n*{}*\n\n{}", facts(rule), sections(rule));
    let evidence = evidence(rule);
    if !evidence.is_empty() {
        page += "\n## Seen on real versions\n\n";
        for EvidenceOfRule { program, seen } in evidence {
            let _ = writeln!(page, "- [{program}]({SOURCE}/tests/live/{program}) {seen}.");
        }
    }
    let _ = write!(page, "\n## References\n\n{}", references(rule));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_versions_are_one_span() {
        let versions = ["10.4", "12.0", "13.1", "14.2", "17.4"];
        let seen = |results: [&str; 5]| sentence(&versions, &results);
        assert_eq!(
            seen(["works", "works", "works", "fails", "fails, works"]),
            "works on 10.4 to 13.1, fails on 14.2 to 17.4; after the fix, works on 17.4"
        );
        assert_eq!(seen(["fails", "fails", "fails", "fails", "fails"]), "fails on 10.4 to 17.4");
        assert_eq!(
            seen(["fails", "works", "works, works", "fails", "fails, works"]),
            "fails on 10.4, works on 12.0 to 13.1, fails on 14.2 to 17.4; after the fix, works on 13.1 and 17.4"
        );
    }

    #[test]
    fn the_evidence_of_a_rule_is_its_rows() {
        let rule = crate::lint::registry::find("WS101").unwrap();
        let programs: Vec<_> = evidence(rule).into_iter().map(|it| it.program).collect();
        assert!(programs.contains(&"client_headers.py") && programs.contains(&"both_sides/client_headers.py"));
    }
}
