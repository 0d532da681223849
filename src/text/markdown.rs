//! Markdown: the Python in its fences as one text, in which all else is spaces, so that every place is where it is in the file.
//!
//! The fences of a page follow each other, as its reader reads them: a name that one imports the next ones know.

use ruff_python_ast::PySourceType;
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::{TextRange, TextSize};

use crate::text::edit::{self, Edit};

/// A page that was read.
#[derive(Debug)]
pub struct Markdown {
    /// The file.
    page: String,
    /// Where the Python is.
    blocks: Vec<TextRange>,
}

/// What opens a fence of Python.
const LANGUAGES: &[&str] = &["python", "python3", "py", "py3"];

impl Markdown {
    /// Reads a page. Returns the Python with it; what is not valid Python by itself, such as a session with prompts, is left out.
    pub fn read(page: String) -> (Self, String) {
        let blocks: Vec<TextRange> = fences(&page).into_iter().filter(|range| is_valid(slice(&page, *range))).collect();
        let mut text = String::with_capacity(page.len());
        let mut at = TextSize::default();
        for block in &blocks {
            blank(slice(&page, TextRange::new(at, block.start())), &mut text);
            text.push_str(slice(&page, *block));
            at = block.end();
        }
        blank(page.get(at.to_usize()..).unwrap_or_default(), &mut text);
        (Self { page, blocks }, text)
    }

    /// The page after `edits` of its Python.
    pub fn edited(&self, edits: &[&Edit]) -> String {
        edit::rewrite(&self.page, edits)
    }

    /// How many fences have Python.
    pub fn count(&self) -> usize {
        self.blocks.len()
    }

    /// Whether a range lies inside of one fence.
    pub fn has(&self, range: TextRange) -> bool {
        self.blocks.iter().any(|block| block.contains_range(range))
    }

    /// The file.
    pub fn page(&self) -> &str {
        &self.page
    }
}

fn slice(text: &str, range: TextRange) -> &str {
    text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
}

fn is_valid(code: &str) -> bool {
    !crate::text::depth::is_too_deep(code, PySourceType::Python)
        && parse_unchecked_source(code, PySourceType::Python).errors().is_empty()
}

/// As many spaces as there are bytes; lines stay.
fn blank(text: &str, out: &mut String) {
    out.extend(text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }));
}

/// What is between the marks of fences that say that they are Python. Fences in lists and quotes are not looked at.
fn fences(page: &str) -> Vec<TextRange> {
    let mut found = Vec::new();
    let mut open: Option<(&str, Option<usize>)> = None;
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let text = line.trim_end();
        let mark = text.trim_start_matches('`').trim_start_matches('~');
        let (mark, info) = text.split_at(text.len() - mark.len());
        match open {
            None if mark.len() >= 3 && !info.contains('`') => {
                let language = info.trim().split([' ', ',', '{']).next().unwrap_or_default().to_ascii_lowercase();
                open = Some((mark, LANGUAGES.contains(&language.as_str()).then_some(at)));
            }
            Some((opening, code)) if mark.starts_with(opening) && info.is_empty() => {
                let range =
                    code.and_then(|code| Some((TextSize::try_from(code).ok()?, TextSize::try_from(start).ok()?)));
                found.extend(range.map(|(start, end)| TextRange::new(start, end)));
                open = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(page: &str) -> String {
        let (_, text) = Markdown::read(page.to_owned());
        assert_eq!(text.len(), page.len());
        text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn fences_of_python_are_what_is_read() {
        assert_eq!(python("# é\n\n```python\nx = 1\n```\ntext\n~~~py title=\"a\"\ny = 2\n~~~\n"), "x = 1|y = 2");
        assert_eq!(python("````python\nx = '''\n```\n'''\n````\n"), "x = '''|```|'''");
        assert_eq!(python("```\nx = 1\n```\n```console\n$ x\n```\n`python`\nx = 1\n"), "");
        // Prompts, and what is left open, are no Python.
        assert_eq!(python("```python\n>>> x\n```\n```python\nx = 1\n"), "");
        assert_eq!(python("```python\r\nx = 1\r\n```\r\n"), "x = 1");
    }
}
