//! What the documents show is what the tool does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fs;
use std::path::Path;

use crate::support::Sandbox;
use clap::CommandFactory as _;
use wsupgrade::cli::arguments::Cli;

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
fn the_readme_shows_what_the_tool_prints() {
    let readme = document("README.md");
    let client = block(&readme, "python");
    let sandbox = Sandbox::new(&[("client.py", &client)]);
    let diff = sandbox.run("check --diff client.py");
    assert_eq!(diff.out, block(&readme, "diff"));
    assert_eq!(sandbox.run("fix client.py").code, 0);
    assert_ne!(sandbox.read("client.py"), client);
}

#[test]
fn the_first_command_finds_something() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo");
    let command = document("README.md");
    let command = block(&command, "console").replace("$ cargo run --release -- ", "");
    assert_eq!(command, "check tests/demo\n");
    let mut wsupgrade = crate::support::wsupgrade(demo.parent().unwrap().parent().unwrap());
    wsupgrade.args(command.split_whitespace());
    assert_eq!(crate::support::feed(wsupgrade, b"").code, 1);
}

#[test]
fn the_readme_names_every_flag_and_no_other() {
    let readme = document("README.md");
    let mut cli = Cli::command();
    cli.build();
    let commands = cli.get_subcommands().filter(|command| ["check", "fix"].contains(&command.get_name()));
    let mut flags: Vec<&str> =
        commands.flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_long).collect();
    flags.retain(|flag| *flag != "help");
    flags.sort_unstable();
    flags.dedup();
    let cells = readme.lines().filter_map(|line| line.strip_prefix("| `--")?.split(" | ").next());
    let mut rows: Vec<&str> =
        cells.flat_map(|cell| cell.split(", `--")).filter_map(|flag| flag.split('`').next()).collect();
    rows.sort_unstable();
    assert_eq!(rows, flags);
}
