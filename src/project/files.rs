//! Which files: the walk over the directories that were asked for.
//!
//! Ignore files count, inside a git repository or not; what Python people expect to be skipped is skipped; a path that
//! somebody names is always taken. Symbolic links inside a tree are not followed, as in git: what they point to is either
//! reached by its own path or belongs to somebody else.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};
use rustc_hash::{FxHashMap, FxHashSet};

use super::vocabulary::{Seen, Vocabulary};
use crate::run::config::{Config, Configs};

use crate::lint::{registry as rules, suppress};
use crate::text::problem::{Problem, reason};
use crate::text::read;
use crate::text::script;

/// A file that can matter.
#[derive(Debug, Clone)]
pub struct Found {
    /// As it was given, or below a directory that was given.
    pub path: PathBuf,
    /// All of it.
    pub bytes: Vec<u8>,
    /// Whether the disk says the same. Standard input says what an editor has not written yet.
    pub saved: bool,
    /// The names in it.
    pub vocabulary: Arc<Vocabulary>,
}

impl Found {
    /// A text that the disk does not have.
    pub fn new(path: PathBuf, bytes: Vec<u8>) -> Self {
        let vocabulary = Arc::new(Vocabulary::of(&bytes, &mut Seen::default()));
        Self { path, bytes, saved: false, vocabulary }
    }
}

/// A file that holds no word that matters, but may hold answers to questions about others.
#[derive(Debug, Clone)]
pub struct Other {
    /// As it was given, or below a directory that was given.
    pub path: PathBuf,
    /// The names in it.
    pub vocabulary: Arc<Vocabulary>,
}

/// How the names of scripts and pages end.
const SCRIPTS: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "html", "htm"];

/// What a walk brings home.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    /// The files that can matter, each once, sorted by path.
    pub files: Vec<Found>,
    /// All other Python files, in no order.
    pub others: Vec<Other>,
    /// Files that may be scripts or pages, in no order and not read.
    pub scripts: Vec<PathBuf>,
    /// Whether the configuration left something out that belongs to the project all the same.
    pub is_partial: bool,
    /// The directories that were asked for, canonical.
    pub directories: Vec<PathBuf>,
    /// The files that were asked for, canonical.
    pub named: Vec<PathBuf>,
    /// How many Python files were looked into.
    pub checked: usize,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Walks `paths` on `threads` threads, for files that can matter to a rule.
pub fn walk(paths: &[PathBuf], threads: usize, configs: &Arc<Configs>) -> Walked {
    walk_with(paths, threads, configs, &can_matter)
}

/// Walks `paths` on `threads` threads; all files are others. No configuration is asked.
pub fn walk_for(paths: &[PathBuf], threads: usize) -> Walked {
    walk_with(paths, threads, &Arc::default(), &|_, _| false)
}

/// Whether a file can matter to a rule, with what its configuration says.
pub fn can_matter(bytes: &[u8], config: &Config) -> bool {
    rules::can_matter(bytes)
        || config.unused_ignores && suppress::is_mentioned(bytes)
        || config.connect_functions.iter().any(|function| contains(bytes, function.last()))
}

fn contains(bytes: &[u8], word: &str) -> bool {
    memchr::memmem::find(bytes, word.as_bytes()).is_some()
}

/// Whether the content of a file is wanted.
pub type Wanted<'w> = dyn Fn(&[u8], &Config) -> bool + Sync + 'w;

/// Walks `paths` on `threads` threads, for files whose bytes are `wanted`, with what their configuration says.
pub fn walk_with(paths: &[PathBuf], threads: usize, configs: &Arc<Configs>, wanted: &Wanted) -> Walked {
    let mut walked = Walked::default();
    let mut roots = FxHashMap::default();
    let mut only_files = true;
    // By whether ignore files count.
    let mut builders: [Option<WalkBuilder>; 2] = [None, None];
    for path in paths {
        match resolved(path) {
            Ok(_) if configs.is_forced_out(path) => {}
            Ok((is_directory, canonical)) => {
                only_files &= !is_directory;
                if is_directory { &mut walked.directories } else { &mut walked.named }.push(canonical.clone());
                if roots.insert(path.clone(), canonical).is_none() {
                    let config = if is_directory { configs.inside(path) } else { configs.for_path(path) };
                    let above = || walked.directories.last().into_iter().flat_map(|directory| directory.ancestors());
                    let bad =
                        (is_directory && config.respect_gitignore).then(|| above().find_map(bad_ignore_file)).flatten();
                    let respects = config.respect_gitignore && bad.is_none();
                    walked.problems.extend(bad.map(|(file, why)| {
                        Problem::new(file, format!("{why}. No ignore file counts for {}.", path.display()))
                    }));
                    match &mut builders[usize::from(respects)] {
                        Some(builder) => drop(builder.add(path)),
                        none => *none = Some(WalkBuilder::new(path)),
                    }
                }
            }
            Err(message) => walked.problems.push(Problem::new(path, message)),
        }
    }
    // One file needs no second thread.
    let threads = if only_files { threads.min(roots.len()) } else { threads };
    let (sender, visits) = channel();
    let is_partial = Arc::new(AtomicBool::new(false));
    let unreadable_ignores: Arc<Mutex<Vec<Problem>>> = Arc::default();
    for (respect, builder) in builders.into_iter().enumerate() {
        let Some(mut builder) = builder else { continue };
        builder.standard_filters(respect == 1).hidden(false).require_git(false).follow_links(false).threads(threads);
        let (asked, partial, refused) = (configs.clone(), is_partial.clone(), unreadable_ignores.clone());
        builder.filter_entry(move |entry| {
            if !is_wanted(entry, &asked, &partial) {
                return false;
            }
            let is_inner = respect == 1 && entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
            let Some((file, why)) = is_inner.then(|| bad_ignore_file(entry.path())).flatten() else { return true };
            let problem = Problem::new(file, format!("{why}. Its directory was left out."));
            refused.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
            partial.store(true, Ordering::Relaxed);
            false
        });
        // The walk ends before anything is taken from the channel, so that the counting below sees every file.
        builder.build_parallel().run(|| {
            let (sender, buffer, governed) = (sender.clone(), Vec::new(), None);
            let (seen, is_partial) = (Seen::default(), &*is_partial);
            let mut visitor = Visitor { sender, configs, governed, wanted, buffer, seen, is_partial };
            Box::new(move |entry| visitor.visit(entry))
        });
    }
    drop(sender);
    walked.is_partial = is_partial.load(Ordering::Relaxed);
    walked.problems.append(&mut unreadable_ignores.lock().unwrap_or_else(PoisonError::into_inner));
    collect(visits.into_iter().collect(), &roots, &mut walked);
    walked
}

/// An ignore file of a directory that is no regular file, or too large: reading it might never end.
fn bad_ignore_file(directory: &Path) -> Option<(PathBuf, String)> {
    [".gitignore", ".ignore"].iter().find_map(|name| {
        let path = directory.join(name);
        let metadata = path.metadata().ok()?;
        let is_fine = metadata.is_dir() || metadata.is_file() && metadata.len() <= read::MOST_METADATA;
        let error = if is_fine { None } else { read::regular(&path, read::MOST_METADATA).err() };
        error.map(|error| (path, format!("cannot be read: {}", reason(&error))))
    })
}

/// Whether a path is a directory, and where it is.
fn resolved(path: &Path) -> Result<(bool, PathBuf), String> {
    let checked = |error: std::io::Error| format!("{}. Check the path.", reason(&error));
    let kind = path.metadata().map_err(checked)?.file_type();
    // A pipe gives what it has only once, and only while somebody writes into it.
    if !kind.is_dir() && !kind.is_file() {
        return Err("is no regular file. Pass its content as standard input, to `-`.".to_owned());
    }
    Ok((kind.is_dir(), path.canonicalize().map_err(checked)?))
}

/// Whether a walk from `start` comes to `path`, a Python file or a directory, if nothing is excluded.
pub fn reaches(start: &Path, path: &Path, respect_gitignore: bool) -> bool {
    let mut builder = WalkBuilder::new(start);
    builder.standard_filters(respect_gitignore).hidden(false).require_git(false).follow_links(false);
    let towards = path.to_owned();
    builder.filter_entry(move |entry| towards.starts_with(entry.path()));
    let is_taken = |entry: &DirEntry| match kind(entry) {
        Kind::Python => true,
        Kind::Unknown => open_script(entry.path(), &mut Vec::new()).is_some(),
        Kind::Script => false,
        Kind::Other => entry.file_type().is_some_and(|kind| kind.is_dir()),
    };
    builder.build().flatten().any(|entry| entry.path() == path && is_taken(&entry))
}

/// Gives each file once, under the path that sorts first, whatever roots overlap.
fn collect(mut visits: Vec<Visit>, roots: &FxHashMap<PathBuf, PathBuf>, walked: &mut Walked) {
    if roots.len() > 1 {
        visits.sort_by(|a, b| a.path.cmp(&b.path));
        let mut seen = FxHashSet::default();
        visits.retain(|visit| seen.insert(visit.identity(roots)));
    }
    for visit in visits {
        match visit.content {
            Content::Irrelevant(vocabulary) => {
                walked.checked += 1;
                walked.others.push(Other { path: tidy(&visit.path), vocabulary });
            }
            Content::Relevant(bytes, vocabulary) => {
                walked.checked += 1;
                walked.files.push(Found { path: tidy(&visit.path), bytes, saved: true, vocabulary });
            }
            Content::Script => walked.scripts.push(tidy(&visit.path)),
            Content::Unreadable(message) => walked.problems.push(Problem::new(tidy(&visit.path), message)),
        }
    }
    walked.files.sort_by(|a, b| a.path.cmp(&b.path));
    walked.problems.sort();
}

/// Without the `./` that a walk from `.` puts in front.
fn tidy(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

struct Visit {
    path: PathBuf,
    /// How many directories below its root.
    depth: usize,
    content: Content,
}

enum Content {
    Irrelevant(Arc<Vocabulary>),
    Relevant(Vec<u8>, Arc<Vocabulary>),
    Script,
    Unreadable(String),
}

impl Visit {
    /// The canonical path. No link is followed below a root, so only the root has to be resolved.
    fn identity(&self, roots: &FxHashMap<PathBuf, PathBuf>) -> PathBuf {
        let root = self.path.ancestors().nth(self.depth);
        let resolved = root.and_then(|root| Some((roots.get(root)?, self.path.strip_prefix(root).ok()?)));
        match resolved {
            Some((root, rest)) if rest.as_os_str().is_empty() => root.clone(),
            Some((root, rest)) => root.join(rest),
            None => self.path.clone(),
        }
    }
}

/// One thread of the walk.
struct Visitor<'w> {
    sender: Sender<Visit>,
    configs: &'w Configs,
    /// The directory of the last file, and what holds in it.
    governed: Option<(PathBuf, Arc<Config>)>,
    wanted: &'w Wanted<'w>,
    /// Most files are read only to be put aside, so they share one buffer.
    buffer: Vec<u8>,
    seen: Seen,
    is_partial: &'w AtomicBool,
}

impl Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let visit = match entry {
            Ok(entry) => {
                let Some(content) = self.look_into(&entry) else { return WalkState::Continue };
                Visit { depth: entry.depth(), content, path: entry.into_path() }
            }
            Err(error) => unreadable(&error),
        };
        // The receiver outlives the walk.
        if self.sender.send(visit).is_err() { WalkState::Quit } else { WalkState::Continue }
    }

    /// The configuration of a file. The files of a directory come one after the other.
    fn config(&mut self, path: &Path) -> Arc<Config> {
        let directory = path.parent().unwrap_or(path);
        if let Some((known, config)) = &self.governed
            && known.as_os_str() == directory.as_os_str()
        {
            return config.clone();
        }
        let config = self.configs.for_path(path);
        self.governed = Some((directory.to_owned(), config.clone()));
        config
    }

    fn is_excluded(&self, path: &Path, config: &Config) -> bool {
        path.file_name().is_some_and(|name| config.excludes(name, || self.configs.absolute(path)))
    }

    /// What a file holds; `None` where it is not Python, or excluded.
    fn look_into(&mut self, entry: &DirEntry) -> Option<Content> {
        let path = entry.path();
        self.buffer.clear();
        let script = match kind(entry) {
            Kind::Python => None,
            Kind::Unknown => Some(open_script(path, &mut self.buffer)?),
            Kind::Script => return Some(Content::Script),
            Kind::Other => return None,
        };
        let config = self.config(path);
        if entry.depth() > 0 && self.is_excluded(path, &config) {
            self.is_partial.store(true, Ordering::Relaxed);
            return None;
        }
        Some(self.read(script.map_or_else(|| File::open(path), Ok), &config))
    }

    fn read(&mut self, file: std::io::Result<File>, config: &Config) -> Content {
        let read = file.and_then(|file| read::read_to(&file, read::MOST_SOURCE, &mut self.buffer));
        match read {
            Ok(()) => {
                let vocabulary = Arc::new(Vocabulary::of(&self.buffer, &mut self.seen));
                if (self.wanted)(&self.buffer, config) {
                    return Content::Relevant(self.buffer.clone(), vocabulary);
                }
                Content::Irrelevant(vocabulary)
            }
            Err(error) => Content::Unreadable(format!("cannot be read: {}", reason(&error))),
        }
    }
}

/// A file whose first line says that Python runs it, with its beginning read. What cannot be read is no business of ours.
fn open_script(path: &Path, buffer: &mut Vec<u8>) -> Option<File> {
    let mut file = File::open(path).ok()?;
    file.by_ref().take(script::LONGEST).read_to_end(buffer).ok()?;
    script::is_run_by_python(buffer).then_some(file)
}

/// Directories to go into, and files of which [`kind`] decides.
fn is_wanted(entry: &DirEntry, configs: &Configs, is_partial: &AtomicBool) -> bool {
    let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
    if entry.depth() == 0 || !is_directory {
        return true;
    }
    let path = entry.path();
    let excluded = configs.for_path(path).excludes(entry.file_name(), || configs.absolute(path));
    if excluded && !Config::default().excludes(entry.file_name(), || path.to_owned()) {
        is_partial.store(true, Ordering::Relaxed);
    }
    !excluded && !path.join("pyvenv.cfg").is_file()
}

/// What a file is, as far as its name says.
enum Kind {
    Python,
    /// Its first line may say more.
    Unknown,
    /// Code of browsers, or a page.
    Script,
    Other,
}

/// What a file of the walk is; one that was named by the user is Python because they say so.
fn kind(entry: &DirEntry) -> Kind {
    let Some(kind) = entry.file_type() else { return Kind::Other };
    if entry.depth() == 0 {
        // The root may be a link; what it links to was a directory if there is anything below it.
        return if entry.path().is_dir() { Kind::Other } else { Kind::Python };
    }
    if !kind.is_file() {
        return Kind::Other;
    }
    match entry.path().extension() {
        Some(extension) if ["py", "pyi", "ipynb"].iter().any(|known| extension == *known) => Kind::Python,
        Some(extension) if SCRIPTS.iter().any(|known| extension == *known) => Kind::Script,
        Some(_) => Kind::Other,
        // Configuration of tools, which nobody runs.
        None if entry.file_name().as_encoded_bytes().starts_with(b".") => Kind::Other,
        None => Kind::Unknown,
    }
}

/// An error of the walk itself: a directory that cannot be listed.
fn unreadable(error: &ignore::Error) -> Visit {
    let mut path = PathBuf::from(".");
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path.clone_from(at);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    let message = inner.io_error().map_or_else(|| inner.to_string(), reason);
    Visit { path, depth: 0, content: Content::Unreadable(format!("cannot be read: {message}")) }
}
