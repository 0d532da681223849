//! Paths by their spelling. No link is followed, so that a file is found where the user sees it.

use std::path::{Component, Path, PathBuf};

/// The path without `.` and `..`.
pub fn normalised(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// The path as it is shown: relative to `base` when it lies inside.
pub fn shown(path: &Path, base: Option<&Path>) -> PathBuf {
    base.and_then(|base| path.strip_prefix(base).ok()).unwrap_or(path).to_owned()
}
