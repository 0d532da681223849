//! A summary as Markdown, for `$GITHUB_STEP_SUMMARY` and for comments.

use std::io::{self, Write};

use crate::lint::rule::Finding;
use crate::report::summary::Plan;
use crate::report::{View, statistics, word};
use crate::run::session::Outcome;

/// A page of this length can be read; GitHub takes no more than a megabyte.
const MOST_FINDINGS: usize = 500;

/// Writes the summary, a table of rules, and a table of findings.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## wsupgrade\n\n{}", text(&view.plain().summary(outcome, &Plan::new(outcome, None, None), None)))?;
    let all: usize = outcome.files.iter().map(|file| file.findings.len()).sum();
    if all == 0 {
        return Ok(());
    }
    writeln!(out, "\n| count | rule | name | fixable |\n| ---: | --- | --- | ---: |")?;
    for count in statistics::by_rule(&outcome.files, view) {
        let rule = crate::lint::registry::find(count.code).map(crate::lint::rule::Rule::url);
        let code = linked(count.code, rule);
        writeln!(out, "| {} | {code} | {} | {} |", count.count, count.name, count.fixable_count)?;
    }
    // Folded, so that several jobs fit on one page.
    let are_there = if all == 1 { "The finding".to_owned() } else { format!("All {all} findings") };
    writeln!(out, "\n<details>\n<summary>{are_there}</summary>")?;
    writeln!(out, "\n| place | rule | severity | what |\n| --- | --- | --- | --- |")?;
    let findings = outcome.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)));
    for (file, finding) in findings.take(MOST_FINDINGS) {
        let place = file.source.position(finding.range.start());
        let place = format!("{}:{place}", view.portable(file.source.path()));
        let mark = if view.is_fixable(finding) { " (fixable)" } else { "" };
        let (code, severity) = (linked(finding.code(), url(finding)), word(finding.severity));
        writeln!(out, "| {} | {code} | {severity}{mark} | {} |", code_span(&place), text(&finding.message))?;
    }
    match all.saturating_sub(MOST_FINDINGS) {
        0 => {}
        more => writeln!(out, "\nAnd {more} more.")?,
    }
    writeln!(out, "\n</details>")
}

fn url(finding: &Finding) -> Option<String> {
    finding.rule.map(crate::lint::rule::Rule::url)
}

fn linked(code: &str, url: Option<String>) -> String {
    url.map_or_else(|| code.to_owned(), |url| format!("[{code}]({url})"))
}

/// In a cell: a bar would end it, a line would end the table, and what is no code span could be HTML or emphasis.
fn text(text: &str) -> String {
    let mut cell = String::new();
    let mut in_code = false;
    for c in text.chars() {
        match c {
            '`' => {
                in_code = !in_code;
                cell.push(c);
            }
            '|' => cell.push_str("\\|"),
            '\n' | '\r' => cell.push(' '),
            '<' | '>' | '*' | '_' | '[' | ']' | '\\' if !in_code => cell.extend(['\\', c]),
            c => cell.push(c),
        }
    }
    cell
}

/// A name as code, whatever is in it.
fn code_span(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    let name = name.replace('|', "\\|");
    if name.contains('`') { format!("`` {name} ``") } else { format!("`{name}`") }
}
