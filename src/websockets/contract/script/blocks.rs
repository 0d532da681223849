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
const TAGS: &[(&str, &str)] = &[("{{", "}}"), ("{%", "%}"), ("<%", "%>"), ("<?", "?>")];

/// What a tag starts with that stands for a value, spaces aside.
const VALUES: &[&str] = &["{{", "<%=", "<%-", "<?=", "{% url", "{% static", "{%url", "{%static"];

/// The scripts of a file.
pub(super) fn of(text: &str, language: Language) -> Vec<Element<'_>> {
    match language {
        Language::Component | Language::Page => elements(text, language),
        _ => vec![Element { start: 0, text: Cow::Borrowed(text), language }],
    }
}

/// What a browser does not look into, by what it starts and ends with. What does not end goes on to the end of the page.
const SKIPPED: &[(&str, &str)] = &[("<!--", "-->"), ("<textarea", "</textarea"), ("<title", "</title")];

/// Comments of templates: left out before a browser sees the page. What does not end is none.
const NOTES: &[(&str, &str)] = &[
    ("{% comment", "endcomment"),
    ("{%- comment", "endcomment"),
    ("{%comment", "endcomment"),
    ("{#", "#}"),
    ("{{!--", "--}}"),
    ("<%--", "--%>"),
];

fn elements(text: &str, language: Language) -> Vec<Element<'_>> {
    let lower = text.to_ascii_lowercase();
    let mut skips = Skips::new(&lower, language);
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(open) = find(&lower, "<script", at) {
        if let Some(end) = skips.around(open, at) {
            at = end;
            continue;
        }
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

/// The parts of a page that are skipped, looked for from the start to the end, once.
struct Skips<'t> {
    text: &'t str,
    /// What starts and ends one, and where the next starts.
    kinds: Vec<(&'static str, &'static str, Option<usize>)>,
}

impl<'t> Skips<'t> {
    fn new(text: &'t str, language: Language) -> Self {
        // In a component `{#` starts a block.
        let notes = if language == Language::Page { NOTES } else { &[] };
        let kinds = SKIPPED.iter().chain(notes).map(|(open, close)| (*open, *close, find(text, open, 0)));
        Self { text, kinds: kinds.collect() }
    }

    /// The end of what is skipped around `place`, with nothing skipped at `from`.
    fn around(&mut self, place: usize, mut from: usize) -> Option<usize> {
        loop {
            for (open, _, next) in &mut self.kinds {
                if next.is_some_and(|at| at < from) {
                    *next = find(self.text, open, from);
                }
            }
            let starts = self.kinds.iter().enumerate().filter_map(|(kind, (.., next))| Some(((*next)?, kind)));
            let (start, kind) = starts.min().filter(|(start, _)| *start < place)?;
            let (open, close, next) = self.kinds.get_mut(kind)?;
            // `<!-->` is a whole comment.
            let inside = if *open == "<!--" { start + 2 } else { start + open.len() };
            from = match find(self.text, close, inside) {
                Some(end) => end + close.len(),
                None if SKIPPED.iter().any(|(skipped, _)| skipped == open) => self.text.len(),
                None => {
                    *next = None;
                    continue;
                }
            };
            if from > place {
                return Some(from);
            }
        }
    }
}

/// Whether the browser, or the bundler, runs what is in the element.
fn is_program(tag: &str) -> bool {
    let Some((_, kind)) = tag.split_once("type=") else { return true };
    let kind = kind.trim_start_matches(['"', '\'']);
    ["module", "text/javascript", "application/javascript", "text/babel", "text/jsx"]
        .iter()
        .any(|known| kind.starts_with(known))
}

/// Puts [`MASK`] in the places of what the template computes, and blanks in those of its comments and other tags. Offsets stay.
fn masked(script: &str) -> Cow<'_, str> {
    let all = NOTES.iter().chain(TAGS);
    let mut kinds: Vec<(&str, &str, Option<usize>)> =
        all.map(|(open, close)| (*open, *close, find(script, open, 0))).collect();
    if kinds.iter().all(|(.., next)| next.is_none()) {
        return Cow::Borrowed(script);
    }
    let mut text = String::with_capacity(script.len());
    let mut at = 0;
    loop {
        // The longest of those that start at one place comes first.
        let starts = kinds.iter().enumerate().filter_map(|(kind, (.., next))| Some(((*next)?, kind)));
        let Some((start, kind)) = starts.min() else { break };
        let (open, close, _) = kinds[kind];
        let Some(mut end) = find(script, close, start + open.len()).map(|end| end + close.len()) else {
            kinds[kind].2 = None;
            continue;
        };
        if close == "endcomment" {
            end = find(script, "%}", end).map_or(script.len(), |end| end + 2);
        }
        let (before, tag) = (script.get(at..start).unwrap_or_default(), script.get(start..end).unwrap_or_default());
        text.push_str(before);
        let is_value =
            VALUES.iter().any(|value| tag.starts_with(value)) && !NOTES.iter().any(|(note, _)| *note == open);
        for byte in tag.bytes() {
            text.push(match byte {
                b'\n' => '\n',
                _ if is_value => MASK,
                _ => ' ',
            });
        }
        at = end;
        for (open, _, next) in &mut kinds {
            if next.is_some_and(|known| known < at) {
                *next = find(script, open, at);
            }
        }
    }
    text.push_str(script.get(at..).unwrap_or_default());
    Cow::Owned(text)
}

fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    memmem::find(rest, what.as_bytes()).map(|at| from + at)
}
