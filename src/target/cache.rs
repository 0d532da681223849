//! The targets of a run, each directory looked at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::declaration::{Declared, declared};
use super::directory::{Decision, Directory};
use super::document::{Document, Files, FoundInMetadata, Mention};
use super::{BadMetadata, Range, Side, Target, pyproject, python};
use crate::text::paths::normalised;
use crate::text::source::Source;

/// Finds the target of a file, and remembers it for its directory. Shared by all threads of a run.
#[derive(Default)]
pub struct Targets {
    files: Files,
    directories: Mutex<FxHashMap<PathBuf, Arc<Directory>>>,
    targets: Mutex<FxHashMap<PathBuf, Arc<Target>>>,
    declared: Mutex<FxHashMap<PathBuf, Arc<Declared>>>,
    problems: Mutex<Vec<BadMetadata>>,
}

/// A thread that panicked while it held the lock left a cache behind, which is still a cache.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Targets {
    /// Targets from the metadata around each file.
    pub fn new() -> Self {
        let files = Files { base: std::env::current_dir().ok(), ..Files::default() };
        Self { files, ..Self::default() }
    }

    /// The same with these texts in the place of those on the disk.
    pub fn with_drafts(&self, drafts: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let drafts = drafts.into_iter().map(|(path, text)| (self.files.shown(&self.absolute(&path)), text));
        let files = Files { base: self.files.base.clone(), drafts: drafts.collect() };
        Self { files, ..Self::default() }
    }

    /// The target of a file whose text is at hand: its inline metadata comes before the project around it.
    pub fn for_source(&self, source: &Source) -> Arc<Target> {
        self.script(source).map_or_else(|| self.for_file(source.path()), Arc::new)
    }

    /// The target of a file by its place. The file itself is not read and need not exist.
    pub fn for_file(&self, path: &Path) -> Arc<Target> {
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
        let decision = Decision::of(&directory.found.mentions, &mut problems);
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
            None => locked(directory.locks(&self.files)),
        }
    }

    /// The nearest constraint or lock at or above a directory, for a declaration without a version.
    fn limit_above(&self, path: &Path) -> Option<Target> {
        for directory in self.upwards(path) {
            // Their problems are noted where the directory itself is decided, or belong to nobody's project.
            let constrained = Decision::of(&directory.constraints(), &mut Vec::new());
            if let Some(decision @ Decision::Limited(..)) = constrained {
                return Some(target_of(decision));
            }
            if let Some(target) = locked(directory.locks(&self.files)) {
                return Some(target);
            }
        }
        None
    }

    fn directory(&self, path: &Path) -> Arc<Directory> {
        if let Some(known) = lock(&self.directories).get(path) {
            return known.clone();
        }
        let directory = Arc::new(Directory::read(path, &self.files));
        lock(&self.directories).entry(path.to_owned()).or_insert(directory).clone()
    }

    /// The target in a script's own metadata, when it lists dependencies there.
    fn script(&self, source: &Source) -> Option<Target> {
        let (mut found, python) = self.inline(source)?;
        let decision = Decision::of(&found.mentions, &mut found.problems);
        lock(&self.problems).append(&mut found.problems);
        Some(Target { python, ..decision.map(target_of).unwrap_or_default() })
    }

    /// What a script's own metadata says, and its oldest Python; `None` when it lists no dependencies.
    fn inline(&self, source: &Source) -> Option<(FoundInMetadata, Option<(u8, u8)>)> {
        let document = inline_metadata(source.text(), self.files.shown(&self.absolute(source.path())))?;
        let mut found = FoundInMetadata::default();
        let lists = pyproject::script(&document, &mut found);
        if !lists {
            lock(&self.problems).append(&mut found.problems);
        }
        lists.then(|| (found, python::floor(&document.text)))
    }

    /// The text of a metadata file, by the path that evidence names it by.
    pub fn text(&self, path: &Path) -> Option<String> {
        self.files.text(path)
    }

    /// Whether evidence names the file at `path` by `shown`.
    pub fn is_shown_as(&self, path: &Path, shown: &Path) -> bool {
        path == shown || self.files.shown(&self.absolute(path)) == shown
    }

    /// What the metadata that decides about a file declares, whatever target somebody asked for.
    pub fn declared(&self, source: &Source) -> Arc<Declared> {
        if let Some((found, python)) = self.inline(source) {
            return Arc::new(declared(&found.mentions, &[], python));
        }
        let path = self.absolute(source.path());
        self.declared_in(path.parent().unwrap_or(&path))
    }

    fn declared_in(&self, path: &Path) -> Arc<Declared> {
        if let Some(known) = lock(&self.declared).get(path) {
            return known.clone();
        }
        let directory = self.directory(path);
        let parent = path.parent().filter(|_| !directory.is_root);
        let decision = Decision::of(&directory.found.mentions, &mut Vec::new());
        let found = match (decision, parent) {
            (None, Some(parent)) if directory.locks(&self.files).is_empty() => self.declared_in(parent),
            (None, _) => Arc::default(),
            (Some(decision), _) => {
                let is_plain = matches!(decision, Decision::Plain(_));
                let mut mentions = directory.found.mentions.clone();
                mentions.extend(if is_plain { self.constraints_above(path) } else { Vec::new() });
                let python = self.in_directory(path).python;
                Arc::new(declared(&mentions, &self.locks_above(path), python))
            }
        };
        lock(&self.declared).entry(path.to_owned()).or_insert(found).clone()
    }

    /// The nearest constraints that limit a version, above a directory.
    fn constraints_above(&self, path: &Path) -> Vec<Mention> {
        let above = self.upwards(path).skip(1).map(|directory| directory.constraints());
        above
            .into_iter()
            .find(|constraints| matches!(Decision::of(constraints, &mut Vec::new()), Some(Decision::Limited(..))))
            .unwrap_or_default()
    }

    /// The nearest lock files at or above a directory.
    fn locks_above(&self, path: &Path) -> Vec<Mention> {
        let locks = self.upwards(path).map(|directory| directory.locks(&self.files).to_vec());
        locks.into_iter().find(|locks| !locks.is_empty()).unwrap_or_default()
    }

    /// The directories of a repository from `path` upwards.
    fn upwards(&self, path: &Path) -> impl Iterator<Item = Arc<Directory>> {
        let mut is_inside = true;
        path.ancestors().map(|path| self.directory(path)).take_while(move |directory| {
            let this = is_inside;
            is_inside &= !directory.is_root;
            this
        })
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        let joined = self.files.base.as_deref().map_or_else(|| path.to_owned(), |base| base.join(path));
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
fn locked(locks: &[Mention]) -> Option<Target> {
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
