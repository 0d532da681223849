//! Where scripts stand in a file: all of it, or the `<script>` elements of a page or a component.

use std::borrow::Cow;

use memchr::memmem;

/// What a script is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// With JSX, which many write in `.js`.
    JavaScript,
    TypeScript,
    Tsx,
    /// `<script>` elements with TypeScript.
    Component,
    /// `<script>` elements, maybe of a template.
    Page,
}

/// One script.
#[derive(Debug)]
pub(super) struct Element<'t> {
    /// Where it starts in the file.
    pub start: usize,
    /// As long as it is in the file.
    pub text: Cow<'t, str>,
    pub language: Language,
}

/// What stands for something that a template computes, in code and in texts: a name that nobody uses.
pub(super) const MASK: char = '$';

/// What templates of pages write, by what it starts and ends with.
const TAGS: &[(&str, &str)] = &[("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<%", "%>"), ("<?", "?>")];

/// What a tag starts with that stands for a value, spaces aside.
const VALUES: &[&str] = &["{{", "<%=", "<%-", "<?=", "{% url", "{% static", "{%url", "{%static"];

/// The scripts of a file.
pub(super) fn of(text: &str, language: Language) -> Vec<Element<'_>> {
    match language {
        Language::Component | Language::Page => elements(text, language),
        _ => vec![Element { start: 0, text: Cow::Borrowed(text), language }],
    }
}

fn elements(text: &str, language: Language) -> Vec<Element<'_>> {
    let lower = text.to_ascii_lowercase();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(open) = find(&lower, "<script", at) {
        let Some(start) = find(&lower, ">", open).map(|end| end + 1) else { break };
        let end = find(&lower, "</script", start).unwrap_or(text.len());
        at = end;
        let (Some(tag), Some(script)) = (lower.get(open..start), text.get(start..end)) else { continue };
        if !is_program(tag) {
            continue;
        }
        let text = if language == Language::Page { masked(script) } else { Cow::Borrowed(script) };
        blocks.push(Element { start, text, language });
    }
    blocks
}

/// Whether the browser, or the bundler, runs what is in the element.
fn is_program(tag: &str) -> bool {
    let Some((_, kind)) = tag.split_once("type=") else { return true };
    let kind = kind.trim_start_matches(['"', '\'']);
    ["module", "text/javascript", "application/javascript", "text/babel", "text/jsx"]
        .iter()
        .any(|known| kind.starts_with(known))
}

/// Puts [`MASK`] in the places of what the template computes, and blanks in those of its other tags. Offsets stay.
fn masked(script: &str) -> Cow<'_, str> {
    if !TAGS.iter().any(|(open, _)| script.contains(open)) {
        return Cow::Borrowed(script);
    }
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while !rest.is_empty() {
        let next = TAGS.iter().filter_map(|(open, close)| Some((rest.find(open)?, open, close))).min();
        let Some((at, open, close)) = next else { break };
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let end = tag.get(open.len()..).and_then(|inner| inner.find(close)).map(|end| open.len() + end + close.len());
        let (tag, after) = tag.split_at(end.unwrap_or(tag.len()));
        let is_value = VALUES.iter().any(|value| tag.starts_with(value));
        for byte in tag.bytes() {
            text.push(match byte {
                b'\n' => '\n',
                _ if is_value => MASK,
                _ => ' ',
            });
        }
        rest = after;
    }
    text.push_str(rest);
    Cow::Owned(text)
}

fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    memmem::find(rest, what.as_bytes()).map(|at| from + at)
}
