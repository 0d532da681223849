//! Which files a project has, and which words they hold: each listed, read and searched once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::files::{Other, walk_for};
use super::roots::members;
use super::{file_key, lock};
use crate::text::read;

/// A file of a project.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) file: Arc<str>,
    /// Its content, where there was room to keep it.
    pub(super) bytes: Option<Arc<[u8]>>,
}

/// Some of the files.
type Files = FxHashSet<Arc<str>>;

/// The files of the projects of a run.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// What was walked so far, canonical: all files below are in `listed`.
    walked: Mutex<Vec<PathBuf>>,
    /// Sorted by path.
    listed: Mutex<Arc<Vec<Listed>>>,
    /// Files that may be scripts or pages, in no order.
    scripts: Mutex<Vec<PathBuf>>,
    /// Walks besides that for the files of the run.
    walks: AtomicUsize,
    /// Files that were read again to be searched.
    read: AtomicUsize,
    /// By word: the files that have it in them.
    found: Mutex<FxHashMap<Arc<str>, Arc<Files>>>,
}

impl Inventory {
    /// Takes what a walk of whole directories found.
    pub(super) fn add(&self, directories: Vec<PathBuf>, files: impl IntoIterator<Item = Listed>) {
        let mut listed = lock(&self.listed);
        let mut all = Vec::clone(&listed);
        all.extend(files);
        all.sort_by(|a, b| a.file.cmp(&b.file).then_with(|| b.bytes.is_some().cmp(&a.bytes.is_some())));
        all.dedup_by(|later, earlier| later.file == earlier.file);
        *listed = Arc::new(all);
        lock(&self.walked).extend(directories);
        lock(&self.found).clear();
    }

    /// Takes the scripts and pages that a walk found.
    pub(super) fn add_scripts(&self, scripts: Vec<PathBuf>) {
        lock(&self.scripts).extend(scripts);
    }

    /// The scripts and pages that walks found, each once.
    pub(super) fn scripts(&self) -> Vec<PathBuf> {
        let mut scripts = lock(&self.scripts).clone();
        scripts.sort();
        scripts.dedup();
        scripts
    }

    /// The outermost of the directories around `directory`, itself included, that were walked.
    pub(super) fn outermost(&self, directory: &Path) -> Option<PathBuf> {
        let walked = lock(&self.walked);
        let around = walked.iter().filter(|walked| directory.starts_with(walked));
        around.min_by_key(|walked| walked.components().count()).cloned()
    }

    /// Whether all files below `root` are known.
    pub(super) fn covers(&self, root: &Path) -> bool {
        lock(&self.walked).iter().any(|walked| root.starts_with(walked))
    }

    /// The files below `root`, which is walked if nobody did.
    pub(super) fn below(&self, root: &Path, threads: usize) -> Arc<Vec<Listed>> {
        if !self.covers(root) {
            self.walks.fetch_add(1, Ordering::Relaxed);
            let mut walked = walk_for(&members(root), threads);
            self.add_scripts(std::mem::take(&mut walked.scripts));
            let files = walked.others.into_iter().map(Listed::from);
            self.add(vec![root.to_owned()], files);
        }
        lock(&self.listed).clone()
    }

    /// By word: which of the files have it in them. `text` gives the text of a file that is not what is on the disk.
    pub(super) fn find(
        &self,
        words: &[Arc<str>],
        listed: &[Listed],
        text: &(dyn Fn(&str) -> Option<Arc<crate::text::source::Source>> + Sync),
    ) -> Vec<Arc<Files>> {
        let missing: Vec<Arc<str>> = {
            let found = lock(&self.found);
            words.iter().filter(|word| !found.contains_key(*word)).cloned().collect()
        };
        if !missing.is_empty() {
            let search = Search::new(&missing);
            let hits: Vec<(Arc<str>, Vec<usize>)> = listed
                .par_iter()
                .filter_map(|one| {
                    let hits = match (text(&one.file), &one.bytes) {
                        (Some(source), _) => search.words_in(source.text().as_bytes()),
                        (None, Some(bytes)) => search.words_in(bytes),
                        (None, None) => {
                            self.read.fetch_add(1, Ordering::Relaxed);
                            search.words_in(&read::regular(Path::new(&*one.file), read::MOST_SOURCE).ok()?)
                        }
                    };
                    (!hits.is_empty()).then(|| (one.file.clone(), hits))
                })
                .collect();
            let mut sets = vec![FxHashSet::default(); missing.len()];
            for (file, words) in hits {
                for word in words {
                    sets[word].insert(file.clone());
                }
            }
            lock(&self.found).extend(missing.into_iter().zip(sets.into_iter().map(Arc::new)));
        }
        let found = lock(&self.found);
        words.iter().map(|word| found.get(word).cloned().unwrap_or_default()).collect()
    }

    /// Forgets which words a file has, because its text changed.
    pub(super) fn forget_words(&self) {
        lock(&self.found).clear();
    }

    /// How many walks there were, that for the files of the run included.
    pub(super) fn walks(&self) -> usize {
        1 + self.walks.load(Ordering::Relaxed)
    }

    /// How many files were read again to be searched.
    pub(super) fn read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }

    /// How many files are listed.
    pub(super) fn len(&self) -> usize {
        lock(&self.listed).len()
    }
}

impl From<Other> for Listed {
    fn from(other: Other) -> Self {
        Self { file: file_key(&other.path), bytes: other.bytes }
    }
}

/// Looks for words in texts. A few are looked for one by one, which is the fastest by far; many in one pass.
enum Search {
    Few(Vec<Finder<'static>>),
    Many(AhoCorasick, usize),
}

/// More words than this are many.
const FEW: usize = 6;

impl Search {
    fn new(words: &[Arc<str>]) -> Self {
        let few = || Self::Few(words.iter().map(|word| Finder::new(word.as_bytes()).into_owned()).collect());
        if words.len() <= FEW {
            return few();
        }
        // One of many words begins everywhere, so that looking for likely places first only costs time.
        let builder = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).prefilter(false).to_owned();
        match builder.build(words.iter().map(|word| word.as_bytes())) {
            Ok(search) => Self::Many(search, words.len()),
            Err(_) => few(),
        }
    }

    /// Which of the words, by number, are in a text.
    fn words_in(&self, bytes: &[u8]) -> Vec<usize> {
        match self {
            Self::Few(words) => {
                let is_in = |word: &Finder| word.find(bytes).is_some();
                words.iter().enumerate().filter_map(|(number, word)| is_in(word).then_some(number)).collect()
            }
            Self::Many(search, words) => {
                let mut found = vec![false; *words];
                // One word can begin or end another, so all matches count.
                for hit in search.find_overlapping_iter(bytes) {
                    found[hit.pattern().as_usize()] = true;
                }
                found.iter().enumerate().filter_map(|(word, found)| found.then_some(word)).collect()
            }
        }
    }
}
