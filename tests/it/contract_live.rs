//! Small projects, each a server and its clients, that run for real: what the rules about subprotocols say is seen to happen.
//!
//! A project is a directory of `tests/contract`. `server.py` says in its first lines how it is run, which rules find something, and what
//! `wsupgrade fix --unsafe-fixes` does about it:
//!
//! ```text
//! # run: uvicorn
//! # rules: WS301           or `none`, where nothing may be found
//! # fix: unsafe            or `report`
//! ```
//!
//! `clients.py` has the clients, and what each is meant to get. In a project with findings at least one client gets something else, and all
//! get what is meant once it is fixed; in one without all do. All run in one process (`drive.py`), with real frameworks, node, and
//! headless Chromium where these are installed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::tools::{command, installed, python, root, run, succeed};

/// What the projects need. The versions are those that were seen; others may differ.
const FRAMEWORKS: &[&str] = &[
    "websockets==17.4",
    "starlette==1.10.0",
    "fastapi==0.165.0",
    "uvicorn==0.54.0",
    "channels==4.3.2",
    "daphne",
    "aiohttp==3.14.5",
    "quart==0.22.0",
    "sanic==25.12.1",
    "litestar==2.25.0",
    "tornado==6.6.1",
    "flask-sock==0.7.0",
    "websocket-client==1.9.2",
    "httpx-ws==0.9.0",
];

/// The port that projects spell out; each run takes one that is free.
const PORT: &str = "8765";

/// A project, and what its first lines say.
pub(crate) struct LiveProject {
    name: String,
    directory: PathBuf,
    pub(crate) rules: Vec<String>,
    is_fixed: bool,
}

impl LiveProject {
    /// All projects, by name.
    pub(crate) fn all() -> Vec<Self> {
        let entries = fs::read_dir(root().join("tests/contract")).unwrap().map(|entry| entry.unwrap().path());
        let mut projects: Vec<Self> =
            entries.filter(|path| path.join("server.py").is_file()).map(|path| Self::read(&path)).collect();
        projects.sort_by(|a, b| a.name.cmp(&b.name));
        projects
    }

    fn read(directory: &Path) -> Self {
        let text = fs::read_to_string(directory.join("server.py")).unwrap();
        let says = |key: &str| text.lines().find_map(|line| line.strip_prefix(&format!("# {key}: ")));
        let rules = says("rules").unwrap_or_else(|| panic!("{}", directory.display()));
        let rules = rules.split(' ').filter(|rule| *rule != "none").map(str::to_owned).collect();
        let name = directory.file_name().unwrap().to_str().unwrap().to_owned();
        Self { name, directory: directory.to_owned(), rules, is_fixed: says("fix") == Some("unsafe") }
    }

    fn copy(&self, home: &Path, port: u16) -> PathBuf {
        let place = home.join(&self.name);
        fs::create_dir(&place).unwrap();
        for entry in fs::read_dir(&self.directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                let text = fs::read_to_string(entry.path()).unwrap().replace(PORT, &port.to_string());
                fs::write(place.join(entry.file_name()), text).unwrap();
            }
        }
        place
    }
}

/// What each client of each project got, and whether that is what was meant. A client that is not installed got nothing.
fn drive(port: u16, places: &[PathBuf]) -> BTreeMap<String, BTreeMap<String, (String, bool)>> {
    let frameworks = installed("frameworks", FRAMEWORKS);
    let mut driver = command(python());
    driver.arg("-Wignore").arg(root().join("tests/contract/drive.py")).arg(port.to_string()).args(places);
    let output = driver.env("PYTHONPATH", frameworks).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let seen: BTreeMap<String, Value> = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{errors}"));
    let clients = |project: Value| {
        let wanted = project["wanted"].as_object().unwrap().clone();
        let got = wanted.into_iter().map(|(client, wanted)| {
            let got = project["got"][&client].as_str().unwrap().to_owned();
            let is_meant = got == "skipped" || Some(&*got) == wanted.as_str();
            (client, (got, is_meant))
        });
        got.collect()
    };
    seen.into_iter().map(|(name, project)| (name, clients(project))).collect()
}

/// The rules that find something, each as often as it does.
fn found(place: &Path) -> Vec<String> {
    let mut check = command(env!("CARGO_BIN_EXE_wsupgrade"));
    let ran = run(check.args(["check", "--select", "WS3", "--output-format", "json"]).current_dir(place));
    let findings: Vec<Value> = serde_json::from_str(ran.text.trim()).unwrap_or_else(|_| panic!("{}", ran.text));
    let mut codes: Vec<String> = findings.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
#[ignore = "needs the network: installs frameworks into target/"]
fn what_is_found_happens_and_what_is_fixed_negotiates() {
    let projects = LiveProject::all();
    let silent = projects.iter().filter(|project| project.rules.is_empty()).count();
    assert!(silent * 2 >= projects.len(), "{silent} of {} are silent", projects.len());
    let home = TempDir::new().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let places: Vec<PathBuf> = projects.iter().map(|project| project.copy(home.path(), port)).collect();
    let before = drive(port, &places);
    let mut problems = String::new();
    let mut say = |project: &LiveProject, what: &str| writeln!(problems, "{}: {what}", project.name).unwrap();
    for (project, place) in projects.iter().zip(&places) {
        let seen = &before[&project.name];
        if found(place) != project.rules {
            say(project, &format!("found {:?}, expected {:?}", found(place), project.rules));
        }
        if seen.values().all(|(_, is_meant)| *is_meant) != project.rules.is_empty() {
            say(project, &format!("before: {seen:?}"));
        }
        for (client, _) in seen.iter().filter(|(_, (got, _))| got == "skipped") {
            eprintln!("{}: no {client} is installed, so that this client did not run", project.name);
        }
    }
    let fixed: Vec<_> = projects.iter().zip(&places).filter(|(project, _)| project.is_fixed).collect();
    for (project, place) in &fixed {
        let mut fix = command(env!("CARGO_BIN_EXE_wsupgrade"));
        succeed(fix.args(["fix", "--select", "WS3", "--unsafe-fixes"]).current_dir(place));
        if !found(place).is_empty() {
            say(project, &format!("after the fix: {:?}", found(place)));
        }
    }
    let places: Vec<PathBuf> = fixed.iter().map(|(_, place)| (*place).clone()).collect();
    let after = drive(port, &places);
    for (project, _) in fixed {
        let seen = &after[&project.name];
        if !seen.values().all(|(_, is_meant)| *is_meant) {
            say(project, &format!("after the fix: {seen:?}"));
        }
    }
    assert!(problems.is_empty(), "{problems}");
}
