//! What a run found, told: one file per output format. Nothing here decides anything.

pub mod agreement;
pub mod azure;
pub mod checklist;
pub mod concise;
pub mod config;
pub mod diff;
mod digest;
mod drawing;
pub mod environment;
mod excerpt;
mod fingerprint;
pub mod full;
pub mod gate;
pub mod github;
pub mod gitlab;
pub mod grouped;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod page;
pub mod progress;
pub mod rdjson;
pub mod rules;
pub mod sarif;
mod sheet;
pub mod statistics;
pub mod summary;
pub mod target;
pub mod terminal;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::lint::rule::{Finding, Rule};
use crate::run::config::Format;
use crate::run::session::{FileFindings, Outcome};
use crate::text::edit::{Applicability, Fix};
use crate::text::printable::printable;
use crate::text::problem::Problem;
use crate::text::source::Source;
use gate::{Escape, Gate};
use summary::Waiting;

use page::severity as word;
pub use terminal::{Paint, Terminal};

/// How a character is spelled in a format that must not be there as it is.
fn spelling(format: Format, terminal: Terminal) -> Escape {
    match format {
        Format::Json | Format::JsonLines | Format::Sarif | Format::Gitlab | Format::Rdjson => Escape::Json,
        Format::Junit => Escape::Xml,
        Format::Full | Format::Concise | Format::Grouped => Escape::Text { colors: terminal.color },
        Format::Github | Format::Azure | Format::Markdown => Escape::Text { colors: false },
    }
}

/// Writes the findings of `outcome` in `format`; what waits behind a pin is told in a few lines where it is `folded`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(
    format: Format,
    outcome: &Outcome,
    view: &View,
    folded: Option<&Waiting>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let out = &mut Gate::new(out, spelling(format, view.terminal));
    match format {
        Format::Full => full::write(outcome, view, folded, out),
        Format::Concise => concise::write(outcome, view, out),
        Format::Grouped => grouped::write(outcome, view, out),
        Format::Json => json::write(outcome, view, out),
        Format::JsonLines => json::lines(outcome, view, out),
        Format::Sarif => sarif::write(outcome, view, out),
        Format::Github => github::write(outcome, view, out),
        Format::Azure => azure::write(outcome, view, out),
        Format::Rdjson => rdjson::write(outcome, view, out),
        Format::Gitlab => gitlab::write(outcome, view, out),
        Format::Junit => junit::write(outcome, view, out),
        Format::Markdown => markdown::write(outcome, view, out),
    }?;
    out.flush()
}

/// For each finding, in the order of the report, the number of the one before it that has the same fix: a fix of many places is told
/// once, for told at each of them it would grow with their square.
fn shared_fixes(files: &[FileFindings]) -> Vec<Option<usize>> {
    let mut first = FxHashMap::default();
    let findings = files.iter().flat_map(|file| &file.findings);
    let shared = findings.enumerate().map(|(number, finding)| {
        let at = *first.entry(finding.fix.as_ref()?.identity()).or_insert(number);
        (at != number).then_some(at)
    });
    shared.collect()
}

/// Writes one line for each finding.
fn lines(outcome: &Outcome, out: &mut dyn Write, line: impl Fn(&FileFindings, &Finding) -> String) -> io::Result<()> {
    for file in &outcome.files {
        for finding in &file.findings {
            writeln!(out, "{}", line(file, finding))?;
        }
    }
    Ok(())
}

/// What is wrong, what to do, and where it is explained.
fn explanation(finding: &Finding, separator: &str) -> String {
    let message = format!("{}.", finding.message.trim_end_matches('.'));
    let parts = [Some(message), finding.help.clone(), finding.rule.map(Rule::url)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(separator)
}

/// The place in a notebook, for formats that know lines of files only: `cell 3:2:5: `.
fn in_cell(source: &Source, finding: &Finding) -> String {
    let place = source.position(finding.range.start());
    place.cell.map(|_| format!("{place}: ")).unwrap_or_default()
}

/// From where and on what the findings are looked at.
#[derive(Debug, Clone)]
pub struct View {
    /// What the terminal can show.
    pub terminal: Terminal,
    /// Whether `--unsafe-fixes` was given.
    pub unsafe_fixes: bool,
    directory: PathBuf,
}

impl View {
    /// The view from the current directory.
    pub fn new(terminal: Terminal, unsafe_fixes: bool) -> Self {
        Self { terminal, unsafe_fixes, directory: std::env::current_dir().unwrap_or_default() }
    }

    /// Whether the finding is fixed by the options at hand.
    pub fn is_fixable(&self, finding: &Finding) -> bool {
        finding.fix.as_ref().is_some_and(Fix::is_allowed)
    }

    /// Whether `--unsafe-fixes` is all that is missing.
    pub fn is_unsafe(&self, finding: &Finding) -> bool {
        let is_unsafe = |fix: &Fix| fix.applicability() == Applicability::Unsafe && !fix.is_allowed();
        finding.fix.as_ref().is_some_and(is_unsafe)
    }

    /// The path as seen from here.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.directory).unwrap_or(path)
    }

    /// The same, to be printed: a control character in a file's name must not reach the terminal.
    pub fn path(&self, path: &Path) -> String {
        printable(&self.relative(path).to_string_lossy()).into_owned()
    }

    /// The same, painted.
    fn strong_path(&self, path: &Path) -> String {
        self.terminal.paint(Paint::Strong, &self.path(path))
    }

    /// The path as seen from here, with `/` on every system, for programs.
    pub fn portable(&self, path: &Path) -> String {
        let path = self.relative(path).to_string_lossy();
        if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() }
    }

    /// The code of a finding, in the colour of its severity and as a link to its page, where the terminal can.
    fn code(&self, finding: &Finding) -> String {
        let code = self.terminal.paint(full::paint(finding.severity), finding.code());
        match finding.rule.filter(|_| self.terminal.hyperlinks) {
            Some(rule) => format!("\u{1b}]8;;{}\u{1b}\\{code}\u{1b}]8;;\u{1b}\\", rule.url()),
            None => code,
        }
    }

    /// The same view on what is no terminal.
    pub fn plain(&self) -> Self {
        Self { terminal: Terminal::PLAIN, directory: self.directory.clone(), ..*self }
    }

    /// The path as programs want it.
    fn absolute(&self, path: &Path) -> String {
        if path == Path::new("-") {
            return "-".into();
        }
        self.directory.join(path).to_string_lossy().into_owned()
    }

    /// What is wrong and stops nothing.
    pub fn warning(&self, warning: &Problem) -> String {
        let label = self.terminal.paint(Paint::Warning, "warning:");
        format!("{label} {}:{}", self.path(&warning.path), warning.message)
    }

    /// What could not be done.
    pub fn problem(&self, problem: &Problem) -> String {
        let label = self.terminal.paint(Paint::Error, "error:");
        format!("{label} {}: {}", self.path(&problem.path), problem.message)
    }
}
