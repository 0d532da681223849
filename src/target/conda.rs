//! `environment.yml`: the subset of YAML that such files are written in, line by line.

use super::Kind;
use super::document::{Document, FoundInMetadata, Rank, Reader, Written, is_websockets};
use super::range::Dialect;

/// Reads an `environment.yml`.
pub(super) fn environment(document: &Document, found: &mut FoundInMetadata) {
    if !document.mentions_websockets() {
        return;
    }
    let mut reader = Reader::new(document, found, Rank::Runtime);
    // How far the `- pip:` item is indented, while the lines below it are.
    let mut pip: Option<usize> = None;
    let (mut dependencies, mut offset) = (false, 0);
    for raw in document.text.split_inclusive('\n') {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end();
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let Some(item) = trimmed.strip_prefix('-') else {
            if indent == 0 {
                dependencies = trimmed.starts_with("dependencies:");
                pip = None;
            }
            continue;
        };
        pip = pip.filter(|pip| indent > *pip);
        let item = item.find(" #").and_then(|comment| item.get(..comment)).unwrap_or(item).trim_end();
        let text = item.trim_start();
        let at = start + indent + 1 + item.len() - text.len();
        let (text, at) = unquote(text, at);
        if !dependencies {
            continue;
        }
        if text == "pip:" {
            pip = Some(indent);
        } else if pip.is_some() {
            reader.requirement(text, at, true);
        } else {
            matched(&mut reader, text, at);
        }
    }
}

fn unquote(text: &str, at: usize) -> (&str, usize) {
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.map_or((text, at), |inner| (inner, at + 1))
}

/// A match specification: `channel::name`, then a version with or without a space or an operator.
fn matched(reader: &mut Reader, text: &str, offset: usize) {
    let name_at = text.rfind("::").map_or(0, |at| at + 2);
    let Some(rest) = text.get(name_at..) else { return };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(rest.len());
    let (name, version) = rest.split_at(end);
    if !is_websockets(name) {
        return;
    }
    let specifier = version.trim();
    let start = offset + name_at + end + (version.len() - version.trim_start().len());
    let range = start..start + specifier.len();
    let place = offset..offset + text.len();
    let written = Written { shown: text, specifier, range, place, literal: true, kind: Kind::Conda, marked: false };
    reader.declare(written, Dialect::Conda);
}
