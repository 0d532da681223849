//! What a run found and changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::lint::rule::{Finding, Rule, Severity};
use crate::project::Work;
use crate::run::baseline::Expired;
use crate::run::inside::Inside;
use crate::target::Target;
use crate::text::edit::Fix;
use crate::text::problem::Problem;
use crate::text::source::Source;

/// The findings of one file, with the text that they point into.
#[derive(Debug, Clone)]
pub struct FileFindings {
    /// The file.
    pub source: Arc<Source>,
    /// In the order of the text.
    pub findings: Vec<Finding>,
}

impl FileFindings {
    /// Whether one of them is as bad as `least`.
    fn has(&self, least: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity >= least)
    }
}

/// A file that fixes changed.
#[derive(Debug)]
pub struct Change {
    /// As it was, with what was found then.
    pub before: FileFindings,
    /// As it is now.
    pub after: Arc<Source>,
    /// The rule of each applied fix.
    pub rules: Vec<&'static Rule>,
    /// The rules of those that were unsafe, so that somebody has to look at what they wrote.
    pub unsafe_rules: Vec<&'static Rule>,
}

/// A target, and the files for which it is the one.
#[derive(Debug, Clone)]
pub struct Supported {
    /// What it is.
    pub target: Arc<Target>,
    /// The first of the files.
    pub first: PathBuf,
    /// How many there are.
    pub files: usize,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Files with findings, sorted by path.
    pub files: Vec<FileFindings>,
    /// How many findings there were before anything was fixed.
    pub found: usize,
    /// Files that fixes changed, in memory so far, sorted by path.
    pub changes: Vec<Change>,
    /// Sorted by path.
    pub problems: Vec<Problem>,
    /// What is wrong and stops nothing, such as a comment that names no rule. Sorted by path.
    pub warnings: Vec<Problem>,
    /// What could not be looked into, so that nothing was found there. Sorted by path.
    pub unseen: Vec<Problem>,
    /// How many findings comments suppress.
    pub suppressed: usize,
    /// How many findings are in the baseline.
    pub known: usize,
    /// What the baseline has and nobody finds any more, sorted by file.
    pub expired: Vec<Expired>,
    /// Files of projects that are pinned below 14.0, where what has severity info waits for the move.
    pub pinned: BTreeSet<PathBuf>,
    /// How many Python files were looked at.
    pub checked: usize,
    /// How much work it was.
    pub work: Work,
    /// The supported websockets versions, and where that is written, of the files that were parsed.
    pub targets: BTreeMap<String, Supported>,
    /// The configuration files of the files that were parsed.
    pub configs: BTreeSet<PathBuf>,
    /// Where files may be changed.
    pub inside: Inside,
    /// The directories of the files that were parsed.
    pub directories: BTreeSet<PathBuf>,
}

impl Outcome {
    /// How many findings are left.
    pub fn left(&self) -> usize {
        self.files.iter().map(|file| file.findings.len()).sum()
    }

    /// Whether a finding is no problem before the project moves to 14.0, which it is pinned below.
    pub fn waits(&self, file: &FileFindings, finding: &Finding) -> bool {
        let is_fixed_today = finding.fix.as_ref().is_some_and(Fix::is_allowed);
        finding.severity == Severity::Info && !is_fixed_today && self.pinned.contains(file.source.path())
    }

    /// How many findings were fixed: those that fixes brought to light and that were fixed in their turn count too, and so do those that
    /// went with the fix of another one.
    pub fn fixed(&self) -> usize {
        let applied: usize = self.changes.iter().map(|change| change.rules.len()).sum();
        applied.max(self.found.saturating_sub(self.left()))
    }

    /// Whether something is left that is as bad as `least`.
    pub fn has_left(&self, least: Severity) -> bool {
        self.files.iter().any(|file| file.has(least))
    }

    /// Whether fixes changed something that was as bad as `least`.
    pub fn has_changed(&self, least: Severity) -> bool {
        self.changes.iter().any(|change| change.before.has(least))
    }
}
