//! Which files a project has, and which names they hold: each listed, read and searched once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::files::{Other, walk_for};
use super::roots::members;
use super::vocabulary::{Seen, Vocabulary};
use super::{file_key, lock};
use crate::python::questions::{Answer, Question};
use crate::text::names::Word;

/// A file of a project.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) file: Arc<str>,
    pub(super) vocabulary: Arc<Vocabulary>,
}

/// Files by their number in the list, ascending.
type Numbers = Arc<[u32]>;

/// The files of the projects of a run.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// What was walked so far, canonical: all files below are listed.
    walked: Mutex<Vec<PathBuf>>,
    listed: Mutex<Arc<List>>,
    /// Files that may be scripts or pages, in no order.
    scripts: Mutex<Vec<PathBuf>>,
    /// Walks besides that for the files of the run.
    walks: AtomicUsize,
}

/// The files, and what was found out about their names. One that changes is a new one.
#[derive(Debug, Default)]
pub(super) struct List {
    /// Sorted by path.
    files: Vec<Listed>,
    /// By word: the files that have it in them.
    holders: Mutex<FxHashMap<Word, Numbers>>,
    /// By base: the classes that derive from it, with their files.
    derived: OnceLock<FxHashMap<Word, Vec<(Word, u32)>>>,
    /// By where the files of a project begin in the list: in how many of them each word is.
    counts: Mutex<FxHashMap<usize, Counts>>,
}

/// By word: the number of files, of which 255 are as many as any more.
type Counts = FxHashMap<Word, u8>;

impl Inventory {
    /// Takes what a walk of whole directories found.
    pub(super) fn add(&self, directories: Vec<PathBuf>, files: impl IntoIterator<Item = Listed>) {
        let mut listed = lock(&self.listed);
        let mut all = listed.files.clone();
        all.extend(files);
        all.sort_by(|a, b| a.file.cmp(&b.file));
        all.dedup_by(|later, earlier| later.file == earlier.file);
        *listed = Arc::new(List { files: all, ..List::default() });
        lock(&self.walked).extend(directories);
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

    /// All files that are known, those below `root` among them, which is walked if nobody did.
    pub(super) fn with(&self, root: &Path, threads: usize) -> Arc<List> {
        if !self.covers(root) {
            self.walks.fetch_add(1, Ordering::Relaxed);
            let mut walked = walk_for(&members(root), threads);
            self.add_scripts(std::mem::take(&mut walked.scripts));
            let files = walked.others.into_iter().map(Listed::from);
            self.add(vec![root.to_owned()], files);
        }
        self.list()
    }

    /// All files that are known.
    pub(super) fn list(&self) -> Arc<List> {
        lock(&self.listed).clone()
    }

    /// Takes the text of a file that changed.
    pub(super) fn set_text(&mut self, file: &str, text: &str) {
        let mut listed = lock(&self.listed);
        let Ok(at) = listed.files.binary_search_by(|one| (*one.file).cmp(file)) else { return };
        let vocabulary = Vocabulary::of(text.as_bytes(), &mut Seen::default());
        if vocabulary == *listed.files[at].vocabulary {
            return;
        }
        let mut files = listed.files.clone();
        files[at].vocabulary = Arc::new(vocabulary);
        *listed = Arc::new(List { files, ..List::default() });
    }

    /// How many walks there were, that for the files of the run included.
    pub(super) fn walks(&self) -> usize {
        1 + self.walks.load(Ordering::Relaxed)
    }

    /// How many files are listed.
    pub(super) fn len(&self) -> usize {
        lock(&self.listed).files.len()
    }
}

impl List {
    /// The files below `root`, by number.
    pub(super) fn below(&self, root: &Path) -> std::ops::Range<usize> {
        let root = root.to_string_lossy();
        let start = self.files.partition_point(|one| *one.file < *root);
        let rest = &self.files[start..];
        // Files of `app-old` sort between those that are called as `app` is and those in it.
        let is_inside = |one: &Listed| Path::new(&*one.file).starts_with(&*root);
        let first = rest.iter().position(is_inside).unwrap_or(rest.len());
        start + first..start + first + rest[first..].partition_point(is_inside)
    }

    /// A file by its number.
    pub(super) fn file(&self, number: u32) -> &Arc<str> {
        &self.files[number as usize].file
    }

    /// The files below `root` that can be about WebSockets and hold one of the names.
    pub(super) fn about_websockets(&self, root: &Path, names: &[&str]) -> Vec<Arc<str>> {
        let names: FxHashSet<Word> = names.iter().map(|name| Word::new(name)).collect();
        let below = self.files[self.below(root)].iter();
        let knows = |one: &&Listed| {
            one.vocabulary.is_about_websockets
                && (names.is_empty() || one.vocabulary.words().iter().any(|word| names.contains(word)))
        };
        below.filter(knows).map(|one| one.file.clone()).collect()
    }

    /// By question: the files below `root` that can know something.
    pub(super) fn knowing<'q>(&self, root: &Path, questions: impl Iterator<Item = &'q Question>) -> Vec<Vec<u32>> {
        let questions: Vec<&Question> = questions.collect();
        let all =
            questions.iter().flat_map(|question| question.words().into_iter().chain(question.any_of().iter().copied()));
        let holders = self.holders(&all.map(Word::new).collect());
        let with = |word: &&str| holders.get(&Word::new(word)).cloned().unwrap_or_default();
        let below = self.below(root);
        let is_below = |number: &u32| below.contains(&(*number as usize));
        questions
            .into_iter()
            .map(|question| {
                let mut sets: Vec<Numbers> = question.words().iter().map(with).collect();
                if !question.any_of().is_empty() {
                    let mut any: Vec<u32> = question.any_of().iter().flat_map(|word| with(word).to_vec()).collect();
                    any.sort_unstable();
                    any.dedup();
                    sets.push(any.into());
                }
                sets.extend(question.base().map(|base| self.deriving(base)));
                sets.sort_by_key(|set| set.len());
                let Some((first, rest)) = sets.split_first() else { return Vec::new() };
                let knows = |number: &&u32| {
                    is_below(number)
                        && rest.iter().all(|set| set.binary_search(number).is_ok())
                        && question.asker() != Some(&**self.file(**number))
                };
                first.iter().filter(knows).copied().collect()
            })
            .collect()
    }

    /// What can be told of a question without asking any file: that none can know something, or that too many can.
    pub(super) fn answer(&self, root: &Path, question: &Question) -> Option<Answer> {
        // Most classes are nobody's base.
        if let Some(base) = question.base() {
            return self.deriving(base).is_empty().then(|| question.nothing());
        }
        let [word] = question.words()[..] else { return None };
        if !question.any_of().is_empty() {
            return None;
        }
        let all = usize::from(self.count(root, Word::new(word)));
        // Who asks has the word, too.
        let is_listed =
            question.asker().is_some_and(|file| self.place(file).is_some() && self.may_know(file, question));
        let others = all.saturating_sub(usize::from(is_listed));
        if others == 0 {
            return Some(question.nothing());
        }
        question.most_files().filter(|most| others > *most).map(|_| Answer::unknown(question))
    }

    /// In how many files below `root` a word is.
    fn count(&self, root: &Path, word: Word) -> u8 {
        let below = self.below(root);
        let mut counts = lock(&self.counts);
        let of_root = counts.entry(below.start).or_insert_with(|| {
            let mut counts = Counts::default();
            for one in &self.files[below] {
                for word in one.vocabulary.words() {
                    let count = counts.entry(*word).or_default();
                    *count = count.saturating_add(1);
                }
            }
            counts
        });
        of_root.get(&word).copied().unwrap_or_default()
    }

    fn place(&self, file: &str) -> Option<usize> {
        self.files.binary_search_by(|one| (*one.file).cmp(file)).ok()
    }

    /// Whether a file can know something. Of one that is not listed nobody knows.
    pub(super) fn may_know(&self, file: &str, question: &Question) -> bool {
        let Some(at) = self.place(file) else { return true };
        let words = self.files[at].vocabulary.words();
        let has = |word: &str| words.contains(&Word::new(word));
        let any = question.any_of();
        question.words().into_iter().all(has) && (any.is_empty() || any.iter().any(|word| has(word)))
    }

    /// The files in which a class may derive from one of this name, over others in between or not.
    pub(super) fn deriving(&self, base: &str) -> Numbers {
        let derived = self.derived.get_or_init(|| {
            let mut derived: FxHashMap<Word, Vec<(Word, u32)>> = FxHashMap::default();
            for (number, one) in (0..).zip(&self.files) {
                for (class, base) in one.vocabulary.derived() {
                    derived.entry(*base).or_default().push((*class, number));
                }
            }
            derived
        });
        let mut queue = vec![Word::new(base)];
        let mut seen: FxHashSet<Word> = queue.iter().copied().collect();
        let mut found = Vec::new();
        while let Some(base) = queue.pop() {
            for (class, number) in derived.get(&base).into_iter().flatten() {
                found.push(*number);
                if seen.insert(*class) {
                    queue.push(*class);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found.into()
    }

    /// By word: the files that have it in them.
    fn holders(&self, words: &FxHashSet<Word>) -> FxHashMap<Word, Numbers> {
        let mut known = lock(&self.holders);
        let missing: Vec<Word> = words.iter().filter(|word| !known.contains_key(word)).copied().collect();
        if !missing.is_empty() {
            let search = Search::new(&missing);
            let hits: Vec<(u32, Word)> = self
                .files
                .par_iter()
                .enumerate()
                .flat_map_iter(|(number, one)| {
                    let number = u32::try_from(number).unwrap_or(u32::MAX);
                    one.vocabulary.words().iter().filter(|word| search.wants(**word)).map(move |word| (number, *word))
                })
                .collect();
            let mut sets: FxHashMap<Word, Vec<u32>> = missing.into_iter().map(|word| (word, Vec::new())).collect();
            for (number, word) in hits {
                sets.entry(word).or_default().push(number);
            }
            known.extend(sets.into_iter().map(|(word, numbers)| (word, numbers.into())));
        }
        words.iter().filter_map(|word| Some((*word, known.get(word)?.clone()))).collect()
    }
}

impl From<Other> for Listed {
    fn from(other: Other) -> Self {
        Self { file: file_key(&other.path), vocabulary: other.vocabulary }
    }
}

/// Words that are looked for, with a table that says of most others that they are not.
struct Search {
    places: Box<[bool]>,
    words: FxHashSet<Word>,
}

/// The places of the table.
const PLACES: usize = 1 << 14;

impl Search {
    fn new(words: &[Word]) -> Self {
        let mut places = vec![false; PLACES].into_boxed_slice();
        for word in words {
            places[word.place(PLACES)] = true;
        }
        Self { places, words: words.iter().copied().collect() }
    }

    fn wants(&self, word: Word) -> bool {
        self.places[word.place(PLACES)] && self.words.contains(&word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(files: &[(&str, &str)]) -> List {
        let mut seen = Seen::default();
        let mut files: Vec<Listed> = files
            .iter()
            .map(|(file, text)| Listed {
                file: (*file).into(),
                vocabulary: Arc::new(Vocabulary::of(text.as_bytes(), &mut seen)),
            })
            .collect();
        files.sort_by(|a, b| a.file.cmp(&b.file));
        List { files, ..List::default() }
    }

    #[test]
    fn what_is_below_a_directory_is_no_neighbour_of_it() {
        let list = list(&[("/a-b/x.py", ""), ("/a/x.py", ""), ("/a/y/z.py", ""), ("/a.py", ""), ("/ab/x.py", "")]);
        let below = |root: &str| list.below(Path::new(root)).map(|at| &*list.files[at].file).collect::<Vec<_>>();
        assert_eq!(below("/a"), ["/a/x.py", "/a/y/z.py"]);
        assert_eq!(below("/a/y"), ["/a/y/z.py"]);
        assert_eq!(below("/").len(), 5);
        assert!(below("/none").is_empty());
    }

    #[test]
    fn classes_derive_over_others_and_other_names() {
        let list = list(&[
            ("/a.py", "class A: pass"),
            ("/b.py", "from a import A as Base\nclass B(Base): pass"),
            ("/c.py", "import b\nOther = b.B\n"),
            ("/d.py", "class D(c.Other): pass"),
            ("/e.py", "class E(X): A"),
        ]);
        assert_eq!(*list.deriving("A"), [1, 2, 3]);
        assert_eq!(*list.deriving("B"), [2, 3]);
        assert!(list.deriving("D").is_empty());
    }
}
