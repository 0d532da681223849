//! Where a run may write. A tree is not trusted: what its files name is read, and not changed for that alone.

use std::path::{Path, PathBuf};

use crate::target;

/// The places in which files may be changed.
#[derive(Debug, Clone, Default)]
pub struct Inside {
    /// Directories that were given, and the repositories around all that was given. Canonical, as all of these.
    directories: Vec<PathBuf>,
    /// Files that were given.
    named: Vec<PathBuf>,
    /// The directories around what was given, whose own metadata applies to it.
    around: Vec<PathBuf>,
}

impl Inside {
    /// The places for what was given, all of it canonical.
    pub fn new(directories: &[PathBuf], named: &[PathBuf]) -> Self {
        let mut inside = Self { directories: directories.to_vec(), named: named.to_vec(), around: Vec::new() };
        let starts = directories.iter().map(PathBuf::as_path).chain(named.iter().filter_map(|file| file.parent()));
        for start in starts {
            let repository = start.ancestors().find(|directory| directory.join(".git").exists());
            match repository {
                Some(repository) => inside.directories.push(repository.to_owned()),
                None => inside.around.extend(start.ancestors().map(Path::to_owned)),
            }
        }
        inside
    }

    /// Whether the file may be changed to which the canonical `path` leads.
    pub fn contains(&self, path: &Path) -> bool {
        let is_below = self.directories.iter().any(|directory| path.starts_with(directory));
        is_below || self.named.iter().any(|named| named == path) || self.is_metadata_around(path)
    }

    /// Whether it is metadata that is found by its own name from what was given upwards, and not because another file names it.
    fn is_metadata_around(&self, path: &Path) -> bool {
        let Some(parent) = path.parent().filter(|_| target::is_metadata(path)) else { return false };
        let owner = if parent.ends_with("requirements") { parent.parent() } else { None };
        self.around.iter().any(|directory| directory == parent || Some(directory.as_path()) == owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_and_the_project_around_it_is_inside() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("repository/.git")).unwrap();
        std::fs::create_dir_all(root.join("repository/package")).unwrap();
        let inside = Inside::new(&[root.join("repository/package")], &[root.join("script.py")]);
        for path in
            ["repository/package/a.py", "repository/setup.cfg", "repository/other/x.txt", "script.py", "pyproject.toml"]
        {
            assert!(inside.contains(&root.join(path)), "{path}");
        }
        for path in ["other.py", "elsewhere/requirements.txt", "notes.txt", "repository2/a.py"] {
            assert!(!inside.contains(&root.join(path)), "{path}");
        }
    }
}
