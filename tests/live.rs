//! Programs in legacy style, run on real websockets versions before and after the fix.
//!
//! `tests/live/*.py` connect to servers of their own on the loopback interface. They work on websockets 13.1 and fail on
//! 17.4; after `wsupgrade fix` they are what `tests/live/expected/` has, and work on 17.4. `tests/live/both_sides` is a project
//! that supports both sides of 14.0: what is written there works everywhere.
//!
//! The tests install websockets with pip into `target/live`, so they need the network once, and are ignored by default:
//! `cargo test --test live -- --ignored`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod tools;

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tools::{Ran, command, installed, python, run};

const LEGACY: &str = "13.1";
const MODERN: &str = "17.4";

/// A program of `tests/live` in a directory of its own.
struct Program {
    home: TempDir,
    /// Where in `tests/live`.
    project: &'static str,
    /// What to run.
    main: &'static str,
    /// All its files; what they become is in `expected/`.
    files: &'static [&'static str],
    /// What it needs besides websockets.
    needs: &'static [&'static str],
    /// Arguments of `fix`.
    arguments: &'static [&'static str],
}

impl Program {
    fn new(project: &'static str, main: &'static str, files: &'static [&'static str]) -> Self {
        let home = TempDir::new().unwrap();
        let from = tools::root().join("tests/live").join(project);
        for name in files {
            fs::copy(from.join(name), home.path().join(name)).unwrap();
        }
        // The nearest metadata says which versions the project supports.
        let metadata = [from.join("pyproject.toml"), from.join("../pyproject.toml")];
        let metadata = metadata.iter().find(|path| path.is_file()).unwrap();
        fs::copy(metadata, home.path().join("pyproject.toml")).unwrap();
        Self { home, project, main, files, needs: &[], arguments: &[] }
    }

    fn one(project: &'static str, file: &'static [&'static str; 1]) -> Self {
        Self::new(project, file[0], file)
    }

    fn needing(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    fn unsafely(self) -> Self {
        Self { arguments: &["--unsafe-fixes"], ..self }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    /// Runs the program on a websockets version.
    fn on(&self, version: &str) -> Ran {
        let mut places = vec![installed(&format!("websockets-{version}"), &[&format!("websockets=={version}")])];
        if !self.needs.is_empty() {
            places.push(installed(&self.needs.join("-"), self.needs));
        }
        let mut python = command(python());
        python.arg(self.main).current_dir(self.path()).env("PYTHONPATH", std::env::join_paths(places).unwrap());
        run(&mut python)
    }

    fn works_on(&self, version: &str) {
        let ran = self.on(version);
        assert_eq!(ran.code, 0, "{}/{} on websockets {version}:\n{}", self.project, self.main, ran.text);
    }

    fn fails_on(&self, version: &str) {
        let ran = self.on(version);
        assert_ne!(ran.code, 0, "{}/{} works on websockets {version}:\n{}", self.project, self.main, ran.text);
        // It fails in what it does, and not for want of a package or a word of Python.
        for other in ["ModuleNotFoundError", "SyntaxError"] {
            assert!(!ran.text.contains(other), "{}/{} on websockets {version}:\n{}", self.project, self.main, ran.text);
        }
    }

    /// `wsupgrade fix` on the directory.
    fn fix(&self) -> Ran {
        let mut wsupgrade = command(env!("CARGO_BIN_EXE_wsupgrade"));
        run(wsupgrade.args(["fix", "--output-format", "concise"]).args(self.arguments).current_dir(self.path()))
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Fixes, and compares with what is expected. A second time changes nothing.
    fn is_fixed(&self) {
        let said = self.fix();
        for name in self.files {
            let expected = tools::root().join("tests/live").join(self.project).join("expected").join(name);
            let expected = fs::read_to_string(expected).unwrap();
            let difference = similar::TextDiff::from_lines(expected, self.text(name)).unified_diff().to_string();
            assert!(
                difference.is_empty(),
                "{}/{name}: not what is expected:\n{difference}\n{}",
                self.project,
                said.text
            );
        }
        let before: Vec<String> = self.files.iter().map(|name| self.text(name)).collect();
        let again = self.fix();
        let after: Vec<String> = self.files.iter().map(|name| self.text(name)).collect();
        assert_eq!(before, after, "{}", again.text);
        assert_eq!(again.code, said.code, "{}", again.text);
    }

    fn moves_from_legacy_to_modern(self) {
        self.works_on(LEGACY);
        self.fails_on(MODERN);
        self.is_fixed();
        self.works_on(MODERN);
    }

    fn works_everywhere_after(self) {
        self.works_on(LEGACY);
        self.fails_on(MODERN);
        self.is_fixed();
        for version in ["10.4", "12.0", LEGACY, "14.2", "15.0.1", "16.1.1", MODERN] {
            self.works_on(version);
        }
    }
}

#[test]
#[ignore = "needs the network: installs websockets into target/"]
fn client_headers() {
    Program::one("", &["client_headers.py"]).moves_from_legacy_to_modern();
}

#[test]
#[ignore = "needs the network: installs websockets into target/"]
fn rejected_handshake() {
    Program::one("", &["rejected_handshake.py"]).moves_from_legacy_to_modern();
}

/// Unsafe, because the class is also compared with `is`.
#[test]
#[ignore = "needs the network: installs websockets and pytest into target/"]
fn rejected_pytest() {
    Program::one("", &["rejected_pytest.py"]).needing(&["pytest"]).unsafely().moves_from_legacy_to_modern();
}

#[test]
#[ignore = "needs the network: installs websockets into target/"]
fn rejected_unittest() {
    Program::one("", &["rejected_unittest.py"]).moves_from_legacy_to_modern();
}

/// The endpoint never answered the offer, in any version; the clients here insist that it does.
#[test]
#[ignore = "needs the network: installs websockets, fastapi and uvicorn into target/"]
fn subprotocols() {
    let program = Program::new("subprotocols", "client.py", &["client.py", "app.py"]);
    let program = program.needing(&["fastapi", "uvicorn"]).unsafely();
    program.fails_on(MODERN);
    program.is_fixed();
    program.works_on(LEGACY);
    program.works_on(MODERN);
}

#[test]
#[ignore = "needs the network: installs seven versions of websockets into target/"]
fn client_headers_on_both_sides() {
    Program::one("both_sides", &["client_headers.py"]).works_everywhere_after();
}

#[test]
#[ignore = "needs the network: installs seven versions of websockets into target/"]
fn rejected_handshake_on_both_sides() {
    Program::one("both_sides", &["rejected_handshake.py"]).works_everywhere_after();
}

#[test]
#[ignore = "needs the network: installs websockets into target/"]
fn connection_state() {
    Program::one("", &["connection_state.py"]).moves_from_legacy_to_modern();
}

#[test]
#[ignore = "needs the network: installs seven versions of websockets into target/"]
fn connection_state_on_both_sides() {
    Program::one("both_sides", &["connection_state.py"]).works_everywhere_after();
}

#[test]
#[ignore = "needs the network: installs websockets into target/"]
fn connection_request() {
    Program::one("", &["connection_request.py"]).unsafely().moves_from_legacy_to_modern();
}

#[test]
#[ignore = "needs the network: installs seven versions of websockets into target/"]
fn connection_request_on_both_sides() {
    Program::one("both_sides", &["connection_request.py"]).unsafely().works_everywhere_after();
}

#[test]
#[ignore = "needs the network: installs websockets into target/"]
fn old_arguments() {
    Program::one("", &["old_arguments.py"]).moves_from_legacy_to_modern();
}

#[test]
#[ignore = "needs the network: installs seven versions of websockets into target/"]
fn old_arguments_on_both_sides() {
    Program::one("both_sides", &["old_arguments.py"]).works_everywhere_after();
}

#[test]
#[ignore = "needs the network: installs websockets into target/"]
fn old_server_arguments() {
    Program::one("", &["old_server_arguments.py"]).moves_from_legacy_to_modern();
}

#[test]
#[ignore = "needs the network: installs seven versions of websockets into target/"]
fn old_server_arguments_on_both_sides() {
    Program::one("both_sides", &["old_server_arguments.py"]).works_everywhere_after();
}
