//! The rules themselves: one explained, or all listed.

use std::io::{self, Write};

use serde::Serialize;

use crate::lint::registry::RULES;
use crate::lint::rule::{Rule, Severity};
use crate::report::page::{self, EvidenceOfRule};
use crate::report::{Paint, Terminal, full};
use crate::text::edit::Applicability;

#[derive(Serialize)]
struct Entry {
    code: &'static str,
    name: &'static str,
    family: &'static str,
    summary: &'static str,
    since: &'static str,
    severity: Severity,
    fix: Applicability,
    url: String,
    explanation: &'static str,
}

/// All rules as JSON.
///
/// # Errors
/// When `out` cannot be written to.
pub fn json(out: &mut dyn Write) -> io::Result<()> {
    let entries = sorted().into_iter().map(|rule| Entry {
        code: rule.meta.code,
        name: rule.name,
        family: rule.family,
        summary: rule.summary(),
        since: rule.meta.since,
        severity: rule.meta.severity,
        fix: rule.meta.fix,
        url: rule.url(),
        explanation: rule.docs,
    });
    serde_json::to_writer_pretty(&mut *out, &entries.collect::<Vec<_>>())?;
    writeln!(out)
}

/// All rules, one line each.
///
/// # Errors
/// When `out` cannot be written to.
pub fn table(terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let rules = sorted();
    let names = rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default().max(4);
    let header = format!("{:5}  {:names$}  {:5}  {:8}  {:6}  {}", "code", "name", "since", "severity", "fix", "what");
    writeln!(out, "{}", terminal.paint(Paint::Dim, &header))?;
    for rule in rules {
        let Rule { name, meta, .. } = rule;
        let severity = format!("{:8}", page::severity(meta.severity));
        writeln!(
            out,
            "{}  {name:names$}  {:5}  {}  {:6}  {}",
            terminal.paint(Paint::Strong, &format!("{:5}", meta.code)),
            meta.since,
            terminal.paint(full::paint(meta.severity), &severity),
            match meta.fix {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
                Applicability::DisplayOnly => "hand",
            },
            rule.summary(),
        )?;
    }
    Ok(())
}

/// One rule, its documentation made for a terminal.
///
/// # Errors
/// When `out` cannot be written to.
pub fn explain(rule: &Rule, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let Rule { name, meta, .. } = rule;
    let code = terminal.paint(full::paint(meta.severity), meta.code);
    writeln!(out, "{code} {}", terminal.paint(Paint::Strong, name))?;
    writeln!(out, "{}\n", terminal.paint(Paint::Dim, &page::facts(rule)))?;
    let mut in_code = false;
    let mut after_blank = true;
    for line in page::sections(rule).lines() {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        // A fence separates as a blank line does, and two blank lines are one too many.
        let text = if is_fence { "" } else { line.trim_end() };
        match text.strip_prefix('#').filter(|_| !in_code) {
            _ if text.is_empty() && after_blank => {}
            _ if text.is_empty() => writeln!(out)?,
            Some(heading) => {
                writeln!(out, "{}", terminal.paint(Paint::Strong, heading.trim_start_matches(['#', ' '])))?;
            }
            None if in_code => writeln!(out, "    {}", terminal.paint(Paint::Info, text))?,
            None => writeln!(out, "{text}")?,
        }
        after_blank = text.is_empty();
    }
    let separator = if after_blank { "" } else { "\n" };
    let evidence = page::evidence(rule);
    if !evidence.is_empty() {
        writeln!(out, "{separator}{}", terminal.paint(Paint::Strong, "Seen on real versions"))?;
        for EvidenceOfRule { program, seen } in evidence {
            writeln!(out, "- {program} {seen}.")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", terminal.paint(Paint::Dim, &rule.url()))
}

/// The other rules that are about a name.
///
/// # Errors
/// When `out` cannot be written to.
pub fn also(name: &str, rules: &[&Rule], terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", terminal.paint(Paint::Strong, &format!("Also about `{name}`")))?;
    for rule in rules {
        writeln!(out, "{} {}: {}", rule.meta.code, rule.name, rule.summary())?;
    }
    Ok(())
}

fn sorted() -> Vec<&'static Rule> {
    let mut rules: Vec<&Rule> = RULES.iter().collect();
    rules.sort_by_key(|rule| rule.meta.code);
    rules
}
