//! The order of the layers: each uses only those before it. `src/lib.rs` says what they are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::product;

/// From the bottom to the top.
const ORDER: &[&str] =
    &["text", "syntax", "python", "project", "websockets", "target", "lint", "fixes", "rules", "run", "report", "cli"];

/// Files that use a layer above their own, and which. The list may only become shorter: an exception that nobody needs any more
/// fails too.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("src/project/files.rs", "lint"),
    ("src/project/files.rs", "run"),
    ("src/project/mod.rs", "run"),
    ("src/python/handlers.rs", "websockets"),
    ("src/python/mod.rs", "project"),
    ("src/python/mod.rs", "run"),
    ("src/python/mod.rs", "websockets"),
    ("src/python/references.rs", "websockets"),
];

/// Names that several public types have. The list may only become shorter.
const SHARED_NAMES: &[&str] = &["Read", "Role", "Selection"];

fn height(layer: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == layer)
}

/// The layer of a file; `None` for those at the root.
fn layer(file: &str) -> Option<&str> {
    match file.split('/').collect::<Vec<_>>()[..] {
        ["rules", ..] => Some("rules"),
        ["src", layer, _, ..] => Some(layer),
        _ => None,
    }
}

/// The layers that code names: `crate::text::edit`, `use crate::{text, syntax}`.
fn named(code: &str) -> BTreeSet<&str> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut found = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, path) in line.match_indices("crate::") {
            let rest = &line[at + path.len()..];
            let several = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
            for one in several.unwrap_or(rest).split(',').take(if several.is_some() { usize::MAX } else { 1 }) {
                let one = one.trim_start();
                found.insert(&one[..one.find(|character| !is_word(character)).unwrap_or(one.len())]);
            }
        }
    }
    found
}

#[test]
fn every_file_is_in_a_layer() {
    let rooted = ["src/lib.rs", "src/main.rs"];
    for (file, _) in product() {
        let known = layer(&file).is_some_and(|layer| height(layer).is_some());
        assert!(known || rooted.contains(&file.as_str()), "{file} is in no layer");
    }
}

#[test]
fn no_layer_uses_one_above_it() {
    let mut upwards = BTreeSet::new();
    for (file, code) in product() {
        let Some(own) = layer(&file).and_then(height) else { continue };
        for other in named(&code) {
            if height(other).is_some_and(|other| other > own) {
                upwards.insert((file.clone(), other.to_owned()));
            }
        }
    }
    let known: BTreeSet<(String, String)> =
        EXCEPTIONS.iter().map(|(file, layer)| ((*file).to_owned(), (*layer).to_owned())).collect();
    let new: Vec<_> = upwards.difference(&known).collect();
    assert!(new.is_empty(), "these use a layer above their own: {new:#?}");
    let stale: Vec<_> = known.difference(&upwards).collect();
    assert!(stale.is_empty(), "these exceptions are not needed any more: {stale:#?}");
}

#[test]
fn a_type_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, code) in product() {
        for line in code.lines() {
            let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with("//")).collect();
            let kinds = ["struct", "enum", "trait", "type"];
            let ["pub" | "pub(crate)" | "pub(super)", kind, name] = words[..words.len().min(3)] else { continue };
            if kinds.contains(&kind) {
                let end = name.find(|character: char| !character.is_alphanumeric()).unwrap_or(name.len());
                places.entry(name[..end].to_owned()).or_default().push(file.clone());
            }
        }
    }
    let shared: Vec<_> =
        places.iter().filter(|(name, files)| files.len() > 1 && !SHARED_NAMES.contains(&name.as_str())).collect();
    assert!(shared.is_empty(), "several public types have one name: {shared:#?}");
    for name in SHARED_NAMES {
        assert!(places.get(*name).is_some_and(|files| files.len() > 1), "`{name}` is not shared any more");
    }
}

/// The engine owns what a target means: a rule that asks for the old side repeats the policy.
#[test]
fn no_rule_repeats_the_policy_for_targets() {
    let repeats = product().into_iter().filter(|(_, code)| code.contains("Side::Legacy"));
    let repeats = repeats.filter(|(file, _)| matches!(layer(file), Some("rules" | "fixes")));
    assert_eq!(repeats.map(|(file, _)| file).collect::<Vec<_>>(), Vec::<String>::new());
}
