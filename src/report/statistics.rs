//! Counts for each rule and each directory, most frequent first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::report::View;
use crate::report::gate::{Escape, Gate};
use crate::run::session::FileFindings;
use crate::text::printable::printable;

/// The findings of one rule.
#[derive(Debug, Serialize)]
pub struct Count {
    /// The code of the rule.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How many there are.
    pub count: usize,
    /// Whether all of them are fixed by the options at hand.
    pub fixable: bool,
    /// How many of them are.
    pub fixable_count: usize,
    /// How many there are in the files of each directory.
    pub directories: BTreeMap<String, usize>,
}

/// Counts for each rule.
pub fn by_rule(files: &[FileFindings], view: &View) -> Vec<Count> {
    let mut counts = BTreeMap::<_, Count>::new();
    for file in files {
        let directory = directory(file, view);
        for finding in &file.findings {
            let (code, name) = (finding.code(), finding.name());
            let new = || Count { code, name, count: 0, fixable: false, fixable_count: 0, directories: BTreeMap::new() };
            let count = counts.entry(code).or_insert_with(new);
            count.count += 1;
            count.fixable_count += usize::from(view.is_fixable(finding));
            count.fixable = count.fixable_count == count.count;
            *count.directories.entry(directory.clone()).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_by_key(|entry| Reverse(entry.count));
    counts
}

/// Two tables: the rules, with `[*]` where all are fixable and `[-]` where some are; and the directories.
///
/// # Errors
/// When `out` cannot be written to.
pub fn table(files: &[FileFindings], view: &View, out: &mut dyn Write) -> io::Result<()> {
    let counts = by_rule(files, view);
    let mut directories = BTreeMap::<&str, usize>::new();
    for (directory, count) in counts.iter().flat_map(|entry| &entry.directories) {
        *directories.entry(directory).or_default() += count;
    }
    let mut directories: Vec<_> = directories.into_iter().collect();
    directories.sort_by_key(|(_, count)| Reverse(*count));
    let most = counts.iter().map(|entry| entry.count).chain(directories.iter().map(|(_, count)| *count)).max();
    let width = most.unwrap_or_default().to_string().len();
    let codes = counts.iter().map(|entry| entry.code.len()).max().unwrap_or_default();
    for Count { code, name, count, fixable, fixable_count, .. } in &counts {
        let mark = match (fixable, fixable_count) {
            (true, _) => "[*]",
            (false, 0) => "[ ]",
            (false, _) => "[-]",
        };
        writeln!(out, "{count:>width$}  {code:codes$}  {mark} {name}")?;
    }
    if !directories.is_empty() {
        writeln!(out)?;
    }
    for (directory, count) in directories {
        writeln!(out, "{count:>width$}  {}", printable(directory))?;
    }
    Ok(())
}

/// The same for programs: a list of objects, with all that Ruff's have.
///
/// # Errors
/// When `out` cannot be written to.
pub fn json(files: &[FileFindings], view: &View, out: &mut dyn Write) -> io::Result<()> {
    let out = &mut Gate::new(out, Escape::Json);
    serde_json::to_writer_pretty(&mut *out, &by_rule(files, view))?;
    writeln!(out)?;
    out.flush()
}

fn directory(file: &FileFindings, view: &View) -> String {
    let path = view.portable(file.source.path());
    let parent = Path::new(&path).parent().map(|parent| parent.to_string_lossy().into_owned());
    parent.filter(|parent| !parent.is_empty()).unwrap_or_else(|| ".".to_owned())
}
