//! Globs as Ruff takes them: without a slash a name at any depth, with one a path from where the pattern is written.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::options::Pattern;
use crate::text::paths::normalised;

/// Several patterns, asked at once.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    names: GlobSet,
    paths: GlobSet,
}

impl Patterns {
    /// Patterns, each with the directory that it is written for.
    ///
    /// # Errors
    /// Says which pattern cannot be used.
    pub fn new<'a>(patterns: impl IntoIterator<Item = (&'a Path, &'a Pattern)>) -> Result<Self, String> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for (base, pattern) in patterns {
            let text = pattern.as_str();
            if text.contains('/') {
                paths.add(glob(&anchored(base, text))?);
            } else {
                names.add(glob(text)?);
            }
        }
        let built = |set: GlobSetBuilder| set.build().map_err(|error| error.to_string());
        Ok(Self { names: built(names)?, paths: built(paths)? })
    }

    /// Whether a pattern matches exactly this file or directory. `path` is absolute, and made only where a pattern asks for it.
    pub fn matches(&self, name: &OsStr, path: impl FnOnce() -> PathBuf) -> bool {
        self.names.is_match(name) || !self.paths.is_empty() && self.paths.is_match(path())
    }

    /// The same for a path at hand.
    pub fn match_path(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.names.is_match(name)) || self.paths.is_match(path)
    }
}

/// A star matches slashes too: `tests/*` is everything below `tests`.
fn glob(text: &str) -> Result<Glob, String> {
    let built = GlobBuilder::new(text).literal_separator(false).build();
    built.map_err(|error| format!("`{text}` is no pattern: {}", error.kind()))
}

/// The pattern as one of absolute paths. What stands before it is a path and no pattern.
fn anchored(base: &Path, text: &str) -> String {
    let mut base = normalised(base);
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix("./") {
            rest = inner;
        } else if let Some(inner) = rest.strip_prefix("../") {
            rest = inner;
            base.pop();
        } else {
            break;
        }
    }
    if Path::new(rest).is_absolute() {
        return rest.to_owned();
    }
    let base = base.to_string_lossy().replace('\\', "/");
    format!("{}/{rest}", globset::escape(base.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let pattern = pattern.parse().unwrap();
        Patterns::new([(Path::new("/p[1]/app"), &pattern)]).unwrap().match_path(Path::new(path))
    }

    #[test]
    fn a_name_matches_anywhere_and_a_path_from_its_directory() {
        for (pattern, path) in [
            ("build", "/p[1]/app/build"),
            ("build/", "/p[1]/app/x/build"),
            ("*_pb2.py", "/p[1]/app/x/y_pb2.py"),
            ("src/*.py", "/p[1]/app/src/a.py"),
            ("src/*", "/p[1]/app/src/a/b.py"),
            ("./src/a.py", "/p[1]/app/src/a.py"),
            ("../lib/**", "/p[1]/lib/a/b.py"),
            ("**/gen/*.py", "/p[1]/app/a/gen/b.py"),
            ("/abs/x", "/abs/x"),
            ("{a,b}.py", "/p[1]/app/b.py"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("build", "/p[1]/app/build/a.py"),
            ("p*", "/p[1]/app/a.py"),
            ("src/a.py", "/p[1]/app/x/src/a.py"),
            ("src/a.py", "/p1/app/src/a.py"),
            ("../lib/**", "/p[1]/app/lib/a.py"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
