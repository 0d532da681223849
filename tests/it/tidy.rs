//! What holds the repository together: names, tables and habits that no compiler checks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wsupgrade::lint::registry::RULES;
use wsupgrade::lint::rule::{Check, Rule};

/// The first digit of a code says the family.
const FAMILIES: [(&str, char); 9] = [
    ("suppression", '0'),
    ("arguments", '1'),
    ("handshake", '2'),
    ("subprotocols", '3'),
    ("imports", '4'),
    ("connections", '5'),
    ("callbacks", '6'),
    ("mocks", '7'),
    ("project", '9'),
];

/// A file that does not fit on a few screens has become two things.
const MOST_LINES: usize = 600;

/// Where printing is the job.
const PRINTERS: [&str; 2] = ["src/main.rs", "src/report/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `directory`, as paths from the root.
fn files(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![root().join(directory)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The Rust files that are built into the tool, each with its text up to its unit tests.
pub fn product() -> Vec<(String, String)> {
    let rust = |file: &String| Path::new(file).extension().is_some_and(|extension| extension == "rs");
    let sources = files("src").into_iter().chain(files("rules")).filter(rust);
    let product = |file: String| {
        let text = text(&file);
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
        (file, code)
    };
    sources.map(product).collect()
}

/// Lines of the product for which `wrong` holds, doc comments aside.
fn lines(wrong: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (file, code) in product() {
        for (number, line) in code.lines().enumerate() {
            let is_documentation = ["//!", "///"].iter().any(|start| line.trim_start().starts_with(start));
            if !is_documentation && wrong(&file, line) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn a_code_says_the_family() {
    for rule in RULES {
        let (_, digit) = FAMILIES.iter().find(|(family, _)| *family == rule.family).unwrap_or_else(|| {
            panic!("{}: no code is set aside for the family {}", rule.name, rule.family);
        });
        let code = rule.meta.code;
        let fits = code.len() == 5 && code.starts_with(&format!("WS{digit}")) && code[2..].parse::<u16>().is_ok();
        assert!(fits, "{}: {code} is no code of the family {}", rule.name, rule.family);
    }
}

/// The file of a rule's cases. Rules that look at endpoints are tested on whole projects, in `tests/it/subprotocols.rs`, and may
/// have more cases here.
fn cases(rule: &Rule) -> String {
    format!("tests/rules/{}.md", rule.name.replace('-', "_"))
}

#[test]
fn every_rule_has_its_cases_and_every_case_its_rule() {
    let is_of_projects = |rule: &&Rule| matches!(rule.check, Check::Endpoint(_));
    let projects = text("tests/it/subprotocols.rs") + &text("tests/it/contract.rs");
    for rule in RULES.iter().filter(is_of_projects) {
        assert!(projects.contains(&format!("#: {}", rule.meta.code)), "{} has no case", rule.name);
    }
    let found: BTreeSet<String> = files("tests/rules").into_iter().collect();
    let known: BTreeSet<String> = RULES.iter().map(cases).collect();
    let needed: BTreeSet<String> = RULES.iter().filter(|rule| !is_of_projects(rule)).map(cases).collect();
    assert_eq!(found.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "no rule of that name");
    assert_eq!(needed.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "no cases");
}

#[test]
fn the_cases_of_a_rule_name_it() {
    for rule in RULES.iter().filter(|rule| root().join(cases(rule)).is_file()) {
        let expected = format!("# {} {}", rule.meta.code, rule.name);
        assert_eq!(text(&cases(rule)).lines().next(), Some(expected.as_str()), "{}", cases(rule));
    }
}

/// The pages of `docs/rules/`: the same as `wsupgrade explain` prints.
#[test]
fn every_rule_has_its_page() {
    let bless = std::env::var_os("WSUPGRADE_BLESS").is_some();
    let pages: BTreeSet<String> = RULES.iter().map(|rule| format!("docs/rules/{}.md", rule.name)).collect();
    for rule in RULES {
        let (file, page) = (format!("docs/rules/{}.md", rule.name), wsupgrade::report::page::markdown(rule));
        if bless {
            fs::create_dir_all(root().join("docs/rules")).unwrap();
            fs::write(root().join(&file), page).unwrap();
        } else {
            assert_eq!(text(&file), page, "run the tests with WSUPGRADE_BLESS=1 to write {file}");
        }
    }
    for file in files("docs/rules").into_iter().filter(|file| !pages.contains(file)) {
        assert!(bless, "{file} is the page of no rule");
        fs::remove_file(root().join(file)).unwrap();
    }
}

#[test]
fn every_page_of_a_rule_has_the_same_headings() {
    let known =
        ["What changed", "Example", "Fix safety", "When there is no fix", "Seen on real versions", "References"];
    for rule in RULES {
        let page = wsupgrade::report::page::markdown(rule);
        let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let has_all = ["What changed", "Example", "Fix safety", "References"].iter().all(|it| headings.contains(it));
        let places: Vec<_> = headings.iter().map(|it| known.iter().position(|known| known == it)).collect();
        assert!(has_all && places.iter().all(Option::is_some) && places.is_sorted(), "{}: {headings:?}", rule.name);
    }
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let top = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned);
    for document in top.into_iter().chain(files("docs")).filter(|file| file.ends_with(".md")) {
        let place = root().join(&document).parent().unwrap().to_owned();
        for link in text(&document).split("](").skip(1).filter_map(|part| part.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            assert!(file.starts_with("https://") || file.is_empty() || place.join(file).exists(), "{document}: {link}");
        }
    }
}

#[test]
fn files_stay_short() {
    let is_long = |file: &str| text(file).lines().count() > MOST_LINES;
    let long: Vec<String> = product().into_iter().map(|(file, _)| file).filter(|file| is_long(file)).collect();
    assert!(long.is_empty(), "over {MOST_LINES} lines: {}", long.join(", "));
}

#[test]
fn nothing_is_left_for_later() {
    // What `migrate --add-todo` writes is the product's.
    let found = lines(|_, line| {
        let line = line.replace("TODO(wsupgrade)", "");
        ["TODO", "FIXME", "XXX", "todo!", "unimplemented!"].iter().any(|word| line.contains(word))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_panics_on_purpose() {
    let found = lines(|_, line| [".unwrap()", ".expect(", "panic!("].iter().any(|word| line.contains(word)));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_reports_are_printed() {
    let prints = |line: &str| ["println!", "eprintln!", "print!", "dbg!"].iter().any(|word| line.contains(word));
    let found = lines(|file, line| prints(line) && !PRINTERS.iter().any(|printer| file.starts_with(printer)));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_path_of_a_machine() {
    // In parts, so that this file is not one of the findings.
    let paths = [["/ho", "me/"], ["/ro", "ot/"], ["/wo", "rk/"], ["/Use", "rs/"], ["C:\\", "Users"], ["/tm", "p/"]]
        .map(|parts| parts.concat());
    let mut found = Vec::new();
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let top =
        top.map(|path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned()).filter(|name| name != ".git");
    let below =
        ["src", "rules", "tests", "docs", "benches", ".ci", ".github"].iter().flat_map(|directory| files(directory));
    for file in top.chain(below) {
        // What is not text is compiled Python, which git ignores.
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        found.extend(paths.iter().filter(|path| text.contains(*path)).map(|path| format!("{file}: {path}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
