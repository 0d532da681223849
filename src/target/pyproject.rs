//! What is written in TOML: `pyproject.toml`, `Pipfile`, and the inline metadata of a script (PEP 723).

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, Files, FoundInMetadata, Rank, Reader, Written, is_websockets};
use super::range::Dialect;
use super::{Kind, requirements};

type Value<'a> = Spanned<DeValue<'a>>;

/// Reads a `pyproject.toml` in `directory`.
pub(super) fn pyproject(document: &Document, directory: &Path, files: &Files, found: &mut FoundInMetadata) {
    let dynamic = document.text.contains("setuptools.dynamic") && document.text.contains("file");
    if !document.mentions_websockets() && !dynamic {
        return;
    }
    let mut reader = Reader::new(document, found, Rank::Runtime);
    let Some(root) = parse(&mut reader) else { return };

    if let Some(list) = get(&root, &["project", "dependencies"]) {
        requirement_list(&mut reader, list);
    }
    let dynamic_table = table(&root, &["tool", "setuptools", "dynamic"]);
    if let Some(list) = dynamic_table.and_then(|dynamic| get(dynamic, &["dependencies", "file"])) {
        requirement_files(&mut reader, list, directory, files);
    }
    reader.source(Rank::Extra);
    for (extra, list) in entries(&root, &["project", "optional-dependencies"]) {
        reader.environment(Rank::of_name(extra, Rank::Extra));
        requirement_list(&mut reader, list);
    }
    for (extra, value) in dynamic_table.map(|dynamic| entries(dynamic, &["optional-dependencies"])).unwrap_or_default()
    {
        reader.environment(Rank::of_name(extra, Rank::Extra));
        if let Some(list) = value.get_ref().as_table().and_then(|table| table.get("file")) {
            requirement_files(&mut reader, list, directory, files);
        }
    }
    // An `include-group` needs no following: every group is read where it stands.
    for group in [&["dependency-groups"][..], &["tool", "pdm", "dev-dependencies"]] {
        reader.source(Rank::Development);
        for (_, list) in entries(&root, group) {
            reader.environment(Rank::Development);
            requirement_list(&mut reader, list);
        }
    }
    if let Some(list) = get(&root, &["tool", "uv", "dev-dependencies"]) {
        reader.source(Rank::Development);
        requirement_list(&mut reader, list);
    }
    reader.source(Rank::Development);
    for (_, environment) in entries(&root, &["tool", "hatch", "envs"]) {
        reader.environment(Rank::Development);
        for key in ["dependencies", "extra-dependencies"] {
            if let Some(list) = environment.get_ref().as_table().and_then(|table| table.get(key)) {
                requirement_list(&mut reader, list);
            }
        }
    }
    for key in ["override-dependencies", "constraint-dependencies"] {
        reader.source(Rank::Constraint);
        if let Some(list) = get(&root, &["tool", "uv", key]) {
            requirement_list(&mut reader, list);
        }
    }
    poetry(&mut reader, &root);
}

fn poetry(reader: &mut Reader, root: &DeTable) {
    reader.source(Rank::Runtime);
    dependency_table(reader, root, &["tool", "poetry", "dependencies"], Dialect::Poetry);
    reader.source(Rank::Development);
    dependency_table(reader, root, &["tool", "poetry", "dev-dependencies"], Dialect::Poetry);
    for (name, group) in entries(root, &["tool", "poetry", "group"]) {
        let rank = if name == "main" { Rank::Runtime } else { Rank::Development };
        reader.environment(rank);
        if let Some(group) = group.get_ref().as_table() {
            dependency_table(reader, group, &["dependencies"], Dialect::Poetry);
        }
    }
}

/// Reads a `Pipfile`.
pub(super) fn pipfile(document: &Document, found: &mut FoundInMetadata) {
    if !document.mentions_websockets() {
        return;
    }
    let mut reader = Reader::new(document, found, Rank::Runtime);
    let Some(root) = parse(&mut reader) else { return };
    dependency_table(&mut reader, &root, &["packages"], Dialect::Pep440);
    reader.source(Rank::Development);
    dependency_table(&mut reader, &root, &["dev-packages"], Dialect::Pep440);
}

/// Reads the inline metadata of a script. Whether it lists dependencies at all.
pub(super) fn script(document: &Document, found: &mut FoundInMetadata) -> bool {
    let mut reader = Reader::new(document, found, Rank::Runtime);
    let Some(root) = parse(&mut reader) else { return false };
    let Some(list) = root.get("dependencies") else { return false };
    requirement_list(&mut reader, list);
    true
}

fn parse<'a>(reader: &mut Reader<'a>) -> Option<DeTable<'a>> {
    let text = reader.document.text.strip_prefix('\u{feff}').unwrap_or(&reader.document.text);
    match DeTable::parse(text) {
        Ok(root) => Some(root.into_inner()),
        Err(error) => {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            reader.problem(error.span().map_or(0, |span| span.start), format!("not valid TOML: {message}"));
            None
        }
    }
}

/// Python's tools ignore a byte order mark; the parser's spans do not count it.
fn mark(document: &Document) -> usize {
    if document.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

fn get<'t, 'a>(table: &'t DeTable<'a>, path: &[&str]) -> Option<&'t Value<'a>> {
    let (last, tables) = path.split_last()?;
    let mut at = table;
    for name in tables {
        at = at.get(*name)?.get_ref().as_table()?;
    }
    at.get(*last)
}

fn table<'t, 'a>(root: &'t DeTable<'a>, path: &[&str]) -> Option<&'t DeTable<'a>> {
    get(root, path)?.get_ref().as_table()
}

/// The entries of a table in the order in which they are written.
fn entries<'t, 'a>(root: &'t DeTable<'a>, path: &[&str]) -> Vec<(&'t str, &'t Value<'a>)> {
    let Some(table) = table(root, path) else { return Vec::new() };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter().map(|(key, value)| (key.get_ref().as_ref(), value)).collect()
}

fn requirement_list(reader: &mut Reader, list: &Value) {
    for item in list.get_ref().as_array().into_iter().flat_map(|list| list.iter()) {
        if let Some(text) = item.get_ref().as_str() {
            let (offset, literal) = content(reader.document, item, text);
            reader.requirement(text, offset, literal);
        }
    }
}

fn requirement_files(reader: &mut Reader, named: &Value, directory: &Path, files: &Files) {
    let list = named.get_ref().as_array().into_iter().flat_map(|list| list.iter());
    for name in std::iter::once(named).chain(list).filter_map(|name| name.get_ref().as_str()) {
        requirements::include(reader, &directory.join(name), files);
    }
}

/// Where the content of a string starts, and whether it stands there letter by letter.
fn content(document: &Document, value: &Value, text: &str) -> (usize, bool) {
    let (start, end) = (value.span().start + mark(document), value.span().end + mark(document));
    let written = document.text.get(start..end).unwrap_or_default();
    match written.find(text) {
        Some(at) => (start + at, true),
        None => (start, false),
    }
}

/// A table with a key for each distribution.
fn dependency_table(reader: &mut Reader, root: &DeTable, path: &[&str], dialect: Dialect) {
    for (name, value) in entries(root, path) {
        if !is_websockets(name) {
            continue;
        }
        match value.get_ref() {
            DeValue::Array(alternatives) => {
                for alternative in alternatives {
                    dependency(reader, name, alternative, dialect);
                }
            }
            _ => dependency(reader, name, value, dialect),
        }
    }
}

fn dependency(reader: &mut Reader, name: &str, value: &Value, dialect: Dialect) {
    let mut version = value;
    let mut marked = false;
    let mut kind = Kind::Table;
    if let Some(table) = value.get_ref().as_table() {
        marked = ["python", "platform", "markers", "sys_platform"].iter().any(|key| table.contains_key(*key));
        let optional = table.get("optional").and_then(|optional| optional.get_ref().as_bool()).unwrap_or(false);
        if optional && reader.rank == Rank::Runtime {
            reader.source(Rank::Extra);
        }
        let elsewhere = ["git", "url", "path", "file"].iter().find_map(|key| table.get(*key));
        match (table.get("version"), elsewhere) {
            (_, Some(elsewhere)) => (version, kind) = (elsewhere, Kind::Unknown),
            (Some(declared), None) => version = declared,
            (None, None) => {}
        }
    }
    let text = version.get_ref().as_str().unwrap_or_default();
    let (offset, literal) = content(reader.document, version, text);
    let literal = literal && version.get_ref().is_str();
    let range = offset..offset + if literal { text.len() } else { 0 };
    let shown = format!("{name} = \"{text}\"");
    let place = range.clone();
    reader.declare(Written { shown: &shown, specifier: text, range, place, literal, kind, marked }, dialect);
}
