//! The specification of the semantic model: small programs in `tests/semantic/*.md`, one situation each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::settled;
use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;
use wsupgrade::lint::rule::Finding;
use wsupgrade::project::Project;
use wsupgrade::python::Model;
use wsupgrade::syntax::tree::Tree;
use wsupgrade::target::Target;
use wsupgrade::text::source::Source;

/// Expression statements in the order of the text.
struct Statements<'a>(Vec<&'a Expr>);

impl<'a> Visitor<'a> for Statements<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Expr(expr) = stmt {
            self.0.push(&expr.value);
        }
        walk_stmt(self, stmt);
    }
}

/// `(line, expected, found)` for every marked line of a program.
fn marked_lines(source: &Arc<Source>) -> Vec<(usize, String, String)> {
    let project = Project::default();
    let tree = project.tree_of(source);
    assert!(tree.parsed().errors().is_empty(), "{}: {:?}", source.path().display(), tree.parsed().errors());
    // What the project says is known once it was asked.
    let mut found = origins(source, &tree, &project);
    while project.answer(1) {
        found = origins(source, &tree, &project);
    }
    found
}

fn origins(source: &Source, tree: &Tree, project: &Project) -> Vec<(usize, String, String)> {
    let model = Model::new(tree, project);
    let mut statements = Statements(Vec::new());
    statements.visit_body(&tree.module().body);
    let mut found = Vec::new();
    for (index, line) in source.text().lines().enumerate() {
        let Some((_, expected)) = line.split_once("  #: ") else { continue };
        let expr = statements.0.iter().find(|expr| source.position(expr.start()).row == index + 1);
        let expr = expr.unwrap_or_else(|| panic!("line {} of {} is no expression", index + 1, source.path().display()));
        found.push((index + 1, expected.trim().to_owned(), model.origin(expr).to_string()));
    }
    found
}

fn fences(section: &str) -> Vec<(Option<&str>, String)> {
    section
        .split("```python")
        .skip(1)
        .map(|part| {
            let (info, rest) = part.split_once('\n').expect("a fence has lines");
            let code = rest.split("```").next().unwrap_or_default();
            (Some(info.trim()).filter(|name| !name.is_empty()), code.to_owned())
        })
        .collect()
}

fn check_specification(text: &str, write: impl Fn(&str, &[(Option<&str>, String)]) -> Vec<Arc<Source>>) {
    let mut wrong = Vec::new();
    let mut marks = 0;
    for section in text.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        for source in write(title, &fences(section)) {
            for (line, expected, found) in marked_lines(&source) {
                marks += 1;
                if expected != found {
                    wrong.push(format!("{title}, line {line}: expected {expected}, found {found}"));
                }
            }
        }
    }
    assert!(marks > 0, "no marked line was found");
    assert!(wrong.is_empty(), "{} of {marks} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn within_a_file() {
    check_specification(include_str!("../semantic/within_a_file.md"), |_, programs| {
        let one = |(_, code): &(Option<&str>, String)| Source::new(PathBuf::from("/nowhere/program.py"), code.clone());
        programs.iter().map(one).collect()
    });
}

/// Writes the files of a section into a repository of their own; a file without a name is `program.py`.
fn written(root: &Path, title: &str, files: &[(Option<&str>, String)]) -> Vec<Arc<Source>> {
    let root = root.join(title.replace(|c: char| !c.is_alphanumeric(), "_"));
    std::fs::create_dir_all(root.join(".git")).expect("writable");
    let write = |(name, code): &(Option<&str>, String)| {
        let path = root.join(name.unwrap_or("program.py"));
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("writable");
        std::fs::write(&path, code).expect("writable");
        Source::new(path, code.clone())
    };
    files.iter().map(write).collect()
}

#[test]
fn across_files() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let write = |title: &str, files: &[(Option<&str>, String)]| written(root.path(), title, files);
    check_specification(include_str!("../semantic/across_files.md"), write);
}

/// Lines of a file with the codes that its comments `#! ...` expect there, and with those that the rules find.
fn findings(source: &Arc<Source>) -> [Vec<(usize, String)>; 2] {
    let marks = source.text().lines().enumerate();
    let expected = marks.filter_map(|(index, line)| Some((index + 1, line.split_once("#! ")?.1.trim().to_owned())));
    let checked = settled(source, &Project::default(), &Target::default(), &|_| true);
    let row = |finding: &Finding| {
        (source.position(finding.range.start()).row, finding.rule.map_or("", |rule| rule.meta.code).to_owned())
    };
    let mut found: Vec<_> = checked.findings.iter().map(row).collect();
    found.sort();
    [expected.collect(), found]
}

/// Every program of a text is checked, and has exactly the findings that its comments `#! ...` expect.
fn check_findings(text: &str) {
    let root = tempfile::tempdir().expect("a temporary directory");
    let mut wrong = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        for source in written(root.path(), title, &fences(section)) {
            let [expected, found] = findings(&source);
            if expected != found {
                wrong.push(format!("{title}: expected {expected:?}, found {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn guards() {
    check_findings(include_str!("../semantic/guards.md"));
}

#[test]
fn traps() {
    let text = include_str!("../semantic/traps.md");
    assert!(!text.contains("#!"), "nothing is to be found");
    check_findings(text);
}
