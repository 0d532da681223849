//! Which file is which module.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

use super::roots::MOST_ROOTS;
use super::{file_key, lock};

/// What is in the directories of a project, each listed once: most imports are of libraries, and to find that out for every
/// directory up the tree by asking for files costs more than parsing.
#[derive(Default)]
pub(super) struct Directories {
    entries: Mutex<FxHashMap<PathBuf, Arc<FxHashSet<OsString>>>>,
    roots: Mutex<FxHashMap<PathBuf, Arc<[PathBuf]>>>,
}

impl Directories {
    pub(super) fn contains(&self, directory: &Path, name: &str) -> bool {
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
    pub(super) fn roots(&self, directory: &Path) -> Arc<[PathBuf]> {
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
    pub(super) fn module(&self, root: &Path, path: &str) -> Option<String> {
        let top = path.split('.').next().unwrap_or(path);
        let may_be = |name: &str| self.contains(root, name);
        if !may_be(top) && !may_be(&format!("{top}.py")) && !may_be(&format!("{top}.pyi")) {
            return None;
        }
        module_in(root, path)
    }
}

pub(super) fn module_in(root: &Path, path: &str) -> Option<String> {
    let relative = path.replace('.', "/");
    for candidate in [format!("{relative}.py"), format!("{relative}/__init__.py"), format!("{relative}.pyi")] {
        let candidate = root.join(candidate);
        if candidate.is_file() {
            return Some(file_key(&candidate).to_string());
        }
    }
    // A directory without `__init__.py` loses against an installed package, so the library's own name needs more than that.
    let directory = root.join(&relative);
    (relative != "websockets" && directory.is_dir() && has_python(&directory))
        .then(|| format!("{}/", file_key(&directory)))
}

pub(super) fn package_in(directory: &Path) -> Option<String> {
    let init = directory.join("__init__.py");
    if init.is_file() {
        return Some(file_key(&init).to_string());
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
