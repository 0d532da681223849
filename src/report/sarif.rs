//! SARIF 2.1.0, which GitHub code scanning and many viewers read.

use std::io::{self, Write};
use std::path::Path;

use ruff_text_size::TextRange;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::lint::rule::{Finding, Rule, Severity};
use crate::report::fingerprint::Fingerprints;
use crate::report::{View, explanation, in_cell, shared_fixes};
use crate::run::session::{FileFindings, Outcome};
use crate::text::edit::{Applicability, Fix};
use crate::text::source::Source;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes one log with one run.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let findings = outcome.files.iter().flat_map(|file| &file.findings);
    let mut rules: Vec<&Rule> = findings.filter_map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.meta.code);
    rules.dedup_by_key(|rule| rule.meta.code);
    let notification = |level: &str, path: &Path, message: &str| {
        json!({
            "level": level,
            "locations": [{"physicalLocation": {"artifactLocation": artifact(path, view)}}],
            "message": {"text": message},
        })
    };
    let problems = outcome.problems.iter().map(|it| notification("error", &it.path, &it.message));
    let warnings = outcome.warnings.iter().map(|it| notification("warning", &it.path, &it.message));
    let invocation = json!({
        "executionSuccessful": outcome.problems.is_empty(),
        "toolExecutionNotifications": problems.chain(warnings).collect::<Vec<_>>(),
    });
    let driver = json!({
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "name": env!("CARGO_PKG_NAME"),
        "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
    });
    let results = Results { outcome, rules: &rules, view };
    let run =
        Run { column_kind: "unicodeCodePoints", invocations: [invocation], results, tool: json!({"driver": driver}) };
    serde_json::to_writer_pretty(&mut *out, &Log { schema: SCHEMA, runs: [run], version: "2.1.0" })?;
    writeln!(out)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    runs: [Run<'a>; 1],
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    column_kind: &'a str,
    invocations: [Value; 1],
    results: Results<'a>,
    tool: Value,
}

/// The results, made one after the other while they are written.
struct Results<'a> {
    outcome: &'a Outcome,
    rules: &'a [&'a Rule],
    view: &'a View,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fingerprints = Fingerprints::default();
        let mut shared = shared_fixes(&self.outcome.files).into_iter();
        let mut results = serializer.serialize_seq(None)?;
        for file in &self.outcome.files {
            for finding in &file.findings {
                let mut result = result(file, finding, self.rules, &mut fingerprints, self.view);
                match shared.next().flatten() {
                    Some(number) => result["properties"] = json!({"fixSharedWith": number}),
                    None => add_fix(&mut result, &file.source, finding, self.view),
                }
                results.serialize_element(&result)?;
            }
        }
        results.end()
    }
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.meta.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary()},
        "help": {"text": rule.docs, "markdown": rule.docs},
        "helpUri": rule.url(),
        "defaultConfiguration": {"level": level(rule.meta.severity)},
        "properties": {"since": rule.meta.since, "tags": [rule.family]},
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(
    file: &FileFindings,
    finding: &Finding,
    rules: &[&Rule],
    fingerprints: &mut Fingerprints,
    view: &View,
) -> Value {
    let source = &file.source;
    let location =
        |range: TextRange| json!({"artifactLocation": artifact(source.path(), view), "region": region(source, range)});
    let mut result = json!({
        "level": level(finding.severity),
        "locations": [{"physicalLocation": location(finding.range)}],
        "message": {"text": format!("{}{}", in_cell(source, finding), explanation(finding, "\n"))},
        "partialFingerprints": {"wsupgrade/v1": fingerprints.next(file, finding, view)},
        "ruleId": finding.code(),
    });
    if let Ok(at) = rules.binary_search_by_key(&finding.code(), |rule| rule.meta.code) {
        result["ruleIndex"] = at.into();
    }
    let labels = finding
        .labels
        .iter()
        .map(|label| json!({"message": {"text": label.text}, "physicalLocation": location(label.range)}));
    let elsewhere = finding.elsewhere.iter().map(|it| {
        let location = json!({"artifactLocation": artifact(&it.path, view), "region": {"startLine": it.line}});
        json!({"message": {"text": it.text}, "physicalLocation": location})
    });
    let related: Vec<Value> = labels.chain(elsewhere).collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

/// What a person has to judge is no replacement that a viewer may offer, nor is Python one in the JSON of a notebook.
fn add_fix(result: &mut Value, source: &Source, finding: &Finding, view: &View) {
    let is_offered = |fix: &&Fix| fix.applicability() > Applicability::DisplayOnly && !source.is_notebook();
    if let Some(fix) = finding.fix.as_ref().filter(is_offered) {
        result["fixes"] = json!([change(source, finding, fix, view)]);
    }
}

fn change(source: &Source, finding: &Finding, fix: &Fix, view: &View) -> Value {
    let replacements = fix
        .edits()
        .iter()
        .map(|edit| json!({"deletedRegion": region(source, edit.range()), "insertedContent": {"text": edit.content}}));
    json!({
        "artifactChanges": [{
            "artifactLocation": artifact(source.path(), view),
            "replacements": replacements.collect::<Vec<_>>(),
        }],
        "description": {"text": finding.help.as_deref().unwrap_or(&finding.message)},
        "properties": {"applicability": fix.applicability()},
    })
}

fn region(source: &Source, range: TextRange) -> Value {
    let (start, end) = (source.stored_position(range.start()), source.stored_position(range.end()));
    json!({"startLine": start.row, "startColumn": start.column, "endLine": end.row, "endColumn": end.column})
}

/// Relative to the root of the sources, which the reader knows better than this run; elsewhere, in full.
fn artifact(path: &Path, view: &View) -> Value {
    let portable = view.portable(path);
    let encoded = percent(&portable);
    if Path::new(&portable).is_absolute() {
        let slash = if encoded.starts_with('/') { "" } else { "/" };
        return json!({"uri": format!("file://{slash}{encoded}")});
    }
    json!({"uri": encoded, "uriBaseId": "%SRCROOT%"})
}

/// What has no meaning of its own in a URI stays.
fn percent(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => encoded.push(byte.into()),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
