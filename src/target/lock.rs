//! Lock files: the exact version of websockets in them. They are long, so they are searched and not parsed.

use pep440_rs::Version;

use super::Kind;
use super::document::{Document, FoundInMetadata, Rank, Reader, Written, is_websockets};
use super::range::Dialect;

/// Reads `poetry.lock`, `uv.lock`, `pdm.lock` or `pylock.toml`: a table for each package, its name and version on lines of their
/// own.
pub(super) fn toml(document: &Document, found: &mut FoundInMetadata) {
    if !document.mentions_websockets() {
        return;
    }
    let (mut inside, mut named, mut offset) = (false, false, 0);
    let mut reader = Reader::new(document, found, Rank::Lock);
    for raw in document.text.split_inclusive('\n') {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end();
        if line.starts_with('[') {
            (inside, named) = (matches!(line, "[[package]]" | "[[packages]]"), false);
        } else if let (true, Some(name)) = (inside, string(line, "name")) {
            named = is_websockets(name);
        } else if let (true, Some(version)) = (named, string(line, "version")) {
            let at = start + line.find(version).unwrap_or(0);
            pinned(&mut reader, version, at);
        }
    }
}

/// The string that a line gives to `key`.
fn string<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
}

/// Reads `Pipfile.lock`, which pipenv writes as JSON with a key on each line.
pub(super) fn pipfile(document: &Document, found: &mut FoundInMetadata) {
    if !document.mentions_websockets() {
        return;
    }
    let mut offset = 0;
    let mut closing: Option<&str> = None;
    let mut reader = Reader::new(document, found, Rank::Lock);
    for raw in document.text.split_inclusive('\n') {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end().trim_end_matches(',');
        let trimmed = line.trim_start();
        let indent = line.get(..line.len() - trimmed.len()).unwrap_or_default();
        if trimmed == "\"websockets\": {" {
            closing = Some(indent);
        } else if closing == Some(indent) && trimmed == "}" {
            closing = None;
        } else if closing.is_some()
            && let Some(version) = trimmed.strip_prefix("\"version\": \"==").and_then(|rest| rest.strip_suffix('"'))
        {
            pinned(&mut reader, version, start + line.len() - 1 - version.len());
        }
    }
}

fn pinned(reader: &mut Reader, version: &str, at: usize) {
    // Only what is a version: a lock file of a newer format is no reason to complain about the project.
    if version.parse::<Version>().is_err() {
        return;
    }
    let shown = format!("{version} locked");
    let specifier = format!("=={version}");
    let range = at..at + version.len();
    let (place, kind) = (range.clone(), Kind::Lock);
    reader.declare(
        Written { shown: &shown, specifier: &specifier, range, place, literal: true, kind, marked: true },
        Dialect::Pep440,
    );
}
