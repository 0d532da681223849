//! Every rule's example, and the cases of `tests/rules/<rule>.md`.
//!
//! A section of such a file is one case. Two code blocks: the first becomes the second. One block: the rule leaves it alone, or
//! reports it without a fix where the block is marked `report`. `unsafe` says that the fix needs `--unsafe-fixes`. A line
//! ``websockets: `>=10` `` in the section sets the target, and a line ``settings: `timeout-means = "open"` `` a setting.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::path::PathBuf;
use std::sync::Arc;

use crate::support::settled;
use wsupgrade::lint::check::{check_declaration, check_endpoints};
use wsupgrade::lint::registry::RULES;
use wsupgrade::lint::rule::{Check, Finding, Rule};
use wsupgrade::lint::usage::{File, Usage};
use wsupgrade::project::Project;
use wsupgrade::run::config::{Configs, Layer, Options, Sources};
use wsupgrade::target::{Target, Targets};
use wsupgrade::text::edit::{self, Applicability};
use wsupgrade::text::source::Source;
use wsupgrade::websockets::contract::Contract;

struct Block<'t> {
    info: &'t str,
    code: &'t str,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let part = |part: &'static str| text.split(part).skip(1);
    part("```python")
        .filter_map(|part| {
            let (info, rest) = part.split_once('\n')?;
            Some(Block { info: info.trim(), code: rest.split("```").next()? })
        })
        .collect()
}

fn target(section: &str) -> Target {
    let Some((_, range)) = section.split_once("websockets: `") else { return Target::default() };
    match range.split('`').next() {
        Some(range) => Target::from_range(range).expect("a range"),
        None => panic!("no target"),
    }
}

/// The settings of a case: ``settings: `timeout-means = "open"` ``.
fn settings(section: &str) -> Configs {
    let line = section.lines().find_map(|line| line.strip_prefix("settings: "));
    let given = line.map(|line| line.trim_matches('`').to_owned()).into_iter().collect();
    let sources = Sources { isolated: true, given };
    Configs::new(&sources, Layer::of_flags(Options::default())).expect("settings")
}

/// What a case is checked with.
struct Given {
    target: Target,
    project: Project,
}

impl Given {
    fn new(section: &str) -> Self {
        Self { target: target(section), project: Project::new(Arc::new(settings(section))) }
    }
}

fn findings(rule: &Rule, code: &str, given: &Given) -> Vec<Finding> {
    let source = Source::new(PathBuf::from("/nowhere/program.py"), code.to_owned());
    let is_about_comments = matches!(rule.check, Check::Unused(_));
    let selected = |other: &Rule| other.name == rule.name || is_about_comments;
    let checked = settled(&source, &given.project, &given.target, &selected);
    if is_about_comments {
        let split = checked.suppressions.split(&source, checked.findings);
        return checked.suppressions.unused(&source, &split.suppressed, &selected);
    }
    let contract = Contract::link([&checked.facts]);
    let mut findings = checked.findings;
    findings.extend(check_endpoints(&checked.facts, &contract, &selected));
    // What a script declares itself; whole projects are in `tests/declarations.rs`.
    let file = File { path: source.path(), facts: &checked.usage, asked: None };
    let usage = Usage::link(&[file], &[]);
    for declaration in &Targets::new().declared(&source).declarations {
        findings.extend(check_declaration(declaration, &usage, &selected));
    }
    findings
}

/// Applies the rule's own fixes until nothing changes; says what is left and whether an unsafe fix was needed.
fn fixed(rule: &Rule, code: &str, given: &Given) -> (String, Vec<Finding>, bool) {
    let mut text = code.to_owned();
    let mut was_unsafe = false;
    for _ in 0..10 {
        let found = findings(rule, &text, given);
        assert!(found.iter().all(|finding| finding.rule.is_some()), "{}: no valid Python:\n{text}", rule.name);
        let fixes: Vec<_> = found
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
            .filter(|fix| fix.applicability() > Applicability::DisplayOnly)
            .collect();
        was_unsafe |= fixes.iter().any(|fix| fix.applicability() == Applicability::Unsafe);
        let (next, applied) = edit::apply(&text, fixes);
        if !applied.contains(&true) {
            return (text, found, was_unsafe);
        }
        text = next;
    }
    panic!("{}: no end of fixes:\n{text}", rule.name);
}

/// What is wrong with a case, if anything.
fn verdict(rule: &Rule, section: &str) -> Option<String> {
    let given = Given::new(section);
    match blocks(section).as_slice() {
        [only] if only.info == "report" => {
            let found = findings(rule, only.code, &given);
            let display_only = |finding: &Finding| {
                finding.fix.as_ref().is_none_or(|fix| fix.applicability() == Applicability::DisplayOnly)
            };
            if found.is_empty() {
                return Some("expected a report, found nothing".into());
            }
            (!found.iter().all(display_only)).then(|| "expected a report only, found a fix".into())
        }
        [only] => {
            let found = findings(rule, only.code, &given);
            (!found.is_empty()).then(|| format!("expected nothing, found {found:#?}"))
        }
        [before, after] => {
            let (text, left, was_unsafe) = fixed(rule, before.code, &given);
            if text != after.code {
                return Some(format!("expected:\n{}\nfound:\n{text}\nleft: {left:#?}", after.code));
            }
            (was_unsafe != (before.info == "unsafe")).then(|| format!("unsafe: {was_unsafe}"))
        }
        other => Some(format!("{} blocks", other.len())),
    }
}

#[test]
fn the_example_of_every_rule_holds() {
    for rule in RULES {
        let examples = blocks(rule.docs);
        let given = Given::new(rule.docs);
        let (text, left, was_unsafe) = fixed(rule, examples[0].code, &given);
        match examples.get(1) {
            Some(after) => {
                assert_eq!(text, after.code, "{}: {left:#?}", rule.name);
                let expected = if was_unsafe { Applicability::Unsafe } else { Applicability::Safe };
                assert_eq!(rule.meta.fix, expected, "{}", rule.name);
            }
            None => {
                assert!(!left.is_empty(), "{}: its example is not reported", rule.name);
                assert_eq!(rule.meta.fix, Applicability::DisplayOnly, "{}", rule.name);
            }
        }
    }
}

#[test]
fn the_cases_of_every_rule_hold() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let path = format!("{}/tests/rules/{}.md", env!("CARGO_MANIFEST_DIR"), rule.name.replace('-', "_"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut counts = [0, 0];
        for section in text.split("\n## ").skip(1) {
            let title = section.lines().next().unwrap_or_default();
            let cases = blocks(section);
            counts[usize::from(cases.len() == 1 && cases[0].info.is_empty())] += 1;
            if let Some(problem) = verdict(rule, section) {
                wrong.push(format!("{}, {title}: {problem}", rule.name));
            }
        }
        let [found, silent] = counts;
        if silent < found {
            wrong.push(format!("{}: {found} cases are found, only {silent} left alone", rule.name));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn codes_and_names_are_unique() {
    let mut codes: Vec<_> = RULES.iter().map(|rule| rule.meta.code).collect();
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    codes.sort_unstable();
    names.sort_unstable();
    codes.dedup();
    names.dedup();
    assert_eq!((codes.len(), names.len()), (RULES.len(), RULES.len()));
}
