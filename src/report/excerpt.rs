//! The lines around a finding, cut to what fits a screen.
//!
//! A finding costs its own lines and not the file: lines come from the line index. Minified lines are cut around what is
//! named in them, control characters are made harmless, and a byte order mark is not shown.

use std::ops::Range;

use ruff_source_file::OneIndexed;
use ruff_text_size::{TextRange, TextSize};

use crate::text::source::Source;

/// Lines before and after what is named.
pub const CONTEXT: usize = 1;
/// Something longer than this is named by its first line.
const MOST_LINES: usize = 5;
/// Longer lines are cut, to this many bytes.
const MOST_BYTES: usize = 160;
/// Of these, that many come before what is named.
const LEAD: usize = 50;

/// Some lines of a source. Its offsets are its own.
#[derive(Debug)]
pub struct Excerpt {
    text: String,
    chunks: Vec<Chunk>,
    /// What is named: where it is in `text`, and in words where it is in the source.
    places: Vec<(Range<usize>, String)>,
}

/// Lines without a gap.
#[derive(Debug)]
struct Chunk {
    /// From 0, in a notebook from the first line of the cell.
    first: usize,
    range: Range<usize>,
}

/// Lines without a gap, as they are shown.
pub struct Group<'a> {
    /// The first place that is named in them: `app.py:3:9`.
    pub name: &'a str,
    /// From the first to the last.
    pub rows: Vec<Row<'a>>,
}

/// A line.
pub struct Row<'a> {
    /// From 1.
    pub number: usize,
    /// Without its ending.
    pub text: &'a str,
    /// What is named in it: which of the ranges, and where.
    pub places: Vec<(usize, Range<usize>)>,
}

impl Excerpt {
    /// The lines of `ranges`, the first of which is the place of the finding, in the file that is shown as `path`.
    pub fn new(source: &Source, path: &str, ranges: &[TextRange], ellipsis: &str) -> Self {
        let ranges: Vec<TextRange> = ranges.iter().map(|range| shorten(source, *range)).collect();
        let mut excerpt = Self { text: String::new(), chunks: Vec::new(), places: Vec::new() };
        excerpt.places.extend(ranges.iter().map(|range| {
            let place = source.position(range.start());
            (0..0, format!("{path}:{place}"))
        }));
        let mut previous = None;
        for row in rows(source, &ranges) {
            let start = excerpt.text.len();
            if previous.is_none_or(|previous| previous + 1 < row) {
                let first = source.position(line(source, row).start()).row - 1;
                excerpt.chunks.push(Chunk { first, range: start..start });
            }
            previous = Some(row);
            excerpt.push_line(source, row, &ranges, ellipsis);
            let end = excerpt.text.len();
            if let Some(chunk) = excerpt.chunks.last_mut() {
                chunk.range.end = end;
            }
        }
        excerpt
    }

    /// All lines.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.chunks.iter().flat_map(|chunk| self.rows_of(chunk))
    }

    /// The lines without a gap, each group with the name of the first place in it.
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.chunks.iter().map(|chunk| {
            let inside = |(place, _): &&(Range<usize>, String)| chunk.range.contains(&place.start);
            let (_, name) = self
                .places
                .iter()
                .find(inside)
                .or(self.places.first())
                .map_or((0..0, ""), |(place, name)| (place.clone(), name.as_str()));
            Group { name, rows: self.rows_of(chunk).collect() }
        })
    }

    fn rows_of<'a>(&'a self, chunk: &'a Chunk) -> impl Iterator<Item = Row<'a>> {
        let lines = self.text.get(chunk.range.clone()).unwrap_or_default().split_inclusive('\n');
        lines.enumerate().scan(chunk.range.start, |start, (at, line)| {
            let text = line.trim_end_matches('\n');
            let range = *start..*start + text.len();
            *start += line.len();
            let named = self
                .places
                .iter()
                .enumerate()
                .filter(|(_, (place, _))| (range.start..=range.end).contains(&place.start));
            // What goes on in the next line is underlined in its first one.
            let place = |place: &Range<usize>| place.start - range.start..place.end.min(range.end) - range.start;
            let places = named.map(|(at, (range, _))| (at, place(range))).collect();
            Some(Row { number: chunk.first + at + 1, text, places })
        })
    }

    fn push_line(&mut self, source: &Source, row: usize, ranges: &[TextRange], ellipsis: &str) {
        let line = line(source, row);
        let text = source.slice(line);
        let inside = |offset: TextSize| offset.clamp(line.start(), line.end()) - line.start();
        let named = ranges.iter().filter(|range| line.intersect(**range).is_some()).map(|range| inside(range.start()));
        let window = window(text, named.min().unwrap_or_default().to_usize());
        let start = self.text.len();
        let lead = if window.start > 0 { ellipsis } else { "" };
        let place = |offset: TextSize| {
            let offset = inside(offset).to_usize().clamp(window.start, window.end);
            start
                + lead.len()
                + harmless(text.get(window.start..offset).unwrap_or_default()).map(char::len_utf8).sum::<usize>()
        };
        for (range, (span, _)) in ranges.iter().zip(&mut self.places) {
            if row_of(source, range.start()) == row {
                *span = place(range.start())..place(range.start());
            }
            if row_of(source, range.end()) == row {
                span.end = place(range.end());
            }
        }
        self.text.push_str(lead);
        self.text.extend(harmless(text.get(window.clone()).unwrap_or_default()));
        if window.end < text.len() {
            self.text.push_str(ellipsis);
        }
        self.text.push('\n');
    }
}

/// The row of an offset, from 0.
pub fn row_of(source: &Source, offset: TextSize) -> usize {
    source.lines().line_index(offset).to_zero_indexed()
}

/// The range of a row, without its ending.
pub fn line(source: &Source, row: usize) -> TextRange {
    let range = source.lines().line_range(OneIndexed::from_zero_indexed(row), source.text());
    let text = source.slice(range);
    let ending = text.len() - text.trim_end_matches(['\n', '\r']).len();
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let size = |bytes: usize| TextSize::try_from(bytes).unwrap_or_default();
    TextRange::new(range.start() + size(mark), range.end() - size(ending))
}

/// The part of `text` to show, where `named` is what has to be seen.
pub fn window(text: &str, named: usize) -> Range<usize> {
    if text.len() <= MOST_BYTES {
        return 0..text.len();
    }
    let lead = if named + LEAD < MOST_BYTES { 0 } else { named.saturating_sub(LEAD) };
    let start = text.floor_char_boundary(lead);
    start..text.floor_char_boundary(start + MOST_BYTES)
}

/// Nothing in a source may reach the terminal as a command.
pub fn harmless(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c })
}

fn shorten(source: &Source, range: TextRange) -> TextRange {
    let first = row_of(source, range.start());
    if row_of(source, range.end()) - first < MOST_LINES {
        return range;
    }
    TextRange::new(range.start(), line(source, first).end().max(range.start()))
}

/// The rows of the ranges and their context, each once, sorted.
fn rows(source: &Source, ranges: &[TextRange]) -> Vec<usize> {
    let last = source.lines().line_count().saturating_sub(1);
    let around = |range: &TextRange| {
        let (first, end) = (row_of(source, range.start()), row_of(source, range.end()));
        let is_blank = |row: usize| source.slice(line(source, row)).trim().is_empty();
        let context = first.saturating_sub(CONTEXT)..=(end + CONTEXT).min(last);
        context.filter(move |row| (first..=end).contains(row) || !is_blank(*row))
    };
    let mut rows: Vec<usize> = ranges.iter().flat_map(around).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_what_is_named() {
        let text = format!("{}NAMED{}", "é".repeat(1000), "x".repeat(1000));
        let source = Source::new("a.py".into(), text);
        let range = TextRange::at(2000.into(), 5.into());
        let excerpt = Excerpt::new(&source, "a.py", &[range], "…");
        let (span, name) = &excerpt.places[0];
        assert_eq!(&excerpt.text[span.clone()], "NAMED");
        assert_eq!(name, "a.py:1:1001");
        assert!(excerpt.text.len() < 200 && excerpt.text.starts_with('…') && excerpt.text.ends_with("…\n"));
    }

    #[test]
    fn chunks_know_their_lines() {
        let text: String = (1..100).map(|n| format!("line{n}\r\n")).collect();
        let source = Source::new("a.py".into(), text);
        let find = |needle: &str| {
            let at = TextSize::try_from(source.text().find(needle).unwrap()).unwrap();
            TextRange::at(at, TextSize::of(needle))
        };
        let excerpt = Excerpt::new(&source, "a.py", &[find("line50"), find("line70"), find("line71")], "…");
        let groups: Vec<Group> = excerpt.groups().collect();
        let [first, second] = groups.as_slice() else { panic!("{} groups", groups.len()) };
        let lines = |group: &Group| group.rows.iter().map(|row| (row.number, row.text.to_owned())).collect::<Vec<_>>();
        assert_eq!(lines(first), [49, 50, 51].map(|number| (number, format!("line{number}"))));
        assert_eq!(lines(second), [69, 70, 71, 72].map(|number| (number, format!("line{number}"))));
        assert_eq!((first.name, second.name), ("a.py:50:1", "a.py:70:1"));
        assert_eq!(second.rows[1].places, [(1, 0..6)]);
        assert_eq!(second.rows[2].places, [(2, 0..6)]);
    }
}
