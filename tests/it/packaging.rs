//! The wheel, the source distribution, the pre-commit hooks and the GitHub Action, with the real pip, pipx, uv, pre-commit, prek and
//! checkers.
//!
//! Ignored by default, because they need the network: `cargo test --test it packaging -- --ignored`. One of them builds what
//! is published; the others build as tests are built, which takes a fraction of the time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::tools::{command, environment, program, run, succeed, target};
use tempfile::TempDir;

const LEGACY: &str = "\
import websockets


async def main(uri, token):
    async with websockets.connect(uri, extra_headers={\"Authorization\": token}) as ws:
        await ws.send(\"hello\")
";

/// Where packages are built: not where the tests themselves are, for what is built from a copy says where that was.
fn builds() -> PathBuf {
    target().join("packaging")
}

/// Builds wait for each other: they share the compiled dependencies. What the one before left of the crate itself is of another
/// directory, and goes.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for profile in ["dev", "dist"] {
        let mut cargo = command(env!("CARGO"));
        cargo.args(["clean", "--quiet", "--package", "wsupgrade", "--profile", profile, "--target-dir"]).arg(builds());
        succeed(cargo.current_dir(crate::tools::root()));
    }
    turn
}

/// Lets a command that builds the crate on its way do it as quickly as possible.
fn quickly(command: &mut Command) -> &mut Command {
    command.env("CARGO_TARGET_DIR", builds()).env("MATURIN_PEP517_ARGS", "--profile dev")
}

/// An environment with the tools of the index that the tests use.
fn tools() -> &'static Path {
    static TOOLS: LazyLock<PathBuf> = LazyLock::new(|| {
        let environment = environment("tools");
        let mut pip = command(program(&environment, "python"));
        let tools = ["build", "check-jsonschema", "pipx", "pre-commit", "prek", "ruamel.yaml", "uv", "zizmor"];
        succeed(pip.args(["-m", "pip", "install", "--quiet"]).args(tools));
        environment
    });
    &TOOLS
}

/// Puts the tools of an environment first.
fn path(environment: &Path) -> OsString {
    let bin = program(environment, "python").parent().unwrap().to_owned();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&rest))).unwrap()
}

/// What git knows of the working tree and what it does not ignore, as a repository of its own: changes that are not yet
/// committed take part.
fn repository() -> TempDir {
    let copy = TempDir::new().unwrap();
    let list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    for name in succeed(command("git").args(list).current_dir(crate::tools::root())).lines() {
        let (from, to) = (crate::tools::root().join(name), copy.path().join(name));
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

/// Tries the command, however it is called.
fn try_command(wsupgrade: &dyn Fn() -> Command) {
    let version = succeed(wsupgrade().arg("--version"));
    assert_eq!(version.lines().last(), Some(concat!("wsupgrade ", env!("CARGO_PKG_VERSION"))));
    let project = TempDir::new().unwrap();
    fs::write(project.path().join("client.py"), LEGACY).unwrap();
    let checked = run(wsupgrade().args(["check", "--output-format", "concise"]).current_dir(project.path()));
    assert_eq!(checked.code, 1, "{}", checked.text);
    assert!(checked.text.contains("client.py:5:40: WS101"), "{}", checked.text);
    succeed(wsupgrade().arg("fix").current_dir(project.path()));
    succeed(wsupgrade().arg("check").current_dir(project.path()));
}

/// Tries what was installed into an environment, by its name and as a module.
fn try_environment(environment: &Path) {
    try_command(&|| command(program(environment, "wsupgrade")));
    try_command(&|| {
        let mut python = command(program(environment, "python"));
        python.args(["-m", "wsupgrade"]);
        python
    });
}

#[test]
#[ignore = "builds what is published, and needs the network for the build backend"]
fn pip_install_gives_the_command() {
    let _turn = turn();
    let environment = environment("wheel");
    let pip = || {
        let mut pip = command(program(&environment, "python"));
        pip.args(["-m", "pip", "install", "--quiet"]).env("CARGO_TARGET_DIR", builds());
        pip
    };
    succeed(pip().arg(crate::tools::root()));
    try_environment(&environment);
    // Nothing says where the program is then.
    let directory = TempDir::new().unwrap();
    succeed(quickly(pip().arg("--target").arg(directory.path()).arg(crate::tools::root())));
    try_command(&|| {
        let mut python = command(crate::tools::python());
        python.args(["-m", "wsupgrade"]).env("PYTHONPATH", directory.path());
        python
    });
}

#[test]
#[ignore = "needs the network for pipx, uv and the build backend"]
fn pipx_uv_and_cargo_install_the_command() {
    let _turn = turn();
    let tools = tools();
    let home = TempDir::new().unwrap();
    let place = |name: &str| home.path().join(name);
    let installer = |name: &str, arguments: &[&str]| {
        let mut command = command(program(tools, name));
        quickly(&mut command).args(arguments).current_dir(crate::tools::root());
        command
            .env("PIPX_HOME", place("pipx"))
            .env("PIPX_BIN_DIR", place("pipx-bin"))
            .env("PIPX_MAN_DIR", place("man"));
        command
            .env("UV_CACHE_DIR", place("cache"))
            .env("UV_TOOL_DIR", place("uv"))
            .env("UV_TOOL_BIN_DIR", place("uv-bin"));
        command.env("UV_PYTHON", program(tools, "python")).env("UV_PYTHON_DOWNLOADS", "never");
        command
    };
    succeed(&mut installer("pipx", &["install", "."]));
    try_command(&|| command(place("pipx-bin/wsupgrade")));
    succeed(&mut installer("uv", &["tool", "install", "."]));
    try_command(&|| command(place("uv-bin/wsupgrade")));
    let root = crate::tools::root().to_str().unwrap();
    try_command(&|| installer("uvx", &["--quiet", "--from", root, "wsupgrade"]));

    let mut cargo = command(env!("CARGO"));
    cargo.args(["install", "--quiet", "--locked", "--debug", "--path", ".", "--root"]).arg(place("cargo"));
    succeed(quickly(&mut cargo).current_dir(crate::tools::root()));
    try_command(&|| command(place("cargo/bin/wsupgrade")));
}

/// What a package cannot be built without, or must not be shared without.
const NEEDED: [&str; 9] = [
    "build.rs",
    "src/lint/registry.rs",
    "src/main.rs",
    "python/wsupgrade/__main__.py",
    "Cargo.lock",
    "Cargo.toml",
    "pyproject.toml",
    "README.md",
    "LICENSE",
];

#[test]
#[ignore = "needs the network for the build backend"]
fn the_source_distribution_is_complete() {
    let _turn = turn();
    let environment = environment("sdist");
    let python = program(&environment, "python");
    let out = TempDir::new().unwrap();
    let repository = repository();
    let mut build = command(program(tools(), "python"));
    succeed(build.args(["-m", "build", "--sdist", "--outdir"]).arg(out.path()).arg(repository.path()));
    let archive = only_file(out.path());
    let listing = succeed(command(&python).args(["-m", "tarfile", "--list"]).arg(&archive));
    let top = concat!("wsupgrade-", env!("CARGO_PKG_VERSION"));
    for name in NEEDED {
        assert!(listing.lines().any(|line| line.trim() == format!("{top}/{name}")), "{name} is missing:\n{listing}");
    }
    assert!(!listing.contains("/tests/"), "{listing}");
    let mut pip = command(&python);
    succeed(quickly(pip.args(["-m", "pip", "install", "--quiet"]).arg(&archive)));
    try_environment(&environment);
    // The crate has the same files.
    let mut cargo = command(env!("CARGO"));
    let crate_ = succeed(cargo.args(["package", "--quiet", "--list"]).current_dir(repository.path()));
    for name in NEEDED {
        assert!(crate_.lines().any(|line| line == name), "{name} is missing:\n{crate_}");
    }
}

fn only_file(directory: &Path) -> PathBuf {
    let files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

/// The hooks as others see them: a repository, and its revision.
fn hooks() -> (TempDir, String) {
    let hooks = repository();
    let revision = succeed(git(hooks.path()).args(["rev-parse", "HEAD"]));
    (hooks, revision.trim().to_owned())
}

/// A project that uses one of the hooks.
fn configure(project: &Path, (hooks, revision): &(TempDir, String), hook: &str, arguments: &str) {
    let configuration = format!(
        "repos:\n- repo: {}\n  rev: {revision}\n  hooks:\n  - id: {hook}\n    args: [{arguments}]\n",
        hooks.path().display(),
    );
    fs::write(project.join(".pre-commit-config.yaml"), configuration).unwrap();
}

const NOTEBOOK: &str = r#"{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null,
"source": ["import websockets\n", "await websockets.connect(uri, extra_headers={})"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
"#;

/// An endpoint without subprotocols is wrong because of what its clients do.
const SERVER: &str = "\
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket('/chat')
async def chat(websocket: WebSocket):
    await websocket.accept()
";
const CLIENT: &str = "\
import websockets


async def test_chat(port):
    await websockets.connect(f'ws://localhost:{port}/chat', subprotocols=['chat.v1'])
";

#[test]
#[ignore = "needs the network for pre-commit and the build backend"]
fn pre_commit_checks_and_fixes() {
    let _turn = turn();
    let tools = tools();
    let hooks = hooks();
    let project = TempDir::new().unwrap();
    // A cold environment: pre-commit clones the hooks and builds them.
    let home = TempDir::new().unwrap();
    let in_project = |mut command: Command| {
        quickly(&mut command).env("PRE_COMMIT_HOME", home.path()).current_dir(project.path());
        command
    };
    let pre_commit = |arguments: &[&str]| {
        let mut command = in_project(command(program(tools, "pre-commit")));
        command.args(arguments);
        command
    };
    let file = |name: &str| project.path().join(name);
    let stage = |name: &str| succeed(git(project.path()).args(["add", name]));
    succeed(pre_commit(&["validate-manifest"]).arg(crate::tools::root().join(".pre-commit-hooks.yaml")));

    fs::write(file("client.py"), LEGACY).unwrap();
    fs::write(file("demo.ipynb"), NOTEBOOK).unwrap();
    fs::write(file("notes.txt"), "websockets.connect(uri, extra_headers=headers)\n").unwrap();
    configure(project.path(), &hooks, "wsupgrade-check", "--output-format, concise");
    succeed(git(project.path()).args(["init", "--quiet"]));
    stage(".");
    let checked = run(&mut pre_commit(&["run", "--all-files"]));
    assert_eq!(checked.code, 1, "{}", checked.text);
    assert!(checked.text.contains("client.py:5:40: WS101"), "{}", checked.text);
    assert!(checked.text.contains("demo.ipynb:cell 1:2:31: WS101"), "{}", checked.text);
    assert!(!checked.text.contains("notes.txt") && !checked.text.contains("files were modified"), "{}", checked.text);
    assert_eq!(fs::read_to_string(file("client.py")).unwrap(), LEGACY);

    // As a developer meets it: at `git commit`.
    configure(project.path(), &hooks, "wsupgrade-fix", "");
    stage(".");
    succeed(&mut pre_commit(&["install"]));
    let commit = || run(in_project(git(project.path())).args(["commit", "--message", "Add a client"]));
    let first = commit();
    assert_ne!(first.code, 0, "{}", first.text);
    assert!(first.text.contains("files were modified by this hook"), "{}", first.text);
    let fixed = |text: &str| text.replace("extra_headers", "additional_headers");
    assert_eq!(fs::read_to_string(file("client.py")).unwrap(), fixed(LEGACY));
    assert_eq!(fs::read_to_string(file("demo.ipynb")).unwrap(), fixed(NOTEBOOK));
    stage(".");
    let second = commit();
    assert_eq!(second.code, 0, "{}", second.text);
    assert!(second.text.contains("Passed"), "{}", second.text);

    // Of a project that is there already, only what is staged is checked, and all of it is known.
    configure(project.path(), &hooks, "wsupgrade-check", "--output-format, concise");
    fs::write(file("pyproject.toml"), "[project]\nname = 'chat'\nversion = '1'\n").unwrap();
    fs::create_dir(file("tests")).unwrap();
    fs::write(file("tests/test_chat.py"), CLIENT).unwrap();
    fs::write(file("tests/test_old.py"), LEGACY).unwrap();
    stage(".");
    succeed(in_project(git(project.path())).args(["commit", "--no-verify", "--message", "Add tests"]));
    fs::write(file("server.py"), SERVER).unwrap();
    stage("server.py");
    let third = commit();
    assert_ne!(third.code, 0, "{}", third.text);
    assert!(third.text.contains("server.py:8:11: WS301"), "{}", third.text);
    assert!(!third.text.contains("test_old.py"), "{}", third.text);
}

#[test]
#[ignore = "needs the network for prek and the build backend"]
fn prek_checks_and_fixes() {
    let _turn = turn();
    let tools = tools();
    let hooks = hooks();
    let (project, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let client = project.path().join("client.py");
    fs::write(&client, LEGACY).unwrap();
    succeed(git(project.path()).args(["init", "--quiet"]));
    let prek = |hook: &str, arguments: &str| {
        configure(project.path(), &hooks, hook, arguments);
        succeed(git(project.path()).args(["add", "--all"]));
        let mut command = command(program(tools, "prek"));
        quickly(&mut command).args(["run", "--all-files"]).current_dir(project.path());
        command.env("PREK_HOME", home.path().join("prek")).env("UV_CACHE_DIR", home.path().join("cache"));
        run(command.env("PATH", path(tools)).env("UV_PYTHON_DOWNLOADS", "never"))
    };
    let checked = prek("wsupgrade-check", "--output-format, concise");
    assert_eq!(checked.code, 1, "{}", checked.text);
    assert!(checked.text.contains("client.py:5:40: WS101"), "{}", checked.text);
    let first = prek("wsupgrade-fix", "");
    assert_eq!(first.code, 1, "{}", first.text);
    assert_eq!(fs::read_to_string(&client).unwrap(), LEGACY.replace("extra_headers", "additional_headers"));
    assert_eq!(prek("wsupgrade-fix", "").code, 0);
}

/// The code blocks of the README and the guides in a language.
fn blocks(language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    let documents = ["README.md", "docs/guides/ci.md", "docs/guides/pre-commit.md"];
    let texts = documents.map(|name| fs::read_to_string(crate::tools::root().join(name)).unwrap());
    let parts = |text: &String| -> Vec<String> {
        text.split(&start).skip(1).map(|part| part.split("```").next().unwrap().to_owned()).collect()
    };
    texts.iter().flat_map(parts).collect()
}

#[test]
#[ignore = "needs the network for the checkers"]
fn what_other_systems_read_is_what_they_expect() {
    let _turn = turn();
    let tools = tools();
    let snippets = TempDir::new().unwrap();
    let checker = |name: &str, arguments: &[&str], file: &Path| {
        succeed(command(program(tools, name)).args(arguments).arg(file).current_dir(snippets.path()));
    };
    let action = crate::tools::root().join("action.yml");
    checker("check-jsonschema", &["--builtin-schema", "vendor.github-actions"], &action);
    checker("zizmor", &["--offline", "--persona", "auditor"], &action);
    for entry in fs::read_dir(crate::tools::root().join(".github/workflows")).unwrap() {
        let workflow = entry.unwrap().path();
        checker("check-jsonschema", &["--builtin-schema", "vendor.github-workflows"], &workflow);
        checker("zizmor", &["--offline"], &workflow);
    }
    let mut seen = [0; 3];
    for text in blocks("yaml") {
        let (at, name, arguments): (usize, &str, &[&str]) = match text.as_str() {
            text if text.contains("runs-on:") => {
                (0, "check-jsonschema", &["--builtin-schema", "vendor.github-workflows"])
            }
            text if text.contains("artifacts:") => (1, "check-jsonschema", &["--builtin-schema", "vendor.gitlab-ci"]),
            // Two steps of a workflow.
            text if text.starts_with("- uses:") => continue,
            text if text.contains("repos:") => (2, "pre-commit", &["validate-config"]),
            text => panic!("whose is this?\n{text}"),
        };
        let file = snippets.path().join(format!("{at}.yml"));
        fs::write(&file, text).unwrap();
        checker(name, arguments, &file);
        seen[at] += 1;
    }
    assert_eq!(seen, [1, 1, 2]);
}

#[test]
#[ignore = "needs the network for pipx and the build backend"]
fn the_action_runs() {
    let _turn = turn();
    let tools = tools();
    let read = "import ruamel.yaml, sys; steps = ruamel.yaml.YAML(typ='safe').load(open(sys.argv[1]))['runs']['steps']; \
                [step] = steps; print(step['run'])";
    let action = crate::tools::root().join("action.yml");
    let script = succeed(command(program(tools, "python")).args(["-c", read]).arg(action));
    let (project, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::create_dir_all(project.path().join("my src")).unwrap();
    fs::write(project.path().join("my src/client.py"), LEGACY).unwrap();
    fs::write(project.path().join("other.py"), LEGACY).unwrap();
    let act = |paths: &str, arguments: &str| {
        let mut bash = command("bash");
        // As the runner calls it.
        quickly(&mut bash).args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &script]);
        bash.env("WSUPGRADE_ACTION", crate::tools::root())
            .env("WSUPGRADE_PATHS", paths)
            .env("WSUPGRADE_ARGS", arguments);
        bash.env("WSUPGRADE_VERSION", "").env("PATH", path(tools)).env("PIPX_HOME", home.path());
        run(bash.current_dir(project.path()))
    };
    let all = act(".", "");
    assert_eq!(all.code, 1, "{}", all.text);
    for place in ["file=my src/client.py,line=5,", "file=other.py,line=5,"] {
        assert!(all.text.contains(place), "{}", all.text);
    }
    let some = act("'my src' missing.py", "--websockets '>=14.2,<18' --exit-zero");
    assert_eq!(some.code, 2, "{}", some.text);
    assert!(some.text.contains("file=my src/client.py") && !some.text.contains("other.py"), "{}", some.text);
    assert_eq!(act(".", "--ignore ALL").code, 0);
}
