//! What the README shows is what the tool does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fs;
use std::path::Path;

use crate::support::Sandbox;

/// A page that nobody scrolls through for long.
const MOST_LINES: usize = 150;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The first code block of a language.
fn block(text: &str, language: &str) -> String {
    let start = format!("```{language}\n");
    let (_, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no {language}"));
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_readme_is_short() {
    assert!(document("README.md").lines().count() <= MOST_LINES);
}

#[test]
fn the_readme_shows_what_the_tool_prints() {
    let readme = document("README.md");
    let client = block(&readme, "python");
    let sandbox = Sandbox::new(&[("client.py", &client)]);
    let diff = sandbox.run("migrate --diff client.py");
    assert_eq!(diff.out, block(&readme, "diff"));
    assert_eq!(sandbox.run("migrate client.py").code, 0);
    assert_ne!(sandbox.read("client.py"), client);
}

#[test]
fn the_demo_finds_something() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo");
    assert!(document("README.md").contains("`cargo run --release -- check tests/demo`"));
    let mut wsupgrade = crate::support::wsupgrade(demo.parent().unwrap().parent().unwrap());
    wsupgrade.args(["check", "tests/demo"]);
    assert_eq!(crate::support::feed(wsupgrade, b"").code, 1);
}
