//! The Reviewdog Diagnostic Format, which reviewdog turns into comments of a review.

use std::io::{self, Write};

use ruff_text_size::{TextRange, TextSize};
use serde_json::{Value, json};

use crate::lint::rule::{Finding, Rule, Severity};
use crate::report::{View, in_cell};
use crate::run::session::{FileFindings, Outcome};
use crate::text::source::Source;

/// Writes one object.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(outcome: &Outcome, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut diagnostics = Vec::new();
    for file in &outcome.files {
        diagnostics.extend(file.findings.iter().map(|finding| diagnostic(file, finding, view)));
    }
    let result = json!({
        "source": {"name": env!("CARGO_PKG_NAME"), "url": env!("CARGO_PKG_REPOSITORY")},
        "severity": "WARNING",
        "diagnostics": diagnostics,
    });
    serde_json::to_writer_pretty(&mut *out, &result)?;
    writeln!(out)
}

fn diagnostic(FileFindings { source, .. }: &FileFindings, finding: &Finding, view: &View) -> Value {
    let mut message = format!("{}{}", in_cell(source, finding), finding.message);
    if let Some(help) = &finding.help {
        message = format!("{message}. {help}");
    }
    let mut code = json!({"value": finding.code()});
    if let Some(url) = finding.rule.map(Rule::url) {
        code["url"] = url.into();
    }
    let mut diagnostic = json!({
        "message": message,
        "location": {"path": view.portable(source.path()), "range": range(source, finding.range)},
        "severity": match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        "code": code,
    });
    // A suggestion is one place; of a fix of several it would be a part.
    if let Some([edit]) = finding.fix.as_ref().map(crate::text::edit::Fix::edits)
        && !source.is_notebook()
    {
        diagnostic["suggestions"] = json!([{"range": range(source, edit.range()), "text": edit.content}]);
    }
    diagnostic
}

fn range(source: &Source, range: TextRange) -> Value {
    json!({"start": position(source, range.start()), "end": position(source, range.end())})
}

/// Columns count bytes here.
fn position(source: &Source, offset: TextSize) -> Value {
    let place = source.stored_position(offset);
    let column = if source.is_notebook() {
        place.column
    } else {
        let before = source.text().get(..offset.to_usize()).unwrap_or_default();
        let line = before.rfind(['\n', '\r']).map_or(before, |at| before.get(at + 1..).unwrap_or_default());
        line.trim_start_matches('\u{feff}').len() + 1
    };
    json!({"line": place.row, "column": column})
}
