//! One run over many files: the types that the stages hand to each other.

use std::path::PathBuf;
use std::sync::Arc;

use crate::rule::Finding;
use crate::source::Source;

/// The findings of one file, with the text that they point into.
#[derive(Debug)]
pub struct FileFindings {
    /// The file.
    pub source: Arc<Source>,
    /// In the order of the text.
    pub findings: Vec<Finding>,
}

/// A file that could not be dealt with. Printed on stderr; the exit code is 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or directory.
    pub path: PathBuf,
    /// What went wrong, and what to do.
    pub message: String,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Files with findings, sorted by path.
    pub files: Vec<FileFindings>,
    /// Sorted by path.
    pub problems: Vec<Problem>,
    /// How many Python files were looked at.
    pub checked: usize,
}
