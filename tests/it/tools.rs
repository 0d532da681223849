//! What the tests with real tools share: where installed things are kept, and how a command is run.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `target/`, where everything that tests install is kept between runs.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// Python: `PYTHON` says which.
pub fn python() -> PathBuf {
    std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()).into()
}

/// A command that does not depend on what surrounds the test: a git hook sets variables, a virtual environment too.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"]
    {
        command.env_remove(name);
    }
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("NO_COLOR", "1");
    command
}

/// What a finished command said.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output, then standard error.
    pub text: String,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [output.stdout, output.stderr].map(|part| String::from_utf8_lossy(&part).into_owned()).concat();
    Ran { code: output.status.code().unwrap_or(-1), text }
}

/// Runs a command that has to succeed.
pub fn succeed(command: &mut Command) -> String {
    let ran = run(command);
    assert_eq!(ran.code, 0, "{command:?}\n{}", ran.text);
    ran.text
}

/// Installs packages into a directory under `target/`, once; what is there already is used again. The directory goes onto
/// `PYTHONPATH`.
pub fn installed(name: &str, packages: &[&str]) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let place = target().join("live").join(name);
    if !place.is_dir() {
        let unfinished = place.with_extension("unfinished");
        let _ = fs::remove_dir_all(&unfinished);
        let mut pip = command(python());
        pip.args(["-m", "pip", "install", "--quiet", "--no-compile", "--target"]).arg(&unfinished).args(packages);
        succeed(&mut pip);
        fs::rename(&unfinished, &place).unwrap();
    }
    place
}

/// A new virtual environment under `target/`; an old one of that name is gone.
pub fn environment(name: &str) -> PathBuf {
    let place = target().join("environments").join(name);
    let _ = fs::remove_dir_all(&place);
    succeed(command(python()).args(["-m", "venv"]).arg(&place));
    place
}

/// A program of a virtual environment.
pub fn program(environment: &Path, name: &str) -> PathBuf {
    if cfg!(windows) { environment.join("Scripts").join(name) } else { environment.join("bin").join(name) }
}
