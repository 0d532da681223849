//! One Python file: its bytes, its text, its lines.
//!
//! A [`Source`] is what every other part works on, wherever the text came from: the disk, standard input or an editor's
//! unsaved buffer. Nothing here reads a file.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use memchr::memmem::Finder;
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{ParseOptions, Parsed, parse_cells_unchecked, parse_unchecked_source};
use ruff_source_file::LineIndex;
use ruff_text_size::{TextRange, TextSize};
use serde::Serialize;

use crate::text::depth;
use crate::text::edit::{self, Edit};
use crate::text::encoding::Encoding;
use crate::text::markdown::Markdown;
use crate::text::notebook::Notebook;

/// The two spellings without which no line can be about WebSockets: `websocket` and `WebSocket`, less their first letter.
const ABOUT_WEBSOCKETS: &[&str] = &["ebsocket", "ebSocket"];

static TRIGGERS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| ABOUT_WEBSOCKETS.iter().map(Finder::new).collect());

/// Whether a file can matter at all. Called on every byte of the tree, before anything is decoded or parsed.
pub fn mentions_websockets(bytes: &[u8]) -> bool {
    TRIGGERS.iter().any(|trigger| trigger.find(bytes).is_some())
}

/// Why a file could not be read as Python text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecodable {
    /// The bytes are not what the encoding of the file allows.
    Invalid {
        /// Of the first bad byte.
        offset: usize,
        /// As it is shown.
        encoding: &'static str,
    },
    /// The file declares (PEP 263) an encoding that is not known.
    Encoding(String),
    /// The file declares an encoding and begins with the byte order mark of another.
    Marked(String),
    /// The text would become other bytes when it is written in this encoding.
    Lossy(&'static str),
    /// The file is called a notebook and is none that can be read. Holds the reason, and what to do.
    Notebook(String),
    /// Python refuses a file with a byte of zero, wherever that is.
    Null {
        /// Of the first of them.
        offset: usize,
    },
    /// The parser counts bytes in 32 bits.
    TooLarge,
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { offset, encoding } => write!(f, "byte {offset} is not valid {encoding}")?,
            Self::Encoding(name) => write!(f, "it declares the encoding `{name}`, which wsupgrade does not know")?,
            Self::Marked(name) => {
                write!(f, "it declares the encoding `{name}` and begins with the byte order mark of UTF-8")?;
            }
            Self::Lossy(name) => write!(f, "its bytes would not stay the same in the encoding {name}")?,
            Self::Notebook(reason) => return f.write_str(reason),
            Self::Null { offset } => return write!(f, "byte {offset} is zero, which Python refuses. Take it out"),
            Self::TooLarge => return f.write_str("it is larger than 4 GiB. Leave it out of the run"),
        }
        f.write_str(". Convert it to UTF-8, or leave it out of the run")
    }
}

/// Why the fixed text of a file could not be stored in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwritable {
    /// The encoding that is named does not have the character.
    Lacking(&'static str, char),
    /// The notebook would not be what it has to be.
    Notebook(String),
    /// A fence of a page would not be valid Python.
    Markdown,
}

/// A place in a file as people count: all from 1, the column in characters, a byte order mark not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// The cell, in a notebook.
    pub cell: Option<usize>,
    /// The line, in a notebook of the cell.
    pub row: usize,
    /// The character in the line.
    pub column: usize,
}

/// `2:5`, in a notebook `cell 3:2:5`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cell) = self.cell {
            write!(f, "cell {cell}:")?;
        }
        write!(f, "{}:{}", self.row, self.column)
    }
}

/// How the text is stored in the file.
#[derive(Debug)]
enum Form {
    Text(Encoding),
    Notebook(Notebook),
    Markdown(Markdown),
}

/// One Python file. Cheap to share; the line index is built when the first finding asks for it.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
    form: Form,
    lines: OnceLock<LineIndex>,
    is_too_deep: OnceLock<bool>,
}

impl Source {
    /// Decodes `bytes`.
    ///
    /// # Errors
    /// When the bytes are not text in the encoding that the file declares, or not the notebook that its name promises.
    pub fn decode(path: PathBuf, bytes: Vec<u8>) -> Result<Arc<Self>, Undecodable> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Undecodable::TooLarge);
        }
        if path.extension().is_some_and(|extension| extension == "ipynb") {
            let json = Encoding::Utf8.decode(bytes)?;
            let (notebook, text) = Notebook::read(json).map_err(Undecodable::Notebook)?;
            return Ok(Self::with(path, text, Form::Notebook(notebook)));
        }
        let encoding = Encoding::of(&bytes)?;
        if let Some(offset) = memchr::memchr(0, &bytes) {
            return Err(Undecodable::Null { offset });
        }
        let text = encoding.decode(bytes)?;
        // Latin-1 takes twice the bytes in UTF-8.
        if u32::try_from(text.len()).is_err() {
            return Err(Undecodable::TooLarge);
        }
        if is_markdown(&path) && matches!(encoding, Encoding::Utf8) {
            let (page, text) = Markdown::read(text);
            return Ok(Self::with(path, text, Form::Markdown(page)));
        }
        Ok(Self::with(path, text, Form::Text(encoding)))
    }

    /// A file from text at hand.
    pub fn new(path: PathBuf, text: String) -> Arc<Self> {
        Self::with(path, text, Form::Text(Encoding::Utf8))
    }

    fn with(path: PathBuf, text: String, form: Form) -> Arc<Self> {
        Arc::new(Self { path, text, form, lines: OnceLock::new(), is_too_deep: OnceLock::new() })
    }

    /// The same file after `edits`, which are sorted and disjoint.
    ///
    /// # Errors
    /// When the file cannot hold the new text.
    pub fn edited(&self, edits: &[&Edit]) -> Result<Arc<Self>, Unwritable> {
        let text = edit::rewrite(&self.text, edits);
        let form = match &self.form {
            Form::Text(encoding) => {
                encoding.encode(&text).map_err(|lacking| Unwritable::Lacking(encoding.name(), lacking))?;
                Form::Text(*encoding)
            }
            Form::Notebook(notebook) => Form::Notebook(notebook.edited(&text, edits).map_err(Unwritable::Notebook)?),
            Form::Markdown(page) => {
                let (after, text) = Markdown::read(page.edited(edits));
                if after.count() != page.count() {
                    return Err(Unwritable::Markdown);
                }
                return Ok(Self::with(self.path.clone(), text, Form::Markdown(after)));
            }
        };
        Ok(Self::with(self.path.clone(), text, form))
    }

    /// Whether the file can hold what `edit` makes of it: an edit has to stay inside of one cell.
    pub fn takes(&self, edit: &Edit) -> bool {
        match &self.form {
            Form::Text(_) => true,
            Form::Notebook(notebook) => notebook.has(edit.range()),
            Form::Markdown(page) => page.has(edit.range()),
        }
    }

    /// Whether a part of the file that is not checked may use what the file calls `name`.
    pub fn may_use(&self, name: &str) -> bool {
        match &self.form {
            Form::Text(_) | Form::Markdown(_) => false,
            Form::Notebook(notebook) => notebook.may_use(name),
        }
    }

    /// What the file holds, before it is encoded: of a notebook, the JSON, of Markdown the page.
    pub fn stored(&self) -> &str {
        match &self.form {
            Form::Text(_) => &self.text,
            Form::Notebook(notebook) => notebook.json(),
            Form::Markdown(page) => page.page(),
        }
    }

    /// A part of [`Self::stored`] as the file has it.
    pub fn encode<'a>(&self, part: &'a str) -> Cow<'a, [u8]> {
        match &self.form {
            Form::Text(Encoding::Utf8) | Form::Notebook(_) | Form::Markdown(_) => part.as_bytes().into(),
            // What was decoded, and what an edit made of it, can be encoded.
            Form::Text(encoding) => encoding.encode(part).unwrap_or_default().into(),
        }
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        self.encode(self.stored())
    }

    /// The path as it was found or given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text; offsets and ranges count its bytes, a byte order mark included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a range. Empty when the range does not fit, which no range of the parser does.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }

    /// Whether no tree is made of the file, because none that is so deep could be walked; see [`depth`].
    pub fn is_too_deep(&self) -> bool {
        *self.is_too_deep.get_or_init(|| depth::is_too_deep(&self.text, self.kind()))
    }

    fn kind(&self) -> PySourceType {
        if self.is_notebook() { PySourceType::Ipynb } else { PySourceType::from(self.path.as_path()) }
    }

    /// The parser's tree, errors included; see [`Parsed::errors`]. A file that is too deep has the tree of one that is no Python.
    pub fn parse(&self) -> Parsed<ModModule> {
        if self.is_too_deep() {
            return parse_unchecked_source("def", PySourceType::Python);
        }
        match &self.form {
            Form::Text(_) => parse_unchecked_source(&self.text, PySourceType::from(self.path.as_path())),
            Form::Markdown(_) => parse_unchecked_source(&self.text, PySourceType::Python),
            Form::Notebook(notebook) => {
                parse_cells_unchecked(&self.text, notebook.ranges(), &ParseOptions::from(PySourceType::Ipynb))
            }
        }
    }

    /// The line index, for whole-line work.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::from_source_text(&self.text))
    }

    /// Where `offset` is.
    pub fn position(&self, offset: TextSize) -> Position {
        let place = self.lines().line_column(offset, &self.text);
        let column = place.column.get();
        let in_cell = match &self.form {
            Form::Text(_) | Form::Markdown(_) => None,
            Form::Notebook(notebook) => notebook.place(offset, self.lines()),
        };
        match in_cell {
            Some((cell, row)) => Position { cell: Some(cell), row, column },
            None => Position { cell: None, row: place.line.get(), column },
        }
    }

    /// Where `offset` is in the file itself: in a notebook, the line of its JSON.
    pub fn stored_position(&self, offset: TextSize) -> Position {
        match &self.form {
            Form::Text(_) | Form::Markdown(_) => self.position(offset),
            Form::Notebook(notebook) => {
                let line = self.lines().line_start(self.lines().line_index(offset), &self.text);
                Position { cell: None, row: notebook.row(line), column: 1 }
            }
        }
    }

    /// Whether it is a page with Python in it.
    pub fn is_markdown(&self) -> bool {
        matches!(self.form, Form::Markdown(_))
    }

    /// Whether it is a notebook.
    pub fn is_notebook(&self) -> bool {
        matches!(self.form, Form::Notebook(_))
    }

    /// The start of the line of `offset`.
    pub fn line_start(&self, offset: TextSize) -> TextSize {
        let before = self.text.get(..offset.to_usize()).unwrap_or_default();
        let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        TextSize::try_from(start).unwrap_or_default()
    }

    /// The end of the line of `offset`, before its line ending.
    pub fn line_end(&self, offset: TextSize) -> TextSize {
        let rest = self.text.get(offset.to_usize()..).unwrap_or_default();
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        offset + TextSize::try_from(length).unwrap_or_default()
    }

    /// The line ending that the file uses first.
    pub fn newline(&self) -> &'static str {
        match memchr::memchr(b'\n', self.text.as_bytes()) {
            Some(at) if at > 0 && self.text.as_bytes().get(at - 1) == Some(&b'\r') => "\r\n",
            Some(_) => "\n",
            None if self.text.contains('\r') => "\r",
            None => "\n",
        }
    }
}

/// Whether a file is Markdown, by its name.
fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md" || extension == "markdown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_skip_the_byte_order_mark() {
        let source = Source::new("a.py".into(), "\u{feff}x = 'é'; y = 1\r\nz".to_owned());
        let at = |needle: &str| source.position(TextSize::try_from(source.text().find(needle).unwrap()).unwrap());
        assert_eq!(at("x =").to_string(), "1:1");
        assert_eq!(at("y =").to_string(), "1:10");
        assert_eq!(at("z").to_string(), "2:1");
        assert_eq!(source.newline(), "\r\n");
    }

    #[test]
    fn only_files_that_can_matter_pass_the_prefilter() {
        assert!(mentions_websockets(b"import websockets"));
        assert!(mentions_websockets(b"from fastapi import WebSocket"));
        assert!(!mentions_websockets(b"import requests"));
    }
}
