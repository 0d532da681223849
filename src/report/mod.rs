//! What a run found, told: one file per output format. Nothing here decides anything.

pub mod concise;
pub mod diff;
mod excerpt;
pub mod full;
pub mod json;
pub mod page;
pub mod rules;
pub mod statistics;
mod summary;
pub mod terminal;

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::edit::Applicability;
use crate::rule::Finding;
use crate::run::{FileFindings, Problem};

pub use terminal::{Paint, Terminal};

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With the code, the explanation and the fix.
    Full,
    /// One line for each finding.
    Concise,
    /// As Ruff prints it with `--output-format json`.
    Json,
}

impl Format {
    /// Whether a summary may follow.
    pub fn is_for_people(self) -> bool {
        match self {
            Self::Full | Self::Concise => true,
            Self::Json => false,
        }
    }
}

/// Writes `files` in `format`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(format: Format, files: &[FileFindings], view: &View, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Full => full::write(files, view, out),
        Format::Concise => concise::write(files, view, out),
        Format::Json => json::write(files, view, out),
    }
}

/// From where and on what the findings are looked at.
#[derive(Debug)]
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
        finding.fix.as_ref().is_some_and(|fix| fix.applicability().is_allowed(self.unsafe_fixes))
    }

    /// Whether `--unsafe-fixes` is all that is missing.
    fn is_unsafe(&self, finding: &Finding) -> bool {
        let is_unsafe = |applicability| applicability == Applicability::Unsafe;
        !self.unsafe_fixes && finding.fix.as_ref().is_some_and(|fix| is_unsafe(fix.applicability()))
    }

    /// The path as seen from here.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.directory).unwrap_or(path)
    }

    /// The same, to be printed: a control character in a file's name must not reach the terminal.
    pub fn path(&self, path: &Path) -> String {
        printable(&self.relative(path).to_string_lossy()).into_owned()
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

/// `text` with control characters made visible.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) { text.escape_debug().to_string().into() } else { text.into() }
}
