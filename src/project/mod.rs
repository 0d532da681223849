//! The project around a file: which module is which file, and what the other files define.
//!
//! Nothing is read before somebody asks: a name that comes from a module of the project is looked up when a rule needs to know
//! what it is. So a single file sees the same project as a whole tree does, and neither pays for what nobody asks.

pub mod files;

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ruff_python_ast::ModModule;
use ruff_python_parser::Parsed;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::files::walk_for;
use crate::python::forwarding::Forwarding;
use crate::python::handlers::Handed;
use crate::python::literal::{Constant, Constants, Literal, constants};
use crate::python::{Definition, Model, Name};
use crate::run::config::{Config, Configs};
use crate::text::source::Source;

/// Directories from a file upwards that may hold its modules. Deeper trees than this exist only in generated code.
const MOST_ROOTS: usize = 16;

/// A constant that is imported through more modules than this is unknown.
const MOST_REEXPORTS: usize = 5;

/// Files by their keys.
type Files = FxHashSet<String>;

/// A file that others ask about, parsed.
struct Tree {
    source: Arc<Source>,
    parsed: Parsed<ModModule>,
}

/// The trees of the files that were asked about last: questions about one come in clusters, and all trees of a large project do
/// not fit in memory.
type Trees = VecDeque<(String, Arc<Tree>)>;

/// How many trees are kept.
const MOST_TREES: usize = 32;

/// Access to the files of a project, remembered for the length of a run.
#[derive(Default)]
pub struct Project {
    configs: Arc<Configs>,
    /// Texts that replace what is on the disk: unsaved or half-fixed files.
    overlay: Mutex<FxHashMap<String, Arc<Source>>>,
    /// What has been asked of a file, by qualified name.
    definitions: Mutex<FxHashMap<String, FxHashMap<String, Option<Definition>>>>,
    trees: Mutex<Trees>,
    constants: Mutex<FxHashMap<String, Arc<Constants>>>,
    /// By file and qualified name: what functions do with keywords of their callers.
    forwardings: Mutex<FxHashMap<(String, String), Option<Forwarding>>>,
    directories: Directories,
    /// By directory: what [`root`] says, which asks the disk for a dozen files.
    roots: Mutex<FxHashMap<PathBuf, Option<PathBuf>>>,
    modules: Mutex<FxHashMap<(PathBuf, String), Option<String>>>,
    /// By root and name: the files of the project that others take the name from.
    taken_from: Mutex<FxHashMap<(PathBuf, String), Arc<Files>>>,
    /// By root: what the files of the project hand to servers.
    handed: Mutex<FxHashMap<PathBuf, Arc<Vec<Handed>>>>,
    /// The functions that have been asked about: whether files besides their own name them.
    named_besides: Mutex<FxHashMap<Name, bool>>,
    /// The methods that have been asked about: whether a derived class in another file has one of that name.
    overridden: Mutex<FxHashMap<Name, bool>>,
    /// By root: which implementations of the library its files use.
    implementations: Mutex<FxHashMap<PathBuf, Implementations>>,
}

/// Which implementations of the library some code calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Implementations {
    /// The new one: the top level since 14.0, or under its own path.
    pub new: bool,
    /// The legacy one, under its own path.
    pub legacy: bool,
}

/// How a file is named in a [`crate::python::Name`]: its absolute path.
pub fn file_key(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.to_string_lossy().into_owned()
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

    /// The configuration of a file.
    pub fn config(&self, path: &Path) -> Arc<Config> {
        self.configs.for_path(path)
    }

    /// From now on the file's text is this, whatever the disk says.
    pub fn overlay(&self, source: Arc<Source>) {
        let key = file_key(source.path());
        lock(&self.definitions).remove(&key);
        lock(&self.trees).retain(|(other, _)| *other != key);
        lock(&self.constants).remove(&key);
        lock(&self.implementations).clear();
        lock(&self.forwardings).clear();
        lock(&self.overlay).insert(key, source);
    }

    /// What `file` defines under a qualified name. Only what is asked for is evaluated: most of a module is never asked for.
    pub fn definition(&self, file: &str, qualname: &str) -> Option<Definition> {
        if let Some(known) = lock(&self.definitions).get(file).and_then(|known| known.get(qualname)) {
            return known.clone();
        }
        let tree = self.tree(file);
        let definition =
            tree.and_then(|tree| Model::for_index(&tree.source, tree.parsed.syntax(), self).definition_of(qualname));
        lock(&self.definitions).entry(file.to_owned()).or_default().insert(qualname.to_owned(), definition.clone());
        definition
    }

    fn tree(&self, file: &str) -> Option<Arc<Tree>> {
        if let Some((_, tree)) = lock(&self.trees).iter().find(|(key, _)| key == file) {
            return Some(tree.clone());
        }
        let source = self.source(file)?;
        let parsed = source.parse();
        let tree = Arc::new(Tree { source, parsed });
        let mut trees = lock(&self.trees);
        trees.push_back((file.to_owned(), tree.clone()));
        if trees.len() > MOST_TREES {
            trees.pop_front();
        }
        Some(tree)
    }

    /// The text or texts that the module `file` binds to `name` at its top level, or imports from another module that does.
    pub fn constant(&self, file: &str, name: &str) -> Option<Literal> {
        let (mut file, mut name) = (file.to_owned(), name.to_owned());
        for _ in 0..MOST_REEXPORTS {
            let known = lock(&self.constants).get(&file).cloned();
            let table = known.unwrap_or_else(|| {
                let source = self.source(&file);
                let table = Arc::new(source.map(|source| constants(source.parse().syntax())).unwrap_or_default());
                lock(&self.constants).insert(file.clone(), table.clone());
                table
            });
            match table.get(&name)? {
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

    /// What the function `qualname` of `file` passes the keyword arguments of its callers on to.
    pub fn forwarding(&self, file: &str, qualname: &str) -> Option<Forwarding> {
        let key = (file.to_owned(), qualname.to_owned());
        if let Some(known) = lock(&self.forwardings).get(&key) {
            return known.clone();
        }
        let found = self.ask(file, |model| model.forwarding(qualname)).flatten();
        lock(&self.forwardings).insert(key, found.clone());
        found
    }

    fn source(&self, file: &str) -> Option<Arc<Source>> {
        let overlaid = lock(&self.overlay).get(file).cloned();
        overlaid.or_else(|| Source::decode(file.into(), std::fs::read(file).ok()?).ok())
    }

    /// Asks the model of another file of the project.
    pub fn ask<T>(&self, file: &str, question: impl FnOnce(&Model) -> T) -> Option<T> {
        let tree = self.tree(file)?;
        Some(question(&Model::new(&tree.source, tree.parsed.syntax(), self)))
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

    /// Whether another file of the project takes `name` from `file`: `from app.errors import name`, `errors.name`. Reads every
    /// file of the project that has the name in it, once.
    pub fn is_taken_from(&self, file: &str, name: &str) -> bool {
        let Some(root) = self.root(Path::new(file)) else { return false };
        let key = (root, name.to_owned());
        let known = lock(&self.taken_from).get(&key).cloned();
        let taken = known.unwrap_or_else(|| {
            let taken = Arc::new(self.find_taken(&key.0, name));
            lock(&self.taken_from).insert(key, taken.clone());
            taken
        });
        taken.contains(file)
    }

    fn find_taken(&self, root: &Path, name: &str) -> Files {
        let finder = memchr::memmem::Finder::new(name.as_bytes());
        let walked = walk_for(&members(root), 1, &|bytes| finder.find(bytes).is_some());
        let mut taken = Files::default();
        for found in walked.files {
            let Some(source) = self.source(&file_key(&found.path)) else { continue };
            let parsed = source.parse();
            taken.extend(Model::for_index(&source, parsed.syntax(), self).takes(name));
        }
        taken
    }

    /// Whether another file of the project than `file`, which defines it, names `function` without handing it to a server.
    pub fn is_named_besides(&self, file: &str, function: &Name) -> bool {
        let known = lock(&self.named_besides).get(function).copied();
        known.unwrap_or_else(|| {
            let found = self.any_other(file, function.last(), |model| model.names_besides(function));
            lock(&self.named_besides).insert(function.clone(), found);
            found
        })
    }

    /// Whether another file of the project has a method of the name of `method` in a class that is derived from something.
    pub fn is_overridden(&self, file: &str, method: &Name) -> bool {
        let known = lock(&self.overridden).get(method).copied();
        known.unwrap_or_else(|| {
            let found = self.any_other(file, method.last(), |model| model.overrides(method.last()));
            lock(&self.overridden).insert(method.clone(), found);
            found
        })
    }

    /// Asks the other files of the project that have `word` in them.
    fn any_other(&self, file: &str, word: &str, question: impl Fn(&Model) -> bool) -> bool {
        let Some(root) = self.root(Path::new(file)) else { return false };
        let finder = memchr::memmem::Finder::new(word.as_bytes());
        let walked = walk_for(&members(&root), 1, &|bytes| finder.find(bytes).is_some());
        let mut others = walked.files.iter().map(|found| file_key(&found.path)).filter(|other| other != file);
        others.any(|other| self.ask(&other, &question) == Some(true))
    }

    /// What the files of the project around `file` hand to servers. Reads every file that may start one, once.
    pub fn handed_to_servers(&self, file: &str) -> Arc<Vec<Handed>> {
        let Some(root) = self.root(Path::new(file)) else { return Arc::default() };
        // Held while it is found out, so that no two threads read the project.
        let mut known = lock(&self.handed);
        known.entry(root).or_insert_with_key(|root| Arc::new(self.find_handed(root))).clone()
    }

    fn root(&self, file: &Path) -> Option<PathBuf> {
        let directory = file.parent()?;
        if let Some(known) = lock(&self.roots).get(directory) {
            return known.clone();
        }
        let found = root(file);
        lock(&self.roots).insert(directory.to_owned(), found.clone());
        found
    }

    fn find_handed(&self, root: &Path) -> Vec<Handed> {
        let [serve, library] = ["serve", "websockets"].map(|word| memchr::memmem::Finder::new(word.as_bytes()));
        let walked = walk_for(&members(root), 1, &|bytes| serve.find(bytes).is_some() && library.find(bytes).is_some());
        let sources = walked.files.iter().filter_map(|found| self.source(&file_key(&found.path)));
        sources
            .flat_map(|source| Model::for_servers(&source, source.parse().syntax(), self).handed_to_servers())
            .collect()
    }

    /// Which implementations the project around `file` uses; `None` for a file that is in none. Reads every file that names the
    /// library, once.
    pub fn implementations(&self, file: &str) -> Option<Implementations> {
        let root = self.root(Path::new(file))?;
        // Held while it is found out, so that no two threads read the project.
        let mut known = lock(&self.implementations);
        let found = known.entry(root).or_insert_with_key(|root| {
            let library = memchr::memmem::Finder::new(b"websockets");
            let walked = walk_for(&members(root), 1, &|bytes| library.find(bytes).is_some());
            let sources = walked.files.iter().filter_map(|found| self.source(&file_key(&found.path)));
            sources.fold(Implementations::default(), |all, source| {
                let own = Model::for_servers(&source, source.parse().syntax(), self).own_implementations();
                Implementations { new: all.new || own.new, legacy: all.legacy || own.legacy }
            })
        });
        Some(*found)
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
            .map(|directory| directory.join("conftest.py"))
            .filter(|path| path.is_file())
            .map(|path| file_key(&path))
            .collect()
    }
}

/// What makes a directory a project of its own.
const PROJECT_FILES: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", ".git"];

/// The directory of the project of a file: the nearest one that describes itself as a project.
pub fn nearest(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let mut around = absolute.ancestors().skip(1).take(MOST_ROOTS);
    around.find(|directory| PROJECT_FILES.iter().any(|name| directory.join(name).exists())).map(Path::to_owned)
}

/// The directory of everything around a file: the repository, else the outermost project, else the outermost package, else the
/// directory that Python finds a lone script's modules in.
fn root(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let around = || absolute.ancestors().skip(1).take(MOST_ROOTS);
    let repository = around().find(|directory| is_repository(directory));
    let package = || around().take_while(|directory| is_package(directory)).last();
    let project = repository.or_else(|| around().filter(|directory| is_project(directory)).last());
    project.or_else(package).or_else(|| absolute.parent()).map(Path::to_owned)
}

/// What of the directory `root` belongs together: all of it, or, where nothing says so, what its scripts can import.
fn members(root: &Path) -> Vec<PathBuf> {
    if is_repository(root) || is_project(root) || is_package(root) {
        return vec![root.to_owned()];
    }
    // A home directory can be such a one: what is below stays out, except for packages.
    let is_module = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "py") || is_package(path);
    let mut members: Vec<PathBuf> =
        std::fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_module).collect();
    members.sort();
    members
}

fn is_repository(directory: &Path) -> bool {
    directory.join(".git").exists()
}

fn is_project(directory: &Path) -> bool {
    PROJECT_FILES.iter().any(|name| directory.join(name).exists())
}

fn is_package(directory: &Path) -> bool {
    directory.join("__init__.py").exists()
}

/// What is in the directories of a project, each listed once: most imports are of libraries, and to find that out for every
/// directory up the tree by asking for files costs more than parsing.
#[derive(Default)]
struct Directories {
    entries: Mutex<FxHashMap<PathBuf, Arc<FxHashSet<OsString>>>>,
    roots: Mutex<FxHashMap<PathBuf, Arc<[PathBuf]>>>,
}

impl Directories {
    fn contains(&self, directory: &Path, name: &str) -> bool {
        let known = lock(&self.entries).get(directory).cloned();
        let entries = known.unwrap_or_else(|| {
            let listed = std::fs::read_dir(directory).into_iter().flatten().flatten();
            let entries = Arc::new(listed.map(|entry| entry.file_name()).collect::<FxHashSet<_>>());
            lock(&self.entries).insert(directory.to_owned(), entries.clone());
            entries
        });
        entries.contains(OsStr::new(name))
    }

    /// The directories that can be on `sys.path` for a file in `directory`: those that are not packages themselves, and their
    /// `src`.
    fn roots(&self, directory: &Path) -> Arc<[PathBuf]> {
        if let Some(known) = lock(&self.roots).get(directory) {
            return known.clone();
        }
        let mut roots = Vec::new();
        for ancestor in directory.ancestors().take(MOST_ROOTS) {
            if !self.contains(ancestor, "__init__.py") {
                roots.push(ancestor.to_owned());
                if self.contains(ancestor, "src") {
                    roots.push(ancestor.join("src"));
                }
            }
            if self.contains(ancestor, ".git") {
                break;
            }
        }
        let roots: Arc<[PathBuf]> = roots.into();
        lock(&self.roots).insert(directory.to_owned(), roots.clone());
        roots
    }

    /// The file of a module below `root`.
    fn module(&self, root: &Path, path: &str) -> Option<String> {
        let top = path.split('.').next().unwrap_or(path);
        let may_be = |name: &str| self.contains(root, name);
        if !may_be(top) && !may_be(&format!("{top}.py")) && !may_be(&format!("{top}.pyi")) {
            return None;
        }
        module_in(root, path)
    }
}

fn module_in(root: &Path, path: &str) -> Option<String> {
    let relative = path.replace('.', "/");
    for candidate in [format!("{relative}.py"), format!("{relative}/__init__.py"), format!("{relative}.pyi")] {
        let candidate = root.join(candidate);
        if candidate.is_file() {
            return Some(file_key(&candidate));
        }
    }
    // A directory without `__init__.py` loses against an installed package, so the library's own name needs more than that.
    let directory = root.join(&relative);
    (relative != "websockets" && directory.is_dir() && has_python(&directory))
        .then(|| format!("{}/", file_key(&directory)))
}

fn package_in(directory: &Path) -> Option<String> {
    let init = directory.join("__init__.py");
    if init.is_file() {
        return Some(file_key(&init));
    }
    directory.is_dir().then(|| format!("{}/", file_key(directory)))
}

fn has_python(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let is_python = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "py");
    paths.iter().any(is_python) || paths.iter().any(|path| path.join("__init__.py").is_file() || holds_modules(path))
}

/// Whether there is Python right inside, so that a namespace package may lead there.
fn holds_modules(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "py"))
}
