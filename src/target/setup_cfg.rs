//! `setup.cfg`: the part of the format that setuptools has dependencies in.

use std::path::Path;

use super::document::{Document, Files, FoundInMetadata, Rank, Reader};
use super::requirements;

/// Reads a `setup.cfg` in `directory`.
pub(super) fn setup_cfg(document: &Document, directory: &Path, files: &Files, found: &mut FoundInMetadata) {
    if !document.mentions_websockets() && !document.text.contains("file:") {
        return;
    }
    let mut runtime = Vec::new();
    let mut extras = Vec::new();
    for value in values(&document.text) {
        match (value.section, value.key) {
            ("options", "install_requires") => runtime.push(value),
            ("options", "tests_require") => extras.push((Rank::Development, value)),
            ("options.extras_require", extra) => extras.push((Rank::of_name(extra, Rank::Extra), value)),
            _ => {}
        }
    }
    let mut reader = Reader::new(document, found, Rank::Runtime);
    for value in runtime {
        requirement_lines(&mut reader, &value, directory, files);
    }
    reader.source(Rank::Extra);
    for (rank, value) in extras {
        reader.environment(rank);
        requirement_lines(&mut reader, &value, directory, files);
    }
}

/// The value of a key: its lines, each with its offset.
struct Entry<'a> {
    section: &'a str,
    key: &'a str,
    lines: Vec<(usize, &'a str)>,
}

fn values(text: &str) -> Vec<Entry<'_>> {
    let mut values: Vec<Entry> = Vec::new();
    let (mut section, mut offset) = ("", 0);
    for raw in text.split_inclusive('\n') {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end();
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if indent > 0 {
            if let Some(value) = values.last_mut() {
                value.lines.push((start + indent, trimmed));
            }
        } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.trim();
            // Indented lines below a header belong to no key.
            values.push(Entry { section, key: "", lines: Vec::new() });
        } else if let Some((key, value)) = line.split_once(['=', ':']) {
            let at = start + line.len() - value.trim_start().len();
            values.push(Entry { section, key: key.trim(), lines: vec![(at, value.trim())] });
        }
    }
    values
}

fn requirement_lines(reader: &mut Reader, value: &Entry, directory: &Path, files: &Files) {
    let first = value.lines.first().map(|(_, line)| *line).unwrap_or_default();
    if let Some(names) = first.strip_prefix("file:") {
        for name in names.split(',') {
            requirements::include(reader, &directory.join(name.trim()), files);
        }
        return;
    }
    // On one line setuptools splits at semicolons, which leaves no room for markers.
    let separator = if value.lines.len() == 1 { ';' } else { '\n' };
    for (start, line) in &value.lines {
        let mut offset = *start;
        for part in line.split(separator) {
            let text = part.find(" #").and_then(|comment| part.get(..comment)).unwrap_or(part);
            reader.requirement(text, offset, true);
            offset += part.len() + 1;
        }
    }
}
