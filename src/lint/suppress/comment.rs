//! The words of a suppression comment: `# noqa: WS101` and `# wsupgrade: ignore[WS101]`.

use ruff_text_size::{TextRange, TextSize};

use crate::lint::registry;
use crate::lint::rule::Rule;
use crate::lint::select::nearest;

/// One instruction of a comment. A comment can have several, each behind a `#` of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// From its `#` to its last byte, blanks after it not included.
    pub range: TextRange,
    /// Whether it is a `noqa`, which other tools read as well.
    pub is_noqa: bool,
    /// Whether it speaks for the whole file.
    pub is_for_file: bool,
    /// What it names; empty where it means every rule.
    pub codes: Vec<SuppressedCode>,
}

/// A code or a name of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressedCode {
    /// Where it is.
    pub range: TextRange,
    /// The code of the rule; `None` for another tool's.
    pub rule: Option<&'static str>,
}

impl Directive {
    /// Whether it speaks about a rule with this code.
    pub fn names(&self, code: &str) -> bool {
        self.codes.is_empty() || self.codes.iter().any(|named| named.rule == Some(code))
    }
}

/// Something that looks like an instruction and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is.
    pub at: TextSize,
    /// What is wrong with it, and what to write.
    pub message: String,
}

/// Reads the comment `text`, which starts at `offset`.
pub fn parse(text: &str, offset: TextSize) -> (Vec<Directive>, Vec<Mistake>) {
    let (mut directives, mut mistakes) = (Vec::new(), Vec::new());
    let starts: Vec<usize> = memchr::memchr_iter(b'#', text.as_bytes()).collect();
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(text.len());
        let segment = text.get(*start..end).unwrap_or_default().trim_end();
        let mut words = Words { text: segment, at: 1, offset: offset + size(*start) };
        words.skip(char::is_whitespace);
        let whole = TextRange::at(words.offset, size(segment.len()));
        if words.eat("noqa") && !words.continues() {
            directives.extend(noqa(&mut words, whole, &mut mistakes));
        } else if words.eat("wsupgrade") && words.eat(":") {
            directives.extend(own(&mut words, whole, &mut mistakes));
        }
    }
    (directives, mistakes)
}

/// Behind `noqa`: nothing, or a colon and codes. A colon without any code is a remark.
fn noqa(words: &mut Words, range: TextRange, mistakes: &mut Vec<Mistake>) -> Option<Directive> {
    words.skip(char::is_whitespace);
    let mut codes = Vec::new();
    if words.eat(":") {
        loop {
            words.skip(|c| c.is_whitespace() || c == ',');
            let before = words.at;
            let (word, range) = words.word();
            match registry::find(word) {
                Some(rule) => codes.push(SuppressedCode { range, rule: Some(rule.meta.code) }),
                None if is_code(word) => {
                    if word.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("WS")) {
                        mistakes.push(unknown(word, range));
                    }
                    codes.push(SuppressedCode { range, rule: None });
                }
                None => {
                    words.at = before;
                    break;
                }
            }
        }
        if codes.is_empty() {
            return None;
        }
    }
    Some(Directive { range, is_noqa: true, is_for_file: false, codes })
}

/// Behind `wsupgrade:`: `ignore` or `ignore-file`, both with a list in brackets or without, and then whatever reason.
fn own(words: &mut Words, range: TextRange, mistakes: &mut Vec<Mistake>) -> Option<Directive> {
    words.skip(char::is_whitespace);
    let (verb, at) = words.word();
    let is_for_file = match verb {
        "ignore" => false,
        "ignore-file" => true,
        _ => {
            let message =
                format!("`{verb}` says nothing here; write `wsupgrade: ignore[WS101]` or `wsupgrade: ignore-file`");
            mistakes.push(Mistake { at: at.start(), message });
            return None;
        }
    };
    let mut codes = Vec::new();
    if words.eat("[") {
        loop {
            words.skip(|c| c.is_whitespace() || c == ',');
            if words.eat("]") {
                break;
            }
            let (word, range) = words.word();
            if word.is_empty() {
                let message = format!("the list of `{verb}` is not closed by `]`; it suppresses nothing");
                mistakes.push(Mistake { at: range.start(), message });
                return None;
            }
            let rule = registry::find(word);
            if rule.is_none() {
                mistakes.push(unknown(word, range));
            }
            codes.push(SuppressedCode { range, rule: rule.map(|rule: &Rule| rule.meta.code) });
        }
        if codes.is_empty() {
            let message = format!("`{verb}[]` names no rule, and suppresses nothing");
            mistakes.push(Mistake { at: at.start(), message });
            return None;
        }
    }
    Some(Directive { range, is_noqa: false, is_for_file, codes })
}

fn unknown(word: &str, range: TextRange) -> Mistake {
    Mistake { at: range.start(), message: format!("`{word}` is no rule; {}", nearest(word)) }
}

/// Letters, then digits, as all linters have it.
fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    digits.len() < word.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads one segment of a comment from left to right.
struct Words<'t> {
    text: &'t str,
    at: usize,
    offset: TextSize,
}

impl<'t> Words<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, what: impl Fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(what).len();
    }

    /// Goes past `expected`, if it is next, however it is capitalised.
    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().get(..expected.len()).is_some_and(|text| text.eq_ignore_ascii_case(expected));
        self.at += if found { expected.len() } else { 0 };
        found
    }

    /// Whether the word is longer than what was eaten of it.
    fn continues(&self) -> bool {
        self.rest().chars().next().is_some_and(is_of_word)
    }

    fn word(&mut self) -> (&'t str, TextRange) {
        let start = self.at;
        self.skip(is_of_word);
        let range = TextRange::new(self.offset + size(start), self.offset + size(self.at));
        (self.text.get(start..self.at).unwrap_or_default(), range)
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

fn size(bytes: usize) -> TextSize {
    TextSize::try_from(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a comment suppresses: `file` or nothing, then the codes, `*` for all.
    fn read(text: &str) -> Vec<String> {
        let (directives, _) = parse(text, 0.into());
        let words = directives.iter().map(|directive| {
            let file = if directive.is_for_file { "file " } else { "" };
            let codes: Vec<&str> = directive.codes.iter().map(|code| code.rule.unwrap_or("other")).collect();
            if codes.is_empty() { format!("{file}*") } else { format!("{file}{}", codes.join(" ")) }
        });
        words.collect()
    }

    #[test]
    fn comments_are_read_as_linters_read_them() {
        for (text, expected) in [
            ("# noqa", vec!["*"]),
            ("#noqa", vec!["*"]),
            ("# NoQA : ws101", vec!["WS101"]),
            ("# noqa:WS101,E501 WS104 because", vec!["WS101 other WS104"]),
            ("# noqa: E501", vec!["other"]),
            ("# noqa: WS101: the gateway is old", vec!["WS101"]),
            ("# noqa and a remark", vec!["*"]),
            ("# type: ignore # noqa: WS101", vec!["WS101"]),
            ("# noqa: E501  # wsupgrade: ignore[extra-headers]", vec!["other", "WS101"]),
            ("# noqa: see the ticket", vec![]),
            ("# noqas", vec![]),
            ("# noqa-file", vec![]),
            ("# do not say noqa", vec![]),
            ("# ruff: noqa", vec![]),
            ("# flake8: noqa: WS101", vec![]),
            ("# wsupgrade: ignore", vec!["*"]),
            ("# wsupgrade:ignore[WS101, timeout] see #12", vec!["WS101 WS104"]),
            ("# wsupgrade: ignore-file", vec!["file *"]),
            ("# wsupgrade: ignore-file[ws1O1]", vec!["file other"]),
            ("# wsupgrade: ignore[WS101", vec![]),
            ("# wsupgrade: ignore[]", vec![]),
            ("# wsupgrade is a tool", vec![]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        for (text, expected) in [
            ("# noqa: WS190", "`WS190` is no rule; the nearest is `WS1"),
            ("# wsupgrade: ignore[extra-header]", "the nearest is `extra-headers`"),
            ("# wsupgrade: disable", "`disable` says nothing here"),
            ("# wsupgrade: ignore[WS101", "is not closed"),
            ("# wsupgrade: ignore[]", "names no rule"),
        ] {
            let (_, mistakes) = parse(text, 0.into());
            assert!(mistakes.len() == 1 && mistakes[0].message.contains(expected), "{text}: {mistakes:?}");
        }
        assert_eq!(parse("# noqa: E999, RUF100, W503", 0.into()).1, vec![]);
    }
}
