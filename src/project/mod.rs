//! Many files: which module is which file, and what the files of a project say about each other.
//!
//! May use: [`crate::text`], [`crate::syntax`], [`crate::python`].
//!
//! Forward questions, where imports lead, are answered at once, and only what is asked for is evaluated. Reverse questions, who
//! names or overrides something, are written down ([`Question`]) and answered for all files of a run in one pass.
//!
//! Invariant: each file is listed, read and searched once; no lock is held while a file is evaluated.

mod answers;
pub mod files;
mod inventory;
mod modules;
mod roots;
mod trees;
mod vocabulary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::python::forwarding::Forwarding;
use crate::python::handlers::SERVERS;
use crate::python::literal::{Constant, Constants, Literal, constants};
use crate::python::questions::{Answer, Note, Question};
use crate::python::{Definition, Model, Name, Relied};
use crate::run::config::{Config, Configs};
use crate::syntax::tree::Tree;
use crate::text::panics;
use crate::text::read::{self, MOST_SOURCE};
use crate::text::source::Source;
use crate::text::words;
use answers::{Answers, Asked, Reply};
use files::Walked;
use inventory::{Inventory, Listed};
use modules::{Directories, module_in, package_in};
use roots::{MOST_ROOTS, Roots};
use trees::Trees;

pub use roots::nearest;

/// A constant that is imported through more modules than this is unknown.
const MOST_REEXPORTS: usize = 5;

/// An answer may wait for another one, who calls the caller; longer chains than this are not followed.
const MOST_CHAINED: usize = 4;

/// What a file defines, by qualified name; `None` for what it does not.
type Definitions = FxHashMap<String, Option<Definition>>;

/// The files of a run and of the projects around them.
#[derive(Default)]
pub struct Project {
    configs: Arc<Configs>,
    /// The texts of the files of the run, as fixes have them by now.
    texts: RwLock<FxHashMap<Arc<str>, Arc<Source>>>,
    trees: Trees,
    /// What has been asked of a file, by qualified name.
    definitions: Mutex<FxHashMap<Arc<str>, Definitions>>,
    constants: Mutex<FxHashMap<Arc<str>, Arc<Constants>>>,
    /// What functions do with keywords of their callers.
    forwardings: Mutex<FxHashMap<Name, Option<Forwarding>>>,
    directories: Directories,
    roots: Roots,
    modules: Mutex<FxHashMap<(PathBuf, String), Option<String>>>,
    inventory: Inventory,
    answers: Answers,
    /// What files that were checked say without being asked.
    notes: Mutex<FxHashMap<Arc<str>, Note>>,
    /// Whose text changed since somebody asked for it.
    changed: FxHashSet<Arc<str>>,
    read: AtomicUsize,
}

/// How much work a run was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Walks over directories: that for the files of the run, and one for each project around them that was asked.
    pub walks: usize,
    /// Python files that were listed.
    pub listed: usize,
    /// Files that were read because a question led there, besides what walks read.
    pub read: usize,
    /// Parses, each with the bindings of the file.
    pub parsed: usize,
}

/// How a file is named in a [`Name`]: its absolute path.
pub fn file_key(path: &Path) -> Arc<str> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.to_string_lossy().into()
}

/// A thread that panicked while it held the lock left a cache behind, which is still a cache.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Project {
    /// A project whose files are configured by `configs`.
    pub fn new(configs: Arc<Configs>) -> Self {
        Self { configs, ..Self::default() }
    }

    /// Takes the files that a walk found and that are not looked at for themselves.
    pub fn list(&self, walked: &mut Walked) {
        let named = walked
            .files
            .iter()
            .map(|found| Listed { file: file_key(&found.path), vocabulary: found.vocabulary.clone() });
        let others = std::mem::take(&mut walked.others).into_iter().map(Listed::from);
        self.inventory.add_scripts(std::mem::take(&mut walked.scripts));
        let directories = if walked.is_partial { Vec::new() } else { walked.directories.clone() };
        self.inventory.add(directories, named.chain(others));
    }

    /// The scripts and pages that walks found so far, which no configuration leaves out.
    pub fn scripts(&self) -> Vec<PathBuf> {
        let is_in = |path: &PathBuf| {
            let config = self.configs.for_path(path);
            path.file_name().is_some_and(|name| !config.excludes(name, || self.configs.absolute(path)))
        };
        self.inventory.scripts().into_iter().filter(is_in).collect()
    }

    /// The configuration of a file.
    pub fn config(&self, path: &Path) -> Arc<Config> {
        self.configs.for_path(path)
    }

    /// From now on the file's text is this, whatever the disk says. What was known of other files and does not depend on it stays.
    pub fn set_text(&mut self, source: Arc<Source>) {
        let file = file_key(source.path());
        self.trees.forget(&file);
        self.inventory.set_text(&file, source.text());
        lock(&self.notes).remove(&file);
        lock(&self.definitions).remove(&file);
        lock(&self.constants).remove(&file);
        lock(&self.forwardings).clear();
        let list = self.inventory.list();
        self.answers.doubt(&file, &|question| list.may_know(&file, question));
        write(&self.texts).insert(file.clone(), source);
        self.changed.insert(file);
    }

    /// What was told differently before: the files whose text changed since the last time, and the questions that have another
    /// answer now. Before that, [`Project::ask_again`] has to be called, and what it asks be answered.
    pub fn take_changes(&mut self) -> (FxHashSet<Arc<str>>, FxHashSet<Question>) {
        (std::mem::take(&mut self.changed), self.answers.take_changed())
    }

    /// Notes the questions that may have another answer now.
    pub fn ask_again(&self) {
        self.answers.ask_again();
    }

    /// The text of a file of the run, as it was read.
    pub fn know(&self, source: Arc<Source>) {
        write(&self.texts).insert(file_key(source.path()), source);
    }

    /// The tree of a file of the run.
    pub fn tree_of(&self, source: &Arc<Source>) -> Arc<Tree> {
        let tree = self.trees.get(&file_key(source.path()), || Some(source.clone()));
        // What another file was told of this one may be what is on the disk.
        tree.filter(|tree| Arc::ptr_eq(tree.source(), source)).unwrap_or_else(|| Tree::new(source.clone()))
    }

    /// Finds out what the files of the run hand to servers, before any of them is checked: whoever reads an attribute of a
    /// parameter asks for it. For projects all of whose files are known, that is the answer.
    pub fn prepare(&self, sources: &[Arc<Source>]) {
        let starts_servers = |source: &&Arc<Source>| {
            let text = source.text();
            text.contains("websockets") && SERVERS.iter().any(|name| words::has(text, name))
        };
        let missing: Vec<&Arc<Source>> = {
            let notes = lock(&self.notes);
            let is_new = |source: &&Arc<Source>| !notes.contains_key(&file_key(source.path()));
            sources.iter().filter(is_new).filter(starts_servers).collect()
        };
        let found: Vec<(Arc<str>, Note)> = missing
            .into_par_iter()
            .filter_map(|source| {
                let tree = self.tree_of(source);
                let note = panics::catch(|| Note::handed(&Model::forward(&tree, self)));
                Some((file_key(source.path()), note.ok()?))
            })
            .collect();
        let mut notes = lock(&self.notes);
        notes.extend(found);
        let mut handed: BTreeMap<Arc<Path>, Answer> = BTreeMap::new();
        let mut files: Vec<Arc<str>> = sources.iter().map(|source| file_key(source.path())).collect();
        files.sort();
        for file in files {
            let Some(root) = self.root_of(&file) else { continue };
            if !self.inventory.covers(&root) {
                continue;
            }
            let all = handed.entry(root.into()).or_insert_with(|| Question::Handed.nothing());
            if let Some(own) = notes.get(&file).and_then(|note| note.answer(&Question::Handed)) {
                *all = std::mem::replace(all, Answer::Is(false)).and(own);
            }
        }
        for (root, answer) in handed {
            self.answers.insert((root, Question::Handed), Reply { answer, said_by: Vec::new() });
        }
    }

    /// Takes what a file says of itself, so that it need not be looked at again when the project is asked.
    pub fn note(&self, file: &Arc<str>, note: Note) {
        lock(&self.notes).insert(file.clone(), note);
    }

    /// How much work was done so far.
    pub fn work(&self) -> Work {
        Work {
            walks: self.inventory.walks(),
            listed: self.inventory.len(),
            read: self.read.load(Ordering::Relaxed),
            parsed: self.trees.parsed(),
        }
    }

    /// What `file` defines under a qualified name. Only what is asked for is evaluated: most of a module is never asked for.
    pub fn definition(&self, file: &str, qualname: &str) -> Option<Definition> {
        if let Some(known) = lock(&self.definitions).get(file).and_then(|known| known.get(qualname)) {
            return known.clone();
        }
        let tree = self.tree(file);
        let definition = tree.and_then(|tree| Model::of_file(&tree, self).definition_of(qualname));
        lock(&self.definitions).entry(file.into()).or_default().insert(qualname.to_owned(), definition.clone());
        definition
    }

    fn tree(&self, file: &str) -> Option<Arc<Tree>> {
        self.trees.get(file, || self.source(file))
    }

    /// The text or texts that the module `file` binds to `name` at its top level, or imports from another module that does.
    pub fn constant(&self, file: &str, name: &str) -> Option<Literal> {
        let (mut file, mut name) = (file.to_owned(), name.to_owned());
        for _ in 0..MOST_REEXPORTS {
            match self.constants(&file).get(&name)? {
                Constant::Known(literal) => return Some(literal.clone()),
                Constant::Imported(0, module, original) => {
                    file = self.module(&file, module)?;
                    name.clone_from(original);
                }
                Constant::Imported(level, module, original) => {
                    file = self.relative_module(&file, *level, module)?;
                    name.clone_from(original);
                }
            }
        }
        None
    }

    /// Where what `file` calls `name` is bound: there, or in the module that it is imported from.
    pub fn exported(&self, file: &str, name: &str) -> (String, String) {
        let (mut file, mut name) = (file.to_owned(), name.to_owned());
        for _ in 0..MOST_REEXPORTS {
            let Some(Constant::Imported(level, module, original)) = self.constants(&file).get(&name).cloned() else {
                break;
            };
            let from = match level {
                0 => self.module(&file, &module),
                _ => self.relative_module(&file, level, &module),
            };
            let Some(from) = from else { break };
            (file, name) = (from, original);
        }
        (file, name)
    }

    fn constants(&self, file: &str) -> Arc<Constants> {
        if let Some(known) = lock(&self.constants).get(file) {
            return known.clone();
        }
        let tree = self.tree(file);
        let table = Arc::new(tree.map(|tree| constants(tree.module())).unwrap_or_default());
        lock(&self.constants).insert(file.into(), table.clone());
        table
    }

    /// What the function `qualname` of `file` passes the keyword arguments of its callers on to.
    pub fn forwarding(&self, file: &str, qualname: &str) -> Option<Forwarding> {
        let key = Name::project(file, qualname);
        if let Some(known) = lock(&self.forwardings).get(&key) {
            return known.clone();
        }
        let found = self.ask(file, |model| model.forwarding(qualname)).flatten();
        lock(&self.forwardings).insert(key, found.clone());
        found
    }

    fn source(&self, file: &str) -> Option<Arc<Source>> {
        if let Some(known) = read(&self.texts).get(file) {
            return Some(known.clone());
        }
        self.read.fetch_add(1, Ordering::Relaxed);
        Source::decode(file.into(), read::regular(Path::new(file), MOST_SOURCE).ok()?).ok()
    }

    /// Asks the model of another file of the project, which follows its imports but does not ask who uses it.
    pub fn ask<T>(&self, file: &str, question: impl FnOnce(&Model) -> T) -> Option<T> {
        let tree = self.tree(file)?;
        Some(question(&Model::forward(&tree, self)))
    }

    /// The file of the absolute module name `path` as seen from `file`, when it belongs to the project.
    pub fn module(&self, file: &str, path: &str) -> Option<String> {
        let directory = Path::new(file).parent()?;
        let key = (directory.to_owned(), path.to_owned());
        if let Some(known) = lock(&self.modules).get(&key) {
            return known.clone();
        }
        let config = self.configs.inside(directory);
        let roots = self.directories.roots(directory);
        let found = config.src.iter().chain(&*roots).find_map(|root| self.directories.module(root, path));
        lock(&self.modules).insert(key, found.clone());
        found
    }

    /// The file of a relative import.
    pub fn relative_module(&self, file: &str, level: u32, path: &str) -> Option<String> {
        let mut directory = Path::new(file).parent()?;
        for _ in 1..level {
            directory = directory.parent()?;
        }
        if path.is_empty() { package_in(directory) } else { module_in(directory, path) }
    }

    /// The file of the module `name` inside the package whose file is `package`.
    pub fn submodule(&self, package: &str, name: &str) -> Option<String> {
        let directory = package.strip_suffix("__init__.py").or_else(|| package.ends_with('/').then_some(package))?;
        module_in(Path::new(directory), name)
    }

    /// The `conftest.py` files that pytest reads for a test file, nearest first.
    pub fn conftests(&self, file: &str) -> Vec<String> {
        let directories = Path::new(file).ancestors().skip(1).take(MOST_ROOTS);
        directories
            .filter(|directory| self.directories.contains(directory, "conftest.py"))
            .map(|directory| file_key(&directory.join("conftest.py")).to_string())
            .collect()
    }

    /// The directory of the project around a file. Where nothing says what belongs together, whoever asked for a directory did.
    fn root_of(&self, file: &str) -> Option<PathBuf> {
        let root = self.roots.of(Path::new(file))?;
        if root.is_certain {
            return Some(root.directory);
        }
        Some(self.inventory.outermost(&root.directory).unwrap_or(root.directory))
    }

    /// What the project around `file` says to a question. `None` where it was not asked yet: then the question is noted, and
    /// whatever depends on it has to be found out again after [`Project::answer`].
    pub fn answer_to(&self, file: &str, question: Question) -> Option<Answer> {
        let Some(root) = self.root_of(file) else { return Some(question.nothing()) };
        let asked = (Arc::from(root), question);
        self.answers.get(asked, |(root, question)| {
            let is_known = self.inventory.covers(root);
            is_known.then(|| self.inventory.list().answer(root, question)).flatten()
        })
    }

    /// Answers all questions that were noted, in one pass over the files that can know; answers that depend on others follow
    /// after them. Whether there were any.
    pub fn answer(&self, threads: usize) -> bool {
        let mut any = false;
        for chain in 1.. {
            let asked = self.answers.take_asked();
            if asked.is_empty() {
                break;
            }
            any = true;
            for of_one_root in asked.chunk_by(|a, b| a.0 == b.0) {
                for (asked, known) in self.answer_in(of_one_root, threads) {
                    match known {
                        Some(known) => self.answers.insert(asked, known),
                        // Files that wait for each other in a circle, or a chain that is too long.
                        None if chain >= MOST_CHAINED => {
                            let answer = Answer::unknown(&asked.1);
                            self.answers.insert(asked, Reply { answer, said_by: Vec::new() });
                        }
                        None => self.answers.put_off(asked),
                    }
                }
            }
        }
        any
    }

    /// Asks every file below `root` that is about WebSockets, is not a file of the run, has one of `names` in it, if there are any, and
    /// a text that is `wanted`.
    pub fn inspect<T: Send>(
        &self,
        root: &Path,
        names: &[&str],
        threads: usize,
        wanted: &(dyn Fn(&str) -> bool + Sync),
        question: &(dyn Fn(&Model<'_>, &Tree) -> T + Sync),
    ) -> Vec<T> {
        let mut files = self.inventory.with(root, threads).about_websockets(root, names);
        files.retain(|file| !read(&self.texts).contains_key(file));
        let ask = |file: Arc<str>| {
            let source = self.source(&file).filter(|source| wanted(source.text()))?;
            let tree = self.trees.get(&file, || Some(source))?;
            Some(question(&Model::forward(&tree, self), &tree))
        };
        files.into_par_iter().filter_map(ask).collect()
    }

    /// What the files below one root say; `None` where that waits for the answer to another question.
    fn answer_in(&self, asked: &[Asked], threads: usize) -> Vec<(Asked, Option<Reply>)> {
        let mut answers: Vec<Option<Answer>> = asked.iter().map(|(_, question)| Some(question.nothing())).collect();
        let Some((root, _)) = asked.first() else { return Vec::new() };
        let list = self.inventory.with(root, threads);
        let knowing = list.knowing(root, asked.iter().map(|(_, question)| question));
        let mut said_by: Vec<Vec<(Arc<str>, Arc<Relied>)>> = vec![Vec::new(); asked.len()];
        let mut by_file: FxHashMap<&Arc<str>, Vec<usize>> = FxHashMap::default();
        for (number, ((_, question), files)) in asked.iter().zip(knowing).enumerate() {
            // A name that everybody uses says nothing.
            if question.most_files().is_some_and(|most| files.len() > most) {
                answers[number] = Some(Answer::unknown(question));
                continue;
            }
            let notes = lock(&self.notes);
            for file in files.into_iter().map(|number| list.file(number)) {
                match notes.get(file).and_then(|note| note.answer(question)) {
                    Some(answer) => {
                        answers[number] = answers[number].take().map(|before| before.and(answer));
                        said_by[number].push((file.clone(), Arc::default()));
                    }
                    None => by_file.entry(file).or_default().push(number),
                }
            }
        }
        let mut by_file: Vec<_> = by_file.into_iter().collect();
        by_file.sort();
        let said: Vec<_> = by_file
            .into_par_iter()
            .map(|(file, numbers)| {
                let Some(tree) = self.tree(file) else { return (file, Vec::new(), Arc::default()) };
                let mut model = Model::new(&tree, self);
                let mut said = Vec::new();
                let mut relied = Relied::default();
                for number in numbers {
                    // What was found while something was missing is not to be remembered.
                    if model.relied().is_waiting {
                        relied = relied.and(model.relied());
                        model = Model::new(&tree, self);
                    }
                    let question = &asked[number].1;
                    // What a bug hides may be anything.
                    let answer = panics::catch(|| model.say(question));
                    said.push((number, answer.unwrap_or_else(|_| Some(Answer::unknown(question)))));
                }
                (file, said, Arc::new(relied.and(model.relied())))
            })
            .collect();
        for (file, said, relied) in said {
            for (number, answer) in said {
                answers[number] = match (answers[number].take(), answer) {
                    (Some(before), Some(answer)) => Some(before.and(answer)),
                    _ => None,
                };
                said_by[number].push((file.clone(), relied.clone()));
            }
        }
        let known = answers.into_iter().zip(said_by);
        let known = known.map(|(answer, said_by)| answer.map(|answer| Reply { answer, said_by }));
        asked.iter().cloned().zip(known).collect()
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
