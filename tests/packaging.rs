//! The wheel, the source distribution and the pre-commit hooks, with the real pip and the real pre-commit.
//!
//! Ignored by default, because they build in release mode and need the network:
//! `cargo test --test packaging -- --ignored`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use tools::{command, environment, program, run, succeed, target};

const LEGACY: &str = "\
import websockets


async def main(uri, token):
    async with websockets.connect(uri, extra_headers={\"Authorization\": token}) as ws:
        await ws.send(\"hello\")
";

/// Builds wait for each other: they share the compiled dependencies.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A command that builds the crate on its way, with the dependencies that `cargo build --release` has compiled already.
fn building(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = command(program);
    command.env("CARGO_TARGET_DIR", target());
    command
}

/// What git knows of the working tree and what it does not ignore, as a repository of its own: changes that are not yet
/// committed take part.
fn repository() -> TempDir {
    let copy = TempDir::new().unwrap();
    let list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    for name in succeed(command("git").args(list).current_dir(tools::root())).lines() {
        let (from, to) = (tools::root().join(name), copy.path().join(name));
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
    commit_all(copy.path());
    copy
}

fn git(directory: &Path) -> Command {
    let mut git = command("git");
    git.current_dir(directory).env("GIT_CONFIG_GLOBAL", directory.join("no-such-file")).env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_NAME"), "A developer").env(format!("GIT_{who}_EMAIL"), "developer@example.com");
    }
    git
}

fn commit_all(directory: &Path) {
    succeed(git(directory).args(["init", "--quiet"]));
    succeed(git(directory).args(["add", "--all"]));
    succeed(git(directory).args(["commit", "--quiet", "--message", "A commit"]));
}

/// Installs something that contains wsupgrade, and tries the command.
fn install_and_try(environment: &Path, what: &Path) {
    let mut pip = building(program(environment, "python"));
    succeed(pip.args(["-m", "pip", "install", "--quiet"]).arg(what));
    let wsupgrade = program(environment, "wsupgrade");
    let version = succeed(command(&wsupgrade).arg("--version"));
    assert_eq!(version.trim(), concat!("wsupgrade ", env!("CARGO_PKG_VERSION")));

    let project = TempDir::new().unwrap();
    fs::write(project.path().join("client.py"), LEGACY).unwrap();
    let checked = run(command(&wsupgrade).args(["check", "--output-format", "concise"]).current_dir(project.path()));
    assert_eq!(checked.code, 1, "{}", checked.text);
    assert!(checked.text.contains("client.py:5:40: WS101"), "{}", checked.text);
    succeed(command(&wsupgrade).arg("fix").current_dir(project.path()));
    succeed(command(&wsupgrade).arg("check").current_dir(project.path()));
}

#[test]
#[ignore = "builds in release mode, and needs the network for the build backend"]
fn pip_install_gives_the_command() {
    let _turn = turn();
    install_and_try(&environment("wheel"), tools::root());
}

#[test]
#[ignore = "builds in release mode, and needs the network for the build backend"]
fn the_source_distribution_is_complete() {
    let _turn = turn();
    let environment = environment("sdist");
    let python = program(&environment, "python");
    succeed(command(&python).args(["-m", "pip", "install", "--quiet", "build"]));
    let out = TempDir::new().unwrap();
    let repository = repository();
    let mut build = command(&python);
    succeed(build.args(["-m", "build", "--sdist", "--outdir"]).arg(out.path()).arg(repository.path()));
    let archive = only_file(out.path());
    let listing = succeed(command(&python).args(["-m", "tarfile", "--list"]).arg(&archive));
    let top = concat!("wsupgrade-", env!("CARGO_PKG_VERSION"));
    for name in ["build.rs", "rules/mod.rs", "src/main.rs", "Cargo.lock", "pyproject.toml", "README.md", "LICENSE"] {
        assert!(listing.lines().any(|line| line.trim() == format!("{top}/{name}")), "{name} is missing:\n{listing}");
    }
    assert!(!listing.contains("/tests/"), "{listing}");
    install_and_try(&environment, &archive);
}

fn only_file(directory: &Path) -> PathBuf {
    let files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

#[test]
#[ignore = "builds in release mode, and needs the network for pre-commit"]
fn pre_commit_checks_and_fixes() {
    let _turn = turn();
    let tools = environment("pre-commit");
    succeed(command(program(&tools, "python")).args(["-m", "pip", "install", "--quiet", "pre-commit"]));
    let hooks = repository();
    let revision = succeed(git(hooks.path()).args(["rev-parse", "HEAD"]));
    let project = TempDir::new().unwrap();
    // A cold environment: pre-commit clones the hooks and builds them.
    let home = TempDir::new().unwrap();
    let in_project = |mut command: Command| {
        command.env("PRE_COMMIT_HOME", home.path()).env("CARGO_TARGET_DIR", target()).current_dir(project.path());
        command
    };
    let client = project.path().join("client.py");
    fs::write(&client, LEGACY).unwrap();
    fs::write(project.path().join("notes.txt"), "websockets.connect(uri, extra_headers=headers)\n").unwrap();
    let configure = |hook: &str, arguments: &str| {
        let configuration = format!(
            "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: {hook}\n    args: [{arguments}]\n",
            hooks.path().display(),
            revision.trim(),
        );
        fs::write(project.path().join(".pre-commit-config.yaml"), configuration).unwrap();
    };

    configure("wsupgrade-check", "--output-format, concise");
    succeed(git(project.path()).args(["init", "--quiet"]));
    succeed(git(project.path()).args(["add", "--all"]));
    let pre_commit = program(&tools, "pre-commit");
    let checked = run(in_project(command(&pre_commit)).args(["run", "--all-files"]));
    assert_eq!(checked.code, 1, "{}", checked.text);
    assert!(checked.text.contains("client.py:5:40: WS101"), "{}", checked.text);
    assert!(!checked.text.contains("notes.txt") && !checked.text.contains("files were modified"), "{}", checked.text);
    assert_eq!(fs::read_to_string(&client).unwrap(), LEGACY);

    // As a developer meets it: at `git commit`.
    configure("wsupgrade-fix", "");
    succeed(git(project.path()).args(["add", "--all"]));
    succeed(in_project(command(&pre_commit)).arg("install"));
    let commit = || run(in_project(git(project.path())).args(["commit", "--message", "Add a client"]));
    let first = commit();
    assert_ne!(first.code, 0, "{}", first.text);
    assert!(first.text.contains("files were modified by this hook"), "{}", first.text);
    assert_eq!(fs::read_to_string(&client).unwrap(), LEGACY.replace("extra_headers", "additional_headers"));
    succeed(git(project.path()).args(["add", "--all"]));
    let second = commit();
    assert_eq!(second.code, 0, "{}", second.text);
    assert!(second.text.contains("Passed"), "{}", second.text);
}
