//! Where a project begins: the directory around a file within which files can know each other.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustc_hash::FxHashMap;

use super::lock;

/// Directories from a file upwards that may hold its modules. Deeper trees than this exist only in generated code.
pub(super) const MOST_ROOTS: usize = 16;

/// What makes a directory a project of its own.
const PROJECT_FILES: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", ".git"];

/// The directory of the project of a file: the nearest one that describes itself as a project.
pub fn nearest(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let mut around = absolute.ancestors().skip(1).take(MOST_ROOTS);
    around.find(|directory| PROJECT_FILES.iter().any(|name| directory.join(name).exists())).map(Path::to_owned)
}

/// What a directory is by what is in it.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    repository: bool,
    project: bool,
    package: bool,
}

impl Marks {
    fn of(directory: &Path) -> Self {
        Self { repository: is_repository(directory), project: is_project(directory), package: is_package(directory) }
    }
}

/// Where the project of a file begins.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) directory: PathBuf,
    /// Whether the directory itself says that it is a project or a repository.
    pub(super) is_certain: bool,
}

/// The roots of the files of a run, each directory looked at once.
#[derive(Default)]
pub(super) struct Roots {
    marks: Mutex<FxHashMap<PathBuf, Marks>>,
    /// By directory.
    roots: Mutex<FxHashMap<PathBuf, Option<Root>>>,
}

impl Roots {
    /// The directory of everything around a file; `None` for a path without a directory.
    pub(super) fn of(&self, file: &Path) -> Option<Root> {
        let directory = file.parent()?;
        if let Some(known) = lock(&self.roots).get(directory) {
            return known.clone();
        }
        let found = self.find(directory);
        lock(&self.roots).insert(directory.to_owned(), found.clone());
        found
    }

    /// The repository, else the outermost project, else the outermost package, else the directory that Python finds a lone
    /// script's modules in.
    fn find(&self, directory: &Path) -> Option<Root> {
        let absolute = std::path::absolute(directory).ok()?;
        let mut marks = lock(&self.marks);
        let mut mark = |directory: &Path| {
            if let Some(known) = marks.get(directory) {
                return *known;
            }
            let found = Marks::of(directory);
            marks.insert(directory.to_owned(), found);
            found
        };
        let around: Vec<(&Path, Marks)> = absolute.ancestors().take(MOST_ROOTS).map(|one| (one, mark(one))).collect();
        let repository = around.iter().find(|(_, marks)| marks.repository);
        let project = repository.or_else(|| around.iter().rfind(|(_, marks)| marks.project));
        let package = || around.iter().take_while(|(_, marks)| marks.package).last();
        let found = project.or_else(package).map_or(&*absolute, |(directory, _)| *directory);
        Some(Root { directory: found.to_owned(), is_certain: project.is_some() })
    }
}

/// What of the directory `root` belongs together: all of it, or, where nothing says so, what its scripts can import.
pub(super) fn members(root: &Path) -> Vec<PathBuf> {
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
