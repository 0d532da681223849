//! The pages of the site that are made from the program's own definitions, and what the others show of it.
//!
//! `WSUPGRADE_BLESS=1 cargo test` writes the generated parts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, ValueEnum as _};
use serde_json::Value;
use wsupgrade::cli::arguments::{Cli, VARIABLES};
use wsupgrade::lint::registry::RULES;
use wsupgrade::run::config::Format;
use wsupgrade::text::edit::Applicability;

use crate::support::Sandbox;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// All Markdown files of the site, and the README.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    let mut directories = vec![root().join("docs")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Compares the part of a page between its marks with what it has to be, or writes it.
fn generated(file: &str, name: &str, expected: &str) {
    let page = text(file);
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let start = page.find(&begin).unwrap_or_else(|| panic!("{file} has no `{begin}`")) + begin.len();
    let stop = page.find(&end).unwrap_or_else(|| panic!("{file} has no `{end}`"));
    let expected = format!("\n{}\n\n", expected.trim());
    if std::env::var_os("WSUPGRADE_BLESS").is_some() {
        fs::write(root().join(file), [&page[..start], &expected, &page[stop..]].concat()).unwrap();
    } else {
        assert_eq!(&page[start..stop], expected, "run the tests with WSUPGRADE_BLESS=1 to write {file}");
    }
}

/// In a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn the_page_of_the_rules_lists_them() {
    let mut table = String::from("| code | name | since | fix | what |\n| --- | --- | --- | --- | --- |\n");
    let mut rules: Vec<_> = RULES.iter().collect();
    rules.sort_by_key(|rule| rule.meta.code);
    for rule in rules {
        let fix = match rule.meta.fix {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
            Applicability::DisplayOnly => "by hand",
        };
        let (code, since, summary, name) = (rule.meta.code, rule.meta.since, rule.summary(), rule.name);
        writeln!(table, "| {code} | [{name}](../rules/{name}.md) | {since} | {fix} | {summary} |").unwrap();
    }
    generated("docs/reference/rules.md", "rules", &table);
}

#[test]
fn the_page_of_the_commands_has_every_flag() {
    let mut cli = Cli::command();
    cli.build();
    let mut page = String::new();
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        let name = command.get_name();
        writeln!(page, "## wsupgrade {name}\n").unwrap();
        writeln!(page, "{}.\n", command.get_about().unwrap().to_string().trim_end_matches('.')).unwrap();
        let aliases: Vec<&str> = command.get_visible_aliases().collect();
        if !aliases.is_empty() {
            writeln!(page, "Also called `wsupgrade {}`.\n", aliases.join("`, `wsupgrade ")).unwrap();
        }
        page += "| argument | what |\n| --- | --- |\n";
        let shown =
            command.get_arguments().filter(|it| !it.is_hide_set() && it.get_id() != "help" && it.get_id() != "color");
        for argument in shown {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
            let value =
                argument.get_value_names().map(|names| names.join(" ")).unwrap_or_default().replace('|', " or ");
            let takes_value = argument.get_action().takes_values();
            let shown = match argument.get_long() {
                Some(long) if takes_value => format!("{short}`--{long} {value}`"),
                Some(long) => format!("{short}`--{long}`"),
                None => format!("`{value}`"),
            };
            let values: Vec<String> = match argument.get_possible_values() {
                values if !values.is_empty() && takes_value && !argument.is_hide_possible_values_set() => {
                    values.iter().map(|value| format!("`{}`", value.get_name())).collect()
                }
                _ => Vec::new(),
            };
            let values = if values.is_empty() { String::new() } else { format!(" One of {}.", values.join(", ")) };
            writeln!(page, "| {} | {}.{values} |", cell(&shown), cell(help.trim_end_matches('.'))).unwrap();
        }
        page.push('\n');
    }
    page += "## For every command\n\n| argument | what |\n| --- | --- |\n";
    page += "| `--color WHEN` | When to use colors: `auto`, `always` or `never`; `auto` asks the terminal, `NO_COLOR`, `FORCE_COLOR`, \
             `CLICOLOR_FORCE` and `TERM=dumb`. |\n| `-h`, `--help` | Print help. |\n\n";
    page += "## Exit codes\n\n| code | meaning |\n| --- | --- |\n| 0 | Nothing is left to do. |\n\
             | 1 | Findings remain; for `fix` and `migrate`, after fixing. Severity `info` does not count, unless `--fail-on` says so. |\n\
             | 2 | Something could not be done: wrong arguments, a missing path, an unreadable file. The reason is on standard error. |\n\n";
    page += "## Variables\n\nA flag overrules its variable. For a flag without a value, anything but `0`, `false`, `no` and `off` sets it.\n\n\
             | variable | flag |\n| --- | --- |\n";
    for (flag, variable) in VARIABLES.iter().chain(&[("color", "WSUPGRADE_COLOR")]) {
        writeln!(page, "| `{variable}` | `--{flag}` |").unwrap();
    }
    generated("docs/reference/commands.md", "commands", &page);
}

#[test]
fn the_page_of_the_settings_has_every_setting() {
    let schema: Value = serde_json::from_str(&text("wsupgrade.schema.json")).unwrap();
    let mut table = String::from("| setting | default | what |\n| --- | --- | --- |\n");
    for (key, property) in schema["properties"].as_object().unwrap() {
        let default = match &property["default"] {
            Value::Null => "not set".to_owned(),
            Value::Array(list) if key == "exclude" && !list.is_empty() => "a list, below".to_owned(),
            value => format!("`{value}`"),
        };
        let what = property["description"].as_str().unwrap();
        writeln!(table, "| `{key}` | {default} | {} |", cell(what)).unwrap();
    }
    generated("docs/reference/settings.md", "settings", &table);
}

#[test]
fn the_page_of_the_formats_has_every_format() {
    let mut table = String::from("| format | what it is |\n| --- | --- |\n");
    for format in Format::value_variants() {
        let value = format.to_possible_value().unwrap();
        let help = value.get_help().unwrap().to_string();
        writeln!(table, "| `{}` | {}. |", value.get_name(), cell(help.trim_end_matches('.'))).unwrap();
    }
    generated("docs/reference/formats.md", "formats", &table);
}

/// The table of what changed: every rule stands for something in it, and what has no rule has a reason.
#[test]
fn every_change_has_a_rule_or_a_reason() {
    let page = text("docs/what-changed.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").map(str::trim).collect())
        .skip(2)
        .collect();
    let codes = |cell: &str| -> Vec<String> {
        let parts = cell.split(|c: char| !c.is_ascii_alphanumeric());
        parts.filter(|part| part.starts_with("WS") && part.len() == 5).map(str::to_owned).collect()
    };
    let mut named = BTreeSet::new();
    for row in rows.iter().filter(|row| !row[0].starts_with("**")) {
        let [change, since, answer] = row[..] else { panic!("{row:?} has not three cells") };
        assert!(since == "any" || since.contains('.'), "{change}: since {since}?");
        assert!(answer.starts_with("none") != answer.starts_with("WS"), "{change}: a rule, or a reason why none");
        named.extend(codes(answer));
    }
    let known: BTreeSet<String> = RULES.iter().map(|rule| rule.meta.code.to_owned()).collect();
    let missing: Vec<_> = known.difference(&named).collect();
    assert!(missing.is_empty(), "docs/what-changed.md: name {missing:?} in the row of the change");
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "docs/what-changed.md: no rule is called {unknown:?}");
}

/// Commands and flags that pages show exist.
#[test]
fn the_pages_name_commands_and_flags_that_exist() {
    let mut cli = Cli::command();
    cli.build();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let lines =
            text.lines().filter_map(|line| line.trim_start().trim_start_matches("$ ").strip_prefix("wsupgrade "));
        let inline =
            text.split('`').filter_map(|code| code.strip_prefix("wsupgrade ")).filter(|code| !code.contains('\n'));
        for line in lines.chain(inline) {
            let mut words = line.split_whitespace().take_while(|word| !word.starts_with(['#', '|', '>']));
            let Some(name) = words.next().filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
            else {
                continue;
            };
            let Some(command) = cli.find_subcommand(name) else {
                assert!(
                    name.starts_with('-') || !text.contains(&format!("$ wsupgrade {name}")),
                    "{}: {line}",
                    page.display()
                );
                continue;
            };
            for flag in words.filter_map(|word| word.strip_prefix("--")) {
                let flag = flag.split(['=', '`', ',', '.', ')', ']']).next().unwrap();
                let exists = command.get_arguments().any(|argument| argument.get_long() == Some(flag));
                assert!(exists, "{}: {line}: --{flag}", page.display());
            }
        }
    }
}

#[test]
fn the_guide_shows_the_contract_of_the_demo() {
    let mut wsupgrade = crate::support::wsupgrade(&root().join("tests/demo"));
    wsupgrade.arg("contract");
    let shown = format!("```console\n$ wsupgrade contract\n{}```", crate::support::feed(wsupgrade, b"").out);
    generated("docs/guides/contract.md", "contract", &shown);
}

#[test]
fn the_pages_are_in_the_menu() {
    let menu = text("mkdocs.yml");
    for page in pages() {
        let Ok(page) = page.strip_prefix(root().join("docs")) else { continue };
        let name = page.to_str().unwrap().replace('\\', "/");
        assert!(name.starts_with("rules/") || menu.contains(&format!(": {name}")), "{name} is not in mkdocs.yml");
    }
}

#[test]
fn the_guide_for_clients_shows_code_that_migrates() {
    let guide = text("docs/guides/client.md");
    let code = guide.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let sandbox = Sandbox::new(&[("client.py", code), ("requirements.txt", "websockets>=10,<14\n")]);
    assert_eq!(sandbox.run("migrate").code, 0);
    assert!(sandbox.read("client.py").contains("exc.response.status_code == 503"));
    assert_eq!(sandbox.read("requirements.txt"), "websockets>=14.2\n");
}
