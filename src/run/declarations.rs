//! The project's metadata, judged by the code that it applies to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::lint::check;
use crate::lint::rule::{Finding, Rule};
use crate::lint::usage::{File, Usage};
use crate::run::entry::Entry;
use crate::target::{Declaration, Declared, Targets};

/// The findings about what one metadata file declares.
#[derive(Debug)]
pub(crate) struct Judged {
    /// As evidence names it.
    pub(crate) path: PathBuf,
    /// In the order of the text.
    pub(crate) findings: Vec<Finding>,
}

/// Judges every metadata file that applies to some of the code, once, by the code that was asked for. `around` are
/// files that the rest of the project imports on some versions only.
pub(crate) fn judge(entries: &[Entry], rules: &[&'static Rule], around: &[String], targets: &Targets) -> Vec<Judged> {
    let chosen = entries.iter().flat_map(|entry| &entry.checked.usage.chosen).chain(around).cloned();
    let chosen: Vec<String> = chosen.collect();
    // By file and place: one declaration can apply to many files of code.
    let mut applied: BTreeMap<(PathBuf, usize, usize), (Declaration, Vec<File>)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.checked.usage.uses_library) {
        let asked = entry.asked.as_deref();
        let file = File { path: entry.source.path(), facts: &entry.checked.usage, asked };
        for declaration in &targets.declared(&entry.source).declarations {
            let (path, range) = (declaration.evidence.path.clone(), declaration.range);
            let place = (path, range.start().to_usize(), range.end().to_usize());
            applied.entry(place).or_insert_with(|| (declaration.clone(), Vec::new())).1.push(file);
        }
    }
    let selected = |rule: &Rule| rules.iter().any(|on| on.meta.code == rule.meta.code);
    let mut judged: Vec<Judged> = Vec::new();
    for ((path, ..), (declaration, files)) in applied {
        let findings = check::check_declaration(&declaration, &Usage::link(&files, &chosen), &selected);
        match judged.last_mut().filter(|last| last.path == path) {
            Some(last) => last.findings.extend(findings),
            None => judged.push(Judged { path, findings }),
        }
    }
    judged
}

/// What was locked before a declaration moved away from it, and how it follows.
pub(crate) fn stale_locks(entries: &[Entry], targets: &Targets) -> BTreeSet<(PathBuf, String)> {
    let code = entries.iter().filter(|entry| entry.checked.usage.uses_library);
    let declared: Vec<Arc<Declared>> = code.map(|entry| targets.declared(&entry.source)).collect();
    let locks = declared.iter().flat_map(|declared| &declared.declarations).filter(|lock| lock.is_locked());
    let stale = locks.filter(|lock| lock.own.and(&lock.together).side().is_none());
    stale
        .map(|Declaration { evidence, together, .. }| {
            let update = match evidence.path.file_name().and_then(|name| name.to_str()) {
                Some("uv.lock") => "`uv lock`",
                Some("poetry.lock") => "`poetry lock`",
                Some("pdm.lock") => "`pdm lock`",
                Some("Pipfile.lock") => "`pipenv lock`",
                _ => "the tool that wrote it",
            };
            let (line, text) = (evidence.line, &evidence.text);
            let message =
                format!("{line}: {text}, but `websockets{together}` is declared now. Update it with {update}.");
            (evidence.path.clone(), message)
        })
        .collect()
}
