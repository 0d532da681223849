//! XML as `JUnit` writes it, which every CI server reads: a suite for each file, a failed case for each finding.

use std::io::{self, Write};

use crate::lint::rule::{Finding, Severity};
use crate::report::{View, explanation, word};
use crate::run::session::{FileFindings, Outcome};

/// Writes the document. What is only good to know is a case that passes; so is a run without findings.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let findings = || outcome.files.iter().flat_map(|file| &file.findings);
    let (tests, failures) = (findings().count().max(1), findings().filter(|it| fails(it)).count());
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="wsupgrade" tests="{tests}" failures="{failures}" errors="0">"#)?;
    for file in &outcome.files {
        suite(file, view, out)?;
    }
    if outcome.files.is_empty() {
        writeln!(out, r#"  <testsuite name="wsupgrade" tests="1" failures="0" errors="0" skipped="0">"#)?;
        writeln!(out, r#"    <testcase name="no findings" classname="wsupgrade"/>"#)?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn fails(finding: &Finding) -> bool {
    finding.severity > Severity::Info
}

fn suite(FileFindings { source, findings }: &FileFindings, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let path = view.portable(source.path());
    let failures = findings.iter().filter(|finding| fails(finding)).count();
    let name = escape(&path);
    let count = findings.len();
    writeln!(out, r#"  <testsuite name="{name}" tests="{count}" failures="{failures}" errors="0" skipped="0">"#)?;
    for finding in findings {
        let place = source.position(finding.range.start());
        let case = format!("{} {place}", finding.code());
        writeln!(out, r#"    <testcase name="{}" classname="{name}">"#, escape(&case))?;
        let text = escape(&format!("{path}:{place}: {}", explanation(finding, "\n")));
        if fails(finding) {
            let (kind, message) = (word(finding.severity), escape(&finding.message));
            writeln!(out, r#"      <failure type="{kind}" message="{message}">{text}</failure>"#)?;
        } else {
            writeln!(out, "      <system-out>{text}</system-out>")?;
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

/// For text and for attributes. Most control characters have no spelling in XML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}
