//! The rules: `rules/<family>/<rule>.rs`, one file each. The registry is written by the build script from these files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;

use crate::lint::rule::{Check, Rule};
use crate::text::source::mentions_websockets;

include!(concat!(env!("OUT_DIR"), "/registry.rs"));

/// The rule with this code (`WS101`) or name (`extra-headers`), however it is capitalised.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.meta.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name))
}

/// The rules that are about a name of the library or a word of the upgrade, such as `extra_headers`, those that say it first foremost:
/// in their summary, in what makes them look, anywhere in their documentation.
pub fn about(word: &str) -> Vec<&'static Rule> {
    let word = word.trim().trim_start_matches("websockets.").trim_end_matches("()");
    if word.len() < 3 {
        return Vec::new();
    }
    let last = word.rsplit('.').next().unwrap_or(word);
    let says = |text: &str| {
        let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        text.match_indices(last).any(|(at, _)| {
            let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + last.len()..).unwrap_or_default());
            ends(before.chars().next_back()) && ends(after.chars().next())
        })
    };
    let rank = |rule: &Rule| {
        if says(rule.summary()) {
            Some(0)
        } else if rule.meta.triggers.iter().any(|trigger| trigger.trim_start_matches('.') == last) {
            Some(1)
        } else {
            says(rule.docs).then_some(2)
        }
    };
    let mut found: Vec<(i32, &Rule)> = RULES.iter().filter_map(|rule| Some((rank(rule)?, rule))).collect();
    found.sort_by_key(|(rank, rule)| (*rank, rule.meta.code));
    found.into_iter().map(|(_, rule)| rule).collect()
}

/// The triggers of all rules, found in one pass over a text.
struct Triggers {
    search: AhoCorasick,
    /// By number.
    words: Vec<&'static str>,
    /// By the number of the word: the places of its rules in the registry.
    rules: Vec<Vec<usize>>,
}

static TRIGGERS: LazyLock<Option<Triggers>> = LazyLock::new(|| Triggers::of(|_| true));

/// Those that say something in a file that does not name the library.
static RARE: LazyLock<Option<Triggers>> = LazyLock::new(|| Triggers::of(|word| !COMMON.contains(&word)));

impl Triggers {
    fn of(wanted: impl Fn(&str) -> bool) -> Option<Self> {
        let mut words: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (index, rule) in RULES.iter().enumerate() {
            let triggers = rule.meta.triggers.iter().filter(|word| wanted(word));
            triggers.for_each(|word| words.entry(word).or_default().push(index));
        }
        let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words.keys()).ok()?;
        let (words, rules) = words.into_iter().unzip();
        Some(Self { search, words, rules })
    }
}

/// Triggers that say nothing in a file that does not name the library: half of all files about WebSockets have one of them.
const COMMON: &[&str] = &[
    ", path",
    ".body",
    ".reader",
    ".response",
    ".send(",
    "Fake",
    "Mock",
    "Response",
    "async for",
    "broadcast",
    "create_connection",
    "filterwarnings",
    "getattr",
    "hasattr",
    "http11",
    "import *",
    "loop",
    "origins",
    "patch",
    "request_headers",
    "serve",
    "setattr",
    "simplefilter",
    "spec",
    "status_code",
    "timeout",
    "ws://",
    "wss://",
];

/// Parts of what connections and servers are called.
pub const CONNECTION_NAMES: &[&str] = &["ws", "sock", "conn", "client", "server", "protocol", "peer"];

/// What files say that have a part in a handshake and never name it: those that put routers together, and clients.
static BESIDES: LazyLock<[Finder<'static>; 5]> = LazyLock::new(|| {
    ["include_router(", "register_blueprint(", "flask_sock", "httpx_ws", "ws_connect("].map(Finder::new)
});

/// Whether a file can matter to any rule. Called on every file of the tree, before anything is decoded or parsed. A file that
/// names the library is always parsed, if only to say that it has a syntax error. One that does not may still get a connection
/// from another file, or call a function that passes its arguments on.
pub fn can_matter(bytes: &[u8]) -> bool {
    static LIBRARY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("websockets"));
    // A test that puts a fake in the place of the project's own function may not name the library at all.
    static HEADERS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("extra_headers"));
    if !mentions_websockets(bytes) && HEADERS.find(bytes).is_none() {
        return BESIDES.iter().any(|word| word.find(bytes).is_some());
    }
    let Some(Triggers { search, words, .. }) = &*RARE else { return true };
    LIBRARY.find(bytes).is_some()
        || search.find_overlapping_iter(bytes).any(|found| {
            let word = words.get(found.pattern().as_usize()).copied().unwrap_or_default();
            let is_name = word.strip_prefix('.').is_some_and(|name| name.bytes().all(is_part));
            !is_name || is_attribute(bytes, found.start(), found.end())
        })
}

/// Whether a name may have this byte.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the dot at `start` and the name behind it read an attribute of what is called like a connection or a server.
fn is_attribute(bytes: &[u8], start: usize, end: usize) -> bool {
    let (before, after) = (bytes.get(..start).unwrap_or_default(), bytes.get(end..).unwrap_or_default());
    let name = before.iter().rev().take_while(|byte| is_part(**byte)).count();
    let name = String::from_utf8_lossy(&before[before.len() - name..]).to_ascii_lowercase();
    let is_called_so = CONNECTION_NAMES.iter().any(|part| name.contains(part));
    let is_result = name.is_empty() && before.last().is_some_and(|byte| b")]".contains(byte));
    // The name ends where the trigger does: `.open`, but not `.opened`.
    !after.first().copied().is_some_and(is_part) && (is_called_so || is_result)
}

/// The rules one of whose triggers is in `text`.
pub fn triggered(text: &str) -> impl Iterator<Item = &'static Rule> {
    let mut found = vec![TRIGGERS.is_none(); RULES.len()];
    if let Some(Triggers { search, rules, .. }) = &*TRIGGERS {
        let mut seen = vec![false; rules.len()];
        for word in search.find_overlapping_iter(text).map(|found| found.pattern().as_usize()) {
            if !std::mem::replace(&mut seen[word], true) {
                rules[word].iter().for_each(|rule| found[*rule] = true);
            }
        }
    }
    RULES.iter().zip(found).filter_map(|(rule, found)| found.then_some(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_name_leads_to_its_rules() {
        let first = |word: &str| about(word).first().map(|rule| rule.meta.code);
        assert_eq!(first("extra_headers"), Some("WS101"));
        assert_eq!(first("websockets.exceptions.InvalidStatusCode"), Some("WS201"));
        assert_eq!(first("process_request"), Some("WS603"));
        assert_eq!(first("ws_handler"), Some("WS107"));
        assert_eq!(first("basic_auth_protocol_factory"), Some("WS605"));
        assert!(about("frobnicate").is_empty() && about("x").is_empty());
    }

    #[test]
    fn a_file_that_does_not_name_the_library_needs_more_than_a_common_word() {
        let matters = |line: &str| can_matter(format!("# a websocket\n{line}\n").as_bytes());
        assert!(matters("if self.client.ws.open: pass"));
        assert!(matters("if (await get())[0].closed: pass"));
        assert!(matters("open_ws(url, extra_headers=h)"));
        assert!(matters("except InvalidStatusCode: pass"));
        assert!(matters("@app.websocket('/ws')"));
        assert!(!matters("os.path.join(a, b)"));
        assert!(!matters("if response.status_code == 200: pass"));
        assert!(!matters("session.get(url, timeout=5)"));
        assert!(!matters("ws.opened = True"));
        assert!(can_matter(b"import websockets"), "whoever names the library matters");
    }
}
