//! Programs in legacy style, run on real websockets versions before and after the fix.
//!
//! A program of `tests/live` connects to servers of its own on the loopback interface, and exits with 0 when everything is as
//! a person would want it. The lines at its top say what it is for:
//!
//! ```text
//! # rules: WS501 WS502    the rules that it shows: each has to find something in it
//! # fix: safe             or `unsafe`; or `report`, where only a person can change it
//! # needs: pytest         packages besides websockets
//! # before: 13.1          where it works as it is; `none` where it never did
//! # fails: 17.4           where it fails or misbehaves as it is
//! # after: 17.4           where it works after `wsupgrade fix`
//! ```
//!
//! All but the first two may be left out, and are then what stands here; in `both_sides`, a project that supports both sides of
//! 14.0, `after` is every version of [`VERSIONS`]. What a program becomes is in `expected/` beside it. A directory with a file
//! that has such lines is a program of several files, and may have metadata of its own. `-W error::DeprecationWarning` is
//! passed after the fix where a line `# warnings: error` promises that.
//!
//! The tests install websockets with pip into `target/live`, so they need the network once, and are ignored by default:
//! `cargo test --test it live -- --ignored`. `docs/evidence.md` is what they saw: with `WSUPGRADE_BLESS=1` it is written again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::contract_live::LiveProject;
use crate::tools::{Ran, command, installed, python, run};
use tempfile::TempDir;

use wsupgrade::lint::registry::RULES;
use wsupgrade::lint::rule::Check;

/// On both sides of 14.0: the first and last of every series that changed something for users.
const VERSIONS: [&str; 7] = ["10.4", "12.0", "13.1", "14.2", "15.0.1", "16.1.1", "17.4"];

/// Programs that run at the same time: most of their time they wait for each other's sockets.
const AT_ONCE: usize = 3;

/// A program of `tests/live`, and what its first lines say.
#[derive(Debug)]
struct Program {
    /// Its directory.
    directory: PathBuf,
    /// What to run.
    main: String,
    /// All its files.
    files: Vec<String>,
    header: BTreeMap<String, String>,
}

impl Program {
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().take_while(|line| line.starts_with("# "));
        let pairs = lines.filter_map(|line| line.strip_prefix("# ")?.split_once(':'));
        let header: BTreeMap<_, _> =
            pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect();
        header.contains_key("rules").then_some(())?;
        let known = ["rules", "fix", "needs", "before", "fails", "after", "warnings"];
        let unknown: Vec<_> = header.keys().filter(|key| !known.contains(&key.as_str())).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", path.display());
        let main = path.file_name().unwrap().to_str().unwrap().to_owned();
        let directory = path.parent().unwrap().to_owned();
        let files = vec![main.clone()];
        Some(Self { directory, main, files, header })
    }

    /// All programs, sorted by path.
    fn all() -> Vec<Self> {
        let root = crate::tools::root().join("tests/live");
        let mut found = Vec::new();
        for directory in [root.clone(), root.join("both_sides")] {
            for path in entries(&directory) {
                if path.is_file() {
                    found.extend(path.extension().filter(|it| *it == "py").and_then(|_| Self::read(&path)));
                } else if !["both_sides", "expected"].iter().any(|name| path.ends_with(name)) {
                    let files: Vec<_> = entries(&path).into_iter().filter(|path| path.is_file()).collect();
                    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
                    let mut python = files.iter().filter(|path| path.extension().is_some_and(|it| it == "py"));
                    let program = python.find_map(|path| Self::read(path));
                    let program = program.unwrap_or_else(|| panic!("{} has no program", path.display()));
                    found.push(Self { files: files.iter().map(name).collect(), ..program });
                }
            }
        }
        found
    }

    fn says(&self, key: &str) -> Option<&str> {
        self.header.get(key).map(String::as_str).filter(|value| *value != "none")
    }

    fn rules(&self) -> Vec<&str> {
        self.says("rules").unwrap_or_default().split_whitespace().collect()
    }

    fn is_both_sides(&self) -> bool {
        self.directory.ancestors().any(|directory| directory.ends_with("both_sides"))
    }

    fn versions(&self, key: &str, default: &[&'static str]) -> Vec<String> {
        match self.header.get(key).map(String::as_str) {
            Some("none") => Vec::new(),
            Some(versions) => versions.split_whitespace().map(str::to_owned).collect(),
            None => default.iter().map(ToString::to_string).collect(),
        }
    }

    /// The path below `tests/live`.
    fn name(&self) -> String {
        let path = self.directory.strip_prefix(crate::tools::root().join("tests/live")).unwrap().join(&self.main);
        path.to_str().unwrap().replace('\\', "/")
    }

    /// A copy in a directory of its own, with the nearest metadata, which says which versions the project supports.
    fn copy(&self) -> TempDir {
        let home = TempDir::new().unwrap();
        let metadata = self.directory.ancestors().map(|it| it.join("pyproject.toml")).find(|it| it.is_file()).unwrap();
        fs::copy(metadata, home.path().join("pyproject.toml")).unwrap();
        for name in &self.files {
            fs::copy(self.directory.join(name), home.path().join(name)).unwrap();
        }
        home
    }

    /// Runs the program in `home` on a websockets version.
    fn on(&self, version: &str, home: &TempDir, arguments: &[&str]) -> Ran {
        let mut places = vec![installed(&format!("websockets-{version}"), &[&format!("websockets=={version}")])];
        if let Some(needs) = self.says("needs") {
            let needs: Vec<&str> = needs.split_whitespace().collect();
            places.push(installed(&needs.join("-"), &needs));
        }
        let mut python = command(python());
        python.args(arguments).arg(&self.main).current_dir(home.path());
        run(python.env("PYTHONPATH", std::env::join_paths(places).unwrap()))
    }

    /// `wsupgrade fix` on the directory.
    fn fix(&self, home: &TempDir) -> Ran {
        let mut wsupgrade = command(env!("CARGO_BIN_EXE_wsupgrade"));
        wsupgrade.args(["fix", "--output-format", "concise"]).current_dir(home.path());
        if self.says("fix") == Some("unsafe") {
            wsupgrade.arg("--unsafe-fixes");
        }
        run(&mut wsupgrade)
    }

    /// Each of its rules finds something.
    fn is_found(&self, home: &TempDir) {
        let mut wsupgrade = command(env!("CARGO_BIN_EXE_wsupgrade"));
        let ran = run(wsupgrade.args(["check", "--output-format", "concise"]).current_dir(home.path()));
        for rule in self.rules() {
            assert!(ran.text.contains(rule), "{rule} finds nothing:\n{}", ran.text);
        }
    }

    /// Fixes, and compares with what is expected. A second time changes nothing.
    fn is_fixed(&self, home: &TempDir) {
        let said = self.fix(home);
        let text = |name: &String| fs::read_to_string(home.path().join(name)).unwrap();
        for name in &self.files {
            let expected = self.directory.join("expected").join(name);
            let expected = fs::read_to_string(&expected).unwrap_or_else(|_| panic!("no {}", expected.display()));
            let difference = similar::TextDiff::from_lines(expected, text(name)).unified_diff().to_string();
            assert!(difference.is_empty(), "{name}: not what is expected:\n{difference}\n{}", said.text);
        }
        let before: Vec<String> = self.files.iter().map(text).collect();
        let again = self.fix(home);
        let after: Vec<String> = self.files.iter().map(text).collect();
        assert_eq!(before, after, "{}", again.text);
        assert_eq!(again.code, said.code, "{}", again.text);
    }

    /// Everything that its first lines promise. What each version did before the fix, and after.
    fn holds(&self) -> Seen {
        let mut seen = Seen::default();
        let home = self.copy();
        let (before, fails) = (self.versions("before", &["13.1"]), self.versions("fails", &["17.4"]));
        for version in VERSIONS.iter().map(ToString::to_string).chain(before.clone()).chain(fails.clone()) {
            if seen.before.contains_key(&version) {
                continue;
            }
            let ran = self.on(&version, &home, &[]);
            assert!(ran.code == 0 || !before.contains(&version), "does not work on {version}:\n{}", ran.text);
            if fails.contains(&version) {
                assert_ne!(ran.code, 0, "works on {version}:\n{}", ran.text);
                // It fails in what it does, and not for want of a package or a word of Python.
                let about_itself = self.says("needs").is_none_or(|needs| !ran.text.contains(needs));
                let other = ran.text.contains("SyntaxError")
                    || ran.text.contains("ModuleNotFoundError") && !ran.text.contains("'websockets.");
                assert!(!other || !about_itself, "on {version}:\n{}", ran.text);
            }
            seen.before.insert(version, ran.code == 0);
        }
        self.is_found(&home);
        if self.says("fix") == Some("report") {
            return seen;
        }
        self.is_fixed(&home);
        let strict: &[&str] =
            if self.says("warnings") == Some("error") { &["-W", "error::DeprecationWarning"] } else { &[] };
        let after = self.versions("after", if self.is_both_sides() { &VERSIONS } else { &["17.4"] });
        for version in after {
            let ran = self.on(&version, &home, strict);
            assert_eq!(ran.code, 0, "after the fix, on {version}:\n{}", ran.text);
            seen.after.push(version);
        }
        seen
    }
}

/// What real versions did.
#[derive(Debug, Default)]
struct Seen {
    /// Whether the program worked as it was, by version.
    before: BTreeMap<String, bool>,
    /// The versions on which it worked after the fix.
    after: Vec<String>,
}

/// The paths in a directory, sorted.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| !path.ends_with("__pycache__"));
    paths
}

/// The table of `docs/evidence.md`: a row for each rule and program.
fn table(seen: &BTreeMap<usize, Seen>, programs: &[Program]) -> String {
    let mut rows = Vec::new();
    for (index, seen) in seen {
        let program = &programs[*index];
        for rule in program.rules() {
            let mut row = format!(
                "| {rule} | [{name}](https://github.com/wsupgrade/wsupgrade/blob/main/tests/live/{name}) |",
                name = program.name()
            );
            for version in VERSIONS {
                let before = if seen.before[version] { "works" } else { "fails" };
                let after = if seen.after.iter().any(|it| it == version) { ", works" } else { "" };
                write!(row, " {before}{after} |").unwrap();
            }
            rows.push(row);
        }
    }
    rows.sort();
    let versions = VERSIONS.map(|version| format!(" {version} |")).concat();
    let line = " --- |".repeat(VERSIONS.len());
    format!(
        "# Evidence\n\nWhat real websockets versions did with the programs of `tests/live`. The first word is about the program as it \
         is, in legacy style: `fails` says that it crashed or did not do what it is there for. The second is about the \
         program after `wsupgrade fix`; programs that only a person can change have none. Written by `WSUPGRADE_BLESS=1 cargo test --test live -- \
         --ignored`.\n\n| rule | program |{versions}\n| --- | --- |{line}\n{}\n",
        rows.join("\n")
    )
}

#[test]
#[ignore = "needs the network: installs websockets versions and other packages into target/"]
fn programs_hold_on_real_versions() {
    let programs = Program::all();
    // For work on one of them: part of its name.
    let only = std::env::var("LIVE").unwrap_or_default();
    let (next, seen, problems) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(program) = programs.get(index) else { break };
                    if !program.name().contains(&only) {
                        continue;
                    }
                    match catch_unwind(AssertUnwindSafe(|| program.holds())) {
                        Ok(it) => drop(seen.lock().unwrap().insert(index, it)),
                        Err(panic) => {
                            let said = panic.downcast_ref::<String>().cloned();
                            let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                            let problem = format!("{}: {}", program.name(), said.unwrap_or_default());
                            problems.lock().unwrap().push(problem);
                        }
                    }
                }
            });
        }
    });
    let mut problems = problems.into_inner().unwrap();
    problems.sort();
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), programs.len(), problems.join("\n\n"));
    if only.is_empty() {
        let table = table(&seen.into_inner().unwrap(), &programs);
        let file = crate::tools::root().join("docs/evidence.md");
        if std::env::var_os("WSUPGRADE_BLESS").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &table).unwrap();
        }
        let written = fs::read_to_string(&file).unwrap_or_default();
        let difference = similar::TextDiff::from_lines(written, table).unified_diff().to_string();
        assert!(difference.is_empty(), "docs/evidence.md is not what was seen:\n{difference}");
    }
}

#[test]
fn every_rule_has_a_program() {
    let (programs, projects) = (Program::all(), LiveProject::all());
    let of_projects = projects.iter().flat_map(|project| &project.rules).map(String::as_str);
    let shown: Vec<&str> = programs.iter().flat_map(Program::rules).chain(of_projects).collect();
    // What a comment suppresses is no matter of websockets.
    let claims = RULES.iter().filter(|rule| !matches!(rule.check, Check::Unused(_))).map(|rule| rule.meta.code);
    let mut missing: Vec<&str> = claims.filter(|code| !shown.contains(code)).collect();
    missing.sort_unstable();
    assert!(missing.is_empty(), "{missing:?}");
    let unknown: Vec<_> = shown.iter().filter(|code| !RULES.iter().any(|rule| rule.meta.code == **code)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
