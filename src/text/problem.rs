//! What could not be read or written, and the words for it.

use std::path::{Path, PathBuf};

use crate::text::printable::into_printable;
use crate::text::source::Undecodable;

/// A file that could not be dealt with. Printed on stderr; the exit code is 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or directory.
    pub path: PathBuf,
    /// What went wrong, and what to do. On one line, and nothing in it that a terminal would obey.
    pub message: String,
}

impl Problem {
    /// Something is wrong with `path`.
    pub fn new(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: into_printable(message.into()) }
    }

    /// Why a file stays as it is although there is something to write; `None` where it is something else that went wrong.
    pub fn unwritten(&self) -> Option<&str> {
        self.message.strip_prefix("not written: ")
    }

    /// A file that does not decode.
    pub fn undecodable(path: &Path, reason: &Undecodable) -> Self {
        Self::new(path, format!("cannot be read as Python: {reason}."))
    }

    /// A bug of ours showed at `path`.
    pub fn bug(path: &Path, what: &str) -> Self {
        let issues = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
        Self::new(path, format!("left alone: internal error, {what}. Please report it at {issues}."))
    }
}

/// The words of the operating system without its number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
