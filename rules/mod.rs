//! The rules: `rules/<family>/<rule>.rs`, one file each. The registry is written by the build script from these files.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
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

/// What a file must have in it to be worth parsing: a trigger of some rule.
static TRIGGERS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words: BTreeSet<&str> = RULES.iter().flat_map(|rule| rule.meta.triggers).copied().collect();
    AhoCorasick::new(words).ok()
});

/// Whether a file can matter to any rule. Called on every file of the tree, before anything is decoded or parsed. A file that
/// names the library is always parsed, if only to say that it has a syntax error.
pub fn can_matter(bytes: &[u8]) -> bool {
    static LIBRARY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("websockets"));
    mentions_websockets(bytes)
        && (LIBRARY.find(bytes).is_some() || TRIGGERS.as_ref().is_none_or(|triggers| triggers.is_match(bytes)))
}
