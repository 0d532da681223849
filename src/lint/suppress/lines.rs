//! Which lines a comment about a place can stand on.
//!
//! Python lets a statement span lines in three ways: by brackets, by strings and by backslashes. Inside a string and behind a
//! backslash there is no room for a comment; the next line that has room speaks for such a line.

use std::ops::Range;

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_source_file::OneIndexed;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::text::source::Source;

/// The statements of a file, and what in them spans lines. Rows count from 0.
#[derive(Debug, Default)]
pub struct Lines {
    /// Simple statements and the heads of compound ones, in order: up to their line's end.
    statements: Vec<TextRange>,
    /// Pairs of brackets that are on different lines, by their start.
    brackets: Vec<TextRange>,
    /// Rows that cannot carry a comment, in order and apart: the rows of strings but for their last, rows that end with a backslash.
    without_room: Vec<Range<usize>>,
}

impl Lines {
    /// Looks through the tokens of a file.
    pub fn new(source: &Source, tokens: &Tokens) -> Self {
        let mut lines = Self::default();
        let (mut start, mut open, mut strings) = (None, Vec::new(), Vec::new());
        let mut previous = TextSize::default();
        for token in tokens {
            let range = token.range();
            match token.kind() {
                TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent => {}
                TokenKind::Newline | TokenKind::EndOfFile => {
                    lines.statements.extend(start.take().map(|start| TextRange::new(start, range.start())));
                    open.clear();
                    strings.clear();
                }
                kind => {
                    start.get_or_insert(range.start());
                    lines.continue_over(source, TextRange::new(previous, range.start()));
                    match kind {
                        TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => open.push(range.start()),
                        TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                            lines.brackets.extend(open.pop().map(|start| TextRange::new(start, range.end())));
                        }
                        TokenKind::FStringStart | TokenKind::TStringStart => strings.push(range.start()),
                        TokenKind::FStringEnd | TokenKind::TStringEnd => {
                            if let Some(start) = strings.pop() {
                                lines.leave_out(source, TextRange::new(start, range.end()));
                            }
                        }
                        TokenKind::String => lines.leave_out(source, range),
                        _ => {}
                    }
                }
            }
            previous = range.end();
        }
        lines.brackets.retain(|pair| row(source, pair.start()) < row(source, pair.end()));
        lines.brackets.sort_by_key(|pair| (pair.start(), pair.end()));
        lines.without_room = merge(lines.without_room);
        lines
    }

    /// The same for [`Self::room`] alone: in most files every line with code has room for a comment, and nothing has to be read.
    pub fn where_needed(source: &Source) -> Self {
        const MARKS: [&str; 8] = ["\\\n", "\\\r", "f\"\"\"", "f'''", "F\"\"\"", "F'''", "r\"\"\"", "r'''"];
        let is_needed = MARKS.iter().any(|mark| source.text().contains(mark));
        if is_needed { Self::new(source, source.parse().tokens()) } else { Self::default() }
    }

    /// A gap between two tokens with a line's end in it, and no token for that, has a backslash.
    fn continue_over(&mut self, source: &Source, gap: TextRange) {
        if !gap.is_empty() && source.slice(gap).contains('\\') {
            self.leave_out(source, gap);
        }
    }

    fn leave_out(&mut self, source: &Source, range: TextRange) {
        let rows = row(source, range.start())..row(source, range.end());
        if !rows.is_empty() {
            self.without_room.push(rows);
        }
    }

    /// The row that has room for a comment about `offset`: its own, or the next one that has.
    pub fn room(&self, source: &Source, offset: TextSize) -> usize {
        let row = row(source, offset);
        let at = self.without_room.partition_point(|rows| rows.end <= row);
        self.without_room.get(at).filter(|rows| rows.contains(&row)).map_or(row, |rows| rows.end)
    }

    /// The row on which the statement around `offset` starts.
    pub fn first(&self, source: &Source, offset: TextSize) -> usize {
        let at = self.statements.partition_point(|statement| statement.end() < offset);
        let statement = self.statements.get(at).filter(|statement| statement.start() <= offset);
        row(source, statement.map_or(offset, Ranged::start))
    }

    /// The rows on which a comment speaks about `range`: where it starts and ends, where brackets around it open and close, and
    /// where its statement starts and ends.
    pub fn around(&self, source: &Source, range: TextRange) -> Vec<usize> {
        let start = range.start();
        let mut rows = vec![row(source, start), self.room(source, start)];
        let at = self.statements.partition_point(|statement| statement.end() < start);
        let Some(statement) = self.statements.get(at).filter(|statement| statement.start() <= start) else {
            return rows;
        };
        rows.extend([row(source, statement.start()), row(source, statement.end())]);
        if statement.contains_range(range) {
            rows.push(self.room(source, range.end()));
        }
        let first = self.brackets.partition_point(|pair| pair.start() < statement.start());
        let inside = self.brackets.iter().skip(first).take_while(|pair| pair.start() <= start);
        for pair in inside.filter(|pair| pair.end() > start) {
            rows.extend([row(source, pair.start()), row(source, pair.end())]);
        }
        rows
    }

    /// The row of the first statement, or part of one, behind `offset`.
    pub fn next_code(source: &Source, tokens: &Tokens, offset: TextSize) -> Option<usize> {
        let at = tokens.partition_point(|token| token.start() < offset);
        let is_code = |kind: TokenKind| {
            use TokenKind::{Comment, Dedent, EndOfFile, Indent, Newline, NonLogicalNewline};
            !matches!(kind, Comment | Dedent | EndOfFile | Indent | Newline | NonLogicalNewline)
        };
        tokens.iter().skip(at).find(|token| is_code(token.kind())).map(|token| row(source, token.start()))
    }
}

/// What overlaps or touches becomes one.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|rows| (rows.start, rows.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for rows in ranges {
        match merged.last_mut().filter(|last| rows.start <= last.end) {
            Some(last) => last.end = last.end.max(rows.end),
            None => merged.push(rows),
        }
    }
    merged
}

/// The row of an offset, from 0.
pub fn row(source: &Source, offset: TextSize) -> usize {
    source.lines().line_index(offset).to_zero_indexed()
}

/// The text of a row, without its ending.
pub fn range(source: &Source, row: usize) -> TextRange {
    let range = source.lines().line_range(OneIndexed::from_zero_indexed(row), source.text());
    let text = source.slice(range);
    let ending = text.len() - text.trim_end_matches(['\n', '\r']).len();
    TextRange::new(range.start(), range.end() - TextSize::try_from(ending).unwrap_or_default())
}
