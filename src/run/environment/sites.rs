//! Where the packages of a Python environment are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Finds the `site-packages` of `python`, or else of the environment that is active or lies here.
///
/// # Errors
/// A sentence that says what was looked at.
pub(super) fn find(python: Option<&Path>) -> Result<Vec<PathBuf>, String> {
    if let Some(path) = python {
        let sites = of(path);
        if sites.is_empty() {
            return Err(format!(
                "{}: no installed packages there. `--python` takes an interpreter, a virtual environment or a \
                 `site-packages` directory.",
                path.display()
            ));
        }
        return Ok(sites);
    }
    let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().filter_map(env::var_os).map(PathBuf::from);
    let here = [".venv", "venv", "env"].map(PathBuf::from);
    let found = active.chain(here).chain(on_path()).map(|path| of(&path)).find(|sites| !sites.is_empty());
    found.ok_or_else(|| "no environment is active, and there is no `.venv`. Name one: `--python PATH`.".to_owned())
}

/// The interpreter that the shell would run.
fn on_path() -> Option<PathBuf> {
    let names = if cfg!(windows) { ["python.exe", "python3.exe"] } else { ["python3", "python"] };
    let path = env::var_os("PATH")?;
    let directories: Vec<PathBuf> = env::split_paths(&path).collect();
    directories.iter().flat_map(|directory| names.map(|name| directory.join(name))).find(|python| python.is_file())
}

/// The directories with packages that belong to a path.
fn of(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        // A virtual environment is where its interpreter is, not where the link of that leads; others are where it leads.
        let around = |python: &Path| python.parent().and_then(Path::parent).map(below).unwrap_or_default();
        let direct = around(path);
        let windows = path.parent().map(below).unwrap_or_default();
        return match (direct.is_empty(), windows.is_empty()) {
            (false, _) => direct,
            (true, false) => windows,
            (true, true) => path.canonicalize().map(|real| around(&real)).unwrap_or_default(),
        };
    }
    if has_packages(path) { vec![path.to_owned()] } else { below(path) }
}

/// The directories with packages below the root of an environment.
fn below(root: &Path) -> Vec<PathBuf> {
    let mut sites = Vec::new();
    for library in ["lib", "lib64"] {
        let versions = fs::read_dir(root.join(library)).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut versions: Vec<PathBuf> = versions.filter(|path| is_python(path)).collect();
        versions.sort();
        for version in versions {
            sites.extend(["site-packages", "dist-packages"].map(|name| version.join(name)));
        }
    }
    sites.push(root.join("Lib").join("site-packages"));
    let mut seen = Vec::new();
    sites.retain(|site| {
        let Ok(real) = site.canonicalize() else { return false };
        let is_new = !seen.contains(&real);
        seen.push(real);
        is_new && has_packages(site)
    });
    sites
}

fn is_python(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with("python") || name.starts_with("pypy"))
}

fn has_packages(path: &Path) -> bool {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| path.extension().is_some_and(|extension| extension == "dist-info"))
}
