//! One Python file: its bytes, its text, its lines.
//!
//! A [`Source`] is what every other part works on, wherever the text came from: the disk, standard input or an editor's
//! unsaved buffer. Nothing here reads a file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use memchr::memmem::Finder;
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Parsed, parse_unchecked_source};
use ruff_source_file::LineIndex;
use ruff_text_size::{TextRange, TextSize};
use serde::Serialize;

/// The two spellings without which no line can be about WebSockets: `websocket` and `WebSocket`, less their first letter.
static TRIGGERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [Finder::new("ebsocket"), Finder::new("ebSocket")]);

/// Whether a file can matter at all. Called on every byte of the tree, before anything is decoded or parsed.
pub fn mentions_websockets(bytes: &[u8]) -> bool {
    TRIGGERS.iter().any(|trigger| trigger.find(bytes).is_some())
}

/// Why a file could not be read as Python text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecodable {
    /// The bytes are not the UTF-8 that they have to be. Holds the offset of the first bad byte.
    NotUtf8(usize),
    /// The file declares (PEP 263) an encoding that is not read yet.
    Encoding(String),
    /// The parser counts bytes in 32 bits.
    TooLarge,
}

impl std::fmt::Display for Undecodable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotUtf8(offset) => write!(f, "byte {offset} is not valid UTF-8"),
            Self::Encoding(name) => write!(f, "it declares the encoding `{name}`; only UTF-8 is supported"),
            Self::TooLarge => f.write_str("it is larger than 4 GiB"),
        }
    }
}

/// A place in a file as people count: both from 1, the column in characters, a byte order mark not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// The line, from 1.
    pub row: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// One Python file. Cheap to share; the line index is built when the first finding asks for it.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
    lines: OnceLock<LineIndex>,
}

impl Source {
    /// Decodes `bytes`.
    ///
    /// # Errors
    /// When the bytes are not UTF-8, or the file says that they are something else.
    pub fn decode(path: PathBuf, bytes: Vec<u8>) -> Result<Arc<Self>, Undecodable> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Undecodable::TooLarge);
        }
        if let Some(name) = declared_encoding(&bytes).filter(|name| !is_utf8(name)) {
            // Pure ASCII reads the same in every encoding that a cookie line can be read in.
            if !bytes.is_ascii() {
                return Err(Undecodable::Encoding(name.to_owned()));
            }
        }
        let text = String::from_utf8(bytes).map_err(|error| Undecodable::NotUtf8(error.utf8_error().valid_up_to()))?;
        Ok(Self::new(path, text))
    }

    /// A file from text at hand.
    pub fn new(path: PathBuf, text: String) -> Arc<Self> {
        Arc::new(Self { path, text, lines: OnceLock::new() })
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

    /// The parser's tree, errors included; see [`Parsed::errors`].
    pub fn parse(&self) -> Parsed<ModModule> {
        parse_unchecked_source(&self.text, PySourceType::from(self.path.as_path()))
    }

    /// The line index, for whole-line work.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::from_source_text(&self.text))
    }

    /// Where `offset` is.
    pub fn position(&self, offset: TextSize) -> Position {
        let place = self.lines().line_column(offset, &self.text);
        Position { row: place.line.get(), column: place.column.get() }
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

/// The encoding named by a PEP 263 cookie on one of the first two lines.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    bytes.split(|byte| *byte == b'\n').take(2).find_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        let comment = line.trim_start_matches(['\u{feff}', ' ', '\t', '\u{c}']).strip_prefix('#')?;
        let (_, name) = comment.split_once("coding")?;
        let name = name.strip_prefix([':', '='])?.trim_start();
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(name.len());
        name.get(..end).filter(|name| !name.is_empty())
    })
}

fn is_utf8(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    matches!(name.as_str(), "utf-8" | "utf8" | "utf-8-sig" | "u8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_skip_the_byte_order_mark() {
        let source = Source::new("a.py".into(), "\u{feff}x = 'é'; y = 1\r\nz".to_owned());
        let at = |needle: &str| source.position(TextSize::try_from(source.text().find(needle).unwrap()).unwrap());
        assert_eq!(at("x ="), Position { row: 1, column: 1 });
        assert_eq!(at("y ="), Position { row: 1, column: 10 });
        assert_eq!(at("z"), Position { row: 2, column: 1 });
        assert_eq!(source.newline(), "\r\n");
    }

    #[test]
    fn a_declared_encoding_is_honoured_not_guessed() {
        let latin = b"# -*- coding: latin-1 -*-\nx = '\xe9'\n".to_vec();
        assert_eq!(Source::decode("a.py".into(), latin).unwrap_err(), Undecodable::Encoding("latin-1".into()));
        let valid_both_ways = "# coding=cp1252\nx = 'é'\n".as_bytes().to_vec();
        assert!(Source::decode("a.py".into(), valid_both_ways).is_err(), "UTF-8 by accident is still not the text");
        assert!(Source::decode("a.py".into(), b"# coding: latin-1\nx = 1\n".to_vec()).is_ok());
        assert_eq!(Source::decode("a.py".into(), b"x = '\xe9'\n".to_vec()).unwrap_err(), Undecodable::NotUtf8(5));
    }

    #[test]
    fn only_files_that_can_matter_pass_the_prefilter() {
        assert!(mentions_websockets(b"import websockets"));
        assert!(mentions_websockets(b"from fastapi import WebSocket"));
        assert!(!mentions_websockets(b"import requests"));
    }
}
