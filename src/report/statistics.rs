//! Counts for each rule, most frequent first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::report::View;
use crate::run::FileFindings;

#[derive(Serialize)]
struct Count<'a> {
    code: &'a str,
    name: &'a str,
    count: usize,
    fixable: bool,
    fixable_count: usize,
}

fn counts(files: &[FileFindings], view: &View) -> Vec<Count<'static>> {
    let mut counts = BTreeMap::<_, (usize, usize)>::new();
    for finding in files.iter().flat_map(|file| &file.findings) {
        let (count, fixable) = counts.entry((finding.code(), finding.name())).or_default();
        *count += 1;
        *fixable += usize::from(view.is_fixable(finding));
    }
    let counts = counts.into_iter().map(|((code, name), (count, fixable_count))| {
        let fixable = fixable_count == count;
        Count { code, name, count, fixable, fixable_count }
    });
    let mut counts: Vec<_> = counts.collect();
    counts.sort_by_key(|entry| std::cmp::Reverse(entry.count));
    counts
}

/// A table; `[*]` where all are fixable, `[-]` where some are.
///
/// # Errors
/// When `out` cannot be written to.
pub fn table(files: &[FileFindings], view: &View, out: &mut dyn Write) -> io::Result<()> {
    let counts = counts(files, view);
    let width = counts.first().map_or(0, |entry| entry.count.to_string().len());
    let codes = counts.iter().map(|entry| entry.code.len()).max().unwrap_or_default();
    for Count { code, name, count, fixable, fixable_count } in counts {
        let mark = match (fixable, fixable_count) {
            (true, _) => "[*]",
            (false, 0) => "[ ]",
            (false, _) => "[-]",
        };
        writeln!(out, "{count:>width$}  {code:codes$}  {mark} {name}")?;
    }
    Ok(())
}

/// The same for programs, as Ruff has it.
///
/// # Errors
/// When `out` cannot be written to.
pub fn json(files: &[FileFindings], view: &View, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &counts(files, view))?;
    writeln!(out)
}
