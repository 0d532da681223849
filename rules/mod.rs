//! The rules: `rules/<family>/<rule>.rs`, one file each. The registry is written by the build script from these files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;

use crate::rule::{Check, Rule};
use crate::source::mentions_websockets;

include!(concat!(env!("OUT_DIR"), "/registry.rs"));

/// The rule with this code (`WS101`) or name (`extra-headers`), however it is capitalised.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.meta.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name))
}

/// The triggers of all rules, found in one pass over a text.
struct Triggers {
    search: AhoCorasick,
    /// By the number of the word: the places of its rules in the registry.
    rules: Vec<Vec<usize>>,
}

static TRIGGERS: LazyLock<Option<Triggers>> = LazyLock::new(|| {
    let mut words: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, rule) in RULES.iter().enumerate() {
        rule.meta.triggers.iter().for_each(|word| words.entry(word).or_default().push(index));
    }
    let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words.keys()).ok()?;
    Some(Triggers { search, rules: words.into_values().collect() })
});

/// Whether a file can matter to any rule. Called on every file of the tree, before anything is decoded or parsed. A file that
/// names the library is always parsed, if only to say that it has a syntax error.
pub fn can_matter(bytes: &[u8]) -> bool {
    static LIBRARY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("websockets"));
    mentions_websockets(bytes)
        && (LIBRARY.find(bytes).is_some() || TRIGGERS.as_ref().is_none_or(|triggers| triggers.search.is_match(bytes)))
}

/// The rules one of whose triggers is in `text`.
pub fn triggered(text: &str) -> impl Iterator<Item = &'static Rule> {
    let mut found = vec![TRIGGERS.is_none(); RULES.len()];
    if let Some(Triggers { search, rules }) = &*TRIGGERS {
        let mut seen = vec![false; rules.len()];
        for word in search.find_overlapping_iter(text).map(|found| found.pattern().as_usize()) {
            if !std::mem::replace(&mut seen[word], true) {
                rules[word].iter().for_each(|rule| found[*rule] = true);
            }
        }
    }
    RULES.iter().zip(found).filter_map(|(rule, found)| found.then_some(rule))
}
