//! The targets of a run, each directory looked at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::directory::{Decision, Directory};
use super::document::{Declaration, Document, Found, Rank};
use super::{BadMetadata, Range, Side, Target, pyproject, python};
use crate::paths::{normalised, shown};
use crate::source::Source;

/// Finds the target of a file, and remembers it for its directory. Shared by all threads of a run.
#[derive(Default)]
pub struct Targets {
    fixed: Option<Arc<Target>>,
    /// The working directory.
    base: Option<PathBuf>,
    directories: Mutex<FxHashMap<PathBuf, Arc<Directory>>>,
    targets: Mutex<FxHashMap<PathBuf, Arc<Target>>>,
    problems: Mutex<Vec<BadMetadata>>,
}

/// A thread that panicked while it held the lock left a cache behind, which is still a cache.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Targets {
    /// Targets from the metadata around each file.
    pub fn new() -> Self {
        Self { base: std::env::current_dir().ok(), ..Self::default() }
    }

    /// The same target for every file, whatever its metadata says.
    pub fn fixed(target: Target) -> Self {
        Self { fixed: Some(Arc::new(target)), ..Self::default() }
    }

    /// The target of a file whose text is at hand: its inline metadata comes before the project around it.
    pub fn for_source(&self, source: &Source) -> Arc<Target> {
        if self.fixed.is_some() {
            return self.for_file(source.path());
        }
        self.script(source).map_or_else(|| self.for_file(source.path()), Arc::new)
    }

    /// The target of a file by its place. The file itself is not read and need not exist.
    pub fn for_file(&self, path: &Path) -> Arc<Target> {
        if let Some(fixed) = &self.fixed {
            return fixed.clone();
        }
        let path = self.absolute(path);
        self.in_directory(path.parent().unwrap_or(&path))
    }

    /// The metadata that could not be understood so far, sorted.
    pub fn problems(&self) -> Vec<BadMetadata> {
        let mut problems = lock(&self.problems).clone();
        problems
            .extend(lock(&self.directories).values().flat_map(|directory| directory.found.problems.iter().cloned()));
        problems.sort();
        problems.dedup();
        problems
    }

    fn in_directory(&self, path: &Path) -> Arc<Target> {
        if let Some(known) = lock(&self.targets).get(path) {
            return known.clone();
        }
        // Two threads may do the same work; the lock is not held while files are read.
        let directory = self.directory(path);
        let parent = path.parent().filter(|_| !directory.is_root);
        let decided = self.decide(path, &directory);
        let target = match decided {
            Some(target) => {
                let python = directory.python.or_else(|| parent.and_then(|parent| self.in_directory(parent).python));
                Arc::new(Target { python, ..target })
            }
            None => {
                let around = parent.map_or_else(Arc::default, |parent| self.in_directory(parent));
                match directory.python {
                    None => around,
                    python => Arc::new(Target { python, ..(*around).clone() }),
                }
            }
        };
        lock(&self.targets).entry(path.to_owned()).or_insert(target).clone()
    }

    /// What the metadata of one directory says; `None` when it does not mention websockets.
    fn decide(&self, path: &Path, directory: &Directory) -> Option<Target> {
        let mut problems = Vec::new();
        let decision = Decision::of(&directory.found.declarations, &mut problems);
        lock(&self.problems).append(&mut problems);
        match decision {
            Some(Decision::Plain(evidence)) => {
                let mut target = self.limit_above(path).unwrap_or_default();
                let also = target.evidence.into_iter().chain(target.also);
                let mut evidence = also.chain(evidence);
                target.evidence = evidence.next();
                target.also = evidence.collect();
                Some(target)
            }
            Some(decision) => Some(target_of(decision)),
            None => locked(directory.locks(self.base.as_deref())),
        }
    }

    /// The nearest constraint or lock at or above a directory, for a declaration without a version.
    fn limit_above(&self, path: &Path) -> Option<Target> {
        for path in path.ancestors() {
            let directory = self.directory(path);
            let constraints: Vec<Declaration> =
                directory.found.declarations.iter().filter(|found| found.rank == Rank::Constraint).cloned().collect();
            // Their problems are noted where the directory itself is decided, or belong to nobody's project.
            let constrained = Decision::of(&constraints, &mut Vec::new());
            if let Some(decision @ Decision::Limited(..)) = constrained {
                return Some(target_of(decision));
            }
            if let Some(target) = locked(directory.locks(self.base.as_deref())) {
                return Some(target);
            }
            if directory.is_root {
                return None;
            }
        }
        None
    }

    fn directory(&self, path: &Path) -> Arc<Directory> {
        if let Some(known) = lock(&self.directories).get(path) {
            return known.clone();
        }
        let directory = Arc::new(Directory::read(path, self.base.as_deref()));
        lock(&self.directories).entry(path.to_owned()).or_insert(directory).clone()
    }

    /// The target in a script's own metadata, when it lists dependencies there.
    fn script(&self, source: &Source) -> Option<Target> {
        let path = self.absolute(source.path());
        let document = inline_metadata(source.text(), shown(&path, self.base.as_deref()))?;
        let mut found = Found::default();
        let lists = pyproject::script(&document, &mut found);
        let mut problems = std::mem::take(&mut found.problems);
        let decision = Decision::of(&found.declarations, &mut problems);
        lock(&self.problems).append(&mut problems);
        let python = python::floor(&document.text);
        lists.then(|| Target { python, ..decision.map(target_of).unwrap_or_default() })
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        let joined = self.base.as_deref().map_or_else(|| path.to_owned(), |base| base.join(path));
        normalised(&joined)
    }
}

fn target_of(decision: Decision) -> Target {
    let (range, evidence) = match decision {
        Decision::Limited(range, evidence) => (Some(range), evidence),
        Decision::Plain(evidence) => (None, evidence),
        Decision::Unknown(evidence) => (None, vec![evidence]),
    };
    let mut evidence = evidence.into_iter();
    let target = range.and_then(Target::of).unwrap_or_default();
    Target { evidence: evidence.next(), also: evidence.collect(), ..target }
}

/// What locked versions come to. One before 14.0 makes it both sides: the next update brings the other one.
fn locked(locks: &[Declaration]) -> Option<Target> {
    let range = locks.iter().filter_map(|lock| lock.range.clone()).reduce(Range::or)?;
    let side = if range.side()? == Side::Modern { Side::Modern } else { Side::Both };
    let floor = range.floor();
    let lowest = locks.iter().find(|lock| lock.range.as_ref().and_then(Range::floor) == floor);
    Some(Target { floor, locked: lowest.map(|lock| lock.evidence.clone()), ..Target::from(side) })
}

/// The TOML in the comments of a script, as PEP 723 has it.
fn inline_metadata(text: &str, path: PathBuf) -> Option<Document> {
    const OPENING: &str = "# /// script";
    memchr::memmem::find(text.as_bytes(), OPENING.as_bytes())?;
    let mut block: Option<(usize, String, Vec<usize>)> = None;
    let mut offset = 0;
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end();
        match &mut block {
            None if line == OPENING => block = Some((index + 2, String::new(), Vec::new())),
            None => {}
            Some((first, content, lines)) => {
                if line == "# ///" {
                    return Some(Document::part(path, std::mem::take(content), std::mem::take(lines), *first));
                }
                let comment = line.strip_prefix('#')?;
                let inner = comment.strip_prefix(' ').unwrap_or(comment);
                lines.push(start + line.len() - inner.len());
                content.push_str(inner);
                content.push('\n');
            }
        }
    }
    None
}
