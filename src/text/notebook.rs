//! Jupyter notebooks: the Python of their cells as one text, and changes of that text put back into the JSON.
//!
//! The text is that of the code cells in order, each followed by an empty line, which belongs to none of them. What goes back is
//! the source of the cells that changed, and in it the lines that did; all else stays as it is in the file, byte for byte.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use ruff_source_file::LineIndex;
use ruff_text_size::{TextRange, TextSize};
use serde::Deserialize;
use serde_json::value::RawValue;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::text::edit::Edit;

/// A notebook that was read.
#[derive(Debug)]
pub struct Notebook {
    /// The file.
    json: String,
    /// The cells that are Python, in order.
    cells: Vec<Cell>,
    /// What runs in the notebook and is not checked: cells in other languages and with magics, and lines with magics.
    unchecked: String,
    strings: OnceLock<Strings>,
}

/// Where the strings of the cells are in the file: asked about once for each finding.
#[derive(Debug)]
struct Strings {
    /// Of each cell, how much text there is before a string and behind the magic, and where the string is in the JSON.
    cells: Vec<Vec<(usize, usize)>>,
    /// Where the lines of the JSON end.
    ends: Vec<usize>,
}

/// A cell that is Python.
#[derive(Debug)]
struct Cell {
    /// Among all cells of the notebook, from 1.
    number: usize,
    /// In the text. With the line ending that the last line of a cell mostly lacks.
    range: TextRange,
    /// Whether that line ending is not in the cell.
    is_completed: bool,
    /// What comes before the text in the cell: `%%time` and its line ending.
    magic: String,
    /// The JSON value that holds the source, in the file.
    source: Range<usize>,
}

/// The parts of the file that matter. Everything is optional that nbformat does not insist on.
#[derive(Deserialize)]
struct Document<'a> {
    nbformat: Option<u64>,
    #[serde(borrow, default)]
    cells: Vec<AnyCell<'a>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
struct Metadata {
    kernelspec: Option<Language>,
    language_info: Option<Language>,
}

impl Metadata {
    fn is_python(&self) -> bool {
        let kernel = self.kernelspec.as_ref().and_then(|kernel| kernel.language.as_ref());
        let language = self.language_info.as_ref().and_then(|info| info.name.as_ref());
        kernel.into_iter().chain(language).all(|name| is_python(name))
    }
}

#[derive(Deserialize)]
struct Language {
    language: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct AnyCell<'a> {
    cell_type: String,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(default)]
    metadata: CellMetadata,
}

#[derive(Deserialize, Default)]
struct CellMetadata {
    vscode: Option<CellLanguage>,
}

#[derive(Deserialize)]
struct CellLanguage {
    #[serde(rename = "languageId")]
    language: Option<String>,
}

impl AnyCell<'_> {
    fn may_be_python(&self) -> bool {
        let language = self.metadata.vscode.as_ref().and_then(|vscode| vscode.language.as_ref());
        language.is_none_or(|name| is_python(name))
    }
}

fn is_python(language: &str) -> bool {
    ["python", "ipython"].iter().any(|python| language.to_ascii_lowercase().starts_with(python))
}

/// Cell magics after which the cell runs as Python in the namespace of the notebook. `%%timeit` has its own; what the other
/// magics do with a cell is their business.
const TRANSPARENT: &[&str] = &["time", "capture", "prun", "debug"];

/// With one of these in the first line the whole cell is in another language, on Databricks.
const LANGUAGES: &[&str] = &["fs", "md", "r", "scala", "sh", "sql"];

/// What comes before the Python of a cell; `None` where the cell is not Python.
fn magic(source: &str) -> Option<&str> {
    let start = source.find(|c: char| !c.is_whitespace()).unwrap_or(source.len());
    let code = source.get(start..)?;
    let first = code.lines().next().unwrap_or_default();
    let name = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    if let Some(magic) = first.strip_prefix("%%") {
        let end = code.find('\n').map_or(source.len(), |at| start + at + 1);
        return TRANSPARENT.contains(&name(magic).as_str()).then(|| source.get(..end))?;
    }
    let is_language = first.strip_prefix('%').is_some_and(|magic| LANGUAGES.contains(&name(magic).as_str()));
    (!is_language || code.lines().nth(1).is_none()).then_some("")
}

/// Whether Jupyter makes something else of a line than Python: `%time f()`, `files = !ls`, `/f x`, `f?`.
fn is_magic(line: &str) -> bool {
    let code = line.trim();
    code.starts_with(['%', '!', '?', '/', ',', ';'])
        || code.ends_with('?')
        || code.contains("= !")
        || code.contains("= %")
}

impl Notebook {
    /// Reads a notebook. Returns its Python, too.
    ///
    /// # Errors
    /// A sentence without its end: what is wrong, and what to do.
    pub fn read(json: String) -> Result<(Self, String), String> {
        let broken = |error: serde_json::Error| {
            format!(
                "it is not the JSON of a notebook ({error}). Open it in Jupyter and save it, or leave it out of the run"
            )
        };
        let document: Document = serde_json::from_str(&json).map_err(broken)?;
        match document.nbformat {
            Some(4) => {}
            Some(other) => {
                return Err(format!(
                    "it is a notebook of format {other}, and only format 4 is read. Convert it with `jupyter nbconvert --to \
                     notebook --inplace`, or leave it out of the run"
                ));
            }
            None => return Err("it is called a notebook, and has no `nbformat`. Leave it out of the run".into()),
        }
        let (mut cells, mut text, mut unchecked) = (Vec::new(), String::new(), String::new());
        for (index, cell) in document.cells.iter().enumerate().filter(|_| document.metadata.is_python()) {
            let Some(source) = cell.source.filter(|_| cell.cell_type == "code") else { continue };
            let whole = Value::read(source.get()).and_then(|value| value.text()).map_err(broken)?;
            let Some(magic) = magic(&whole).filter(|_| cell.may_be_python()) else {
                unchecked += &format!("{whole}\n");
                continue;
            };
            unchecked.extend(whole.lines().filter(|line| is_magic(line)).map(|line| format!("{line}\n")));
            let body = whole.get(magic.len()..).unwrap_or_default();
            let start = TextSize::of(&text);
            text.push_str(body);
            let is_completed = !body.is_empty() && !body.ends_with('\n');
            if is_completed {
                text.push('\n');
            }
            let range = TextRange::new(start, TextSize::of(&text));
            text.push('\n');
            let at = offset_in(&json, source.get());
            let (number, magic) = (index + 1, magic.to_owned());
            cells.push(Cell { number, range, is_completed, magic, source: at..at + source.get().len() });
        }
        Ok((Self { json, cells, unchecked, strings: OnceLock::new() }, text))
    }

    /// The file.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Whether something that is not checked may use what the notebook calls `name`.
    pub fn may_use(&self, name: &str) -> bool {
        self.unchecked.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
    }

    /// The cells in the text.
    pub fn ranges(&self) -> impl Iterator<Item = TextRange> + '_ {
        self.cells.iter().map(|cell| cell.range)
    }

    /// The number of the cell at `offset`, and the line in it, both from 1.
    pub fn place(&self, offset: TextSize, lines: &LineIndex) -> Option<(usize, usize)> {
        let cell = self.cells.iter().rfind(|cell| cell.range.start() <= offset)?;
        let row = |offset| lines.line_index(offset).get();
        Some((cell.number, row(offset) - row(cell.range.start()) + 1 + cell.magic.matches('\n').count()))
    }

    /// The line of the file, from 1, that holds the line of `text` that begins at `offset`.
    pub fn row(&self, offset: TextSize) -> usize {
        let strings = self.strings.get_or_init(|| Strings {
            cells: self.cells.iter().map(|cell| self.places(cell)).collect(),
            ends: self.json.match_indices('\n').map(|(at, _)| at).collect(),
        });
        let cell = self.cells.partition_point(|cell| cell.range.start() <= offset).checked_sub(1);
        let at = cell.and_then(|at| {
            let (cell, places) = (self.cells.get(at)?, strings.cells.get(at)?);
            let inside = cell.magic.len() + (offset - cell.range.start()).to_usize();
            let string = places.partition_point(|(before, _)| *before <= inside).checked_sub(1)?;
            Some(cell.source.start + places.get(string)?.1)
        });
        strings.ends.partition_point(|end| *end < at.unwrap_or_default()) + 1
    }

    fn places(&self, cell: &Cell) -> Vec<(usize, usize)> {
        let json = self.json.get(cell.source.clone()).unwrap_or_default();
        Value::read(json).and_then(|value| value.places()).unwrap_or_default()
    }

    /// Whether `range` is inside of one cell.
    pub fn has(&self, range: TextRange) -> bool {
        self.ranges().any(|cell| cell.contains_range(range))
    }

    /// The file after `edits`, which are sorted and made the text `text`.
    ///
    /// # Errors
    /// When the JSON would not say the same.
    pub fn edited(&self, text: &str, edits: &[&Edit]) -> Result<Self, String> {
        let broken = |error: serde_json::Error| format!("its notebook would not be valid ({error})");
        let mut json = String::with_capacity(self.json.len() + 64);
        let mut position = 0;
        for cell in &self.cells {
            let value = Value::read(self.json.get(cell.source.clone()).unwrap_or_default()).map_err(broken)?;
            let mut body = text.get(cell.moved(edits)).unwrap_or_default();
            if cell.is_completed {
                body = body.strip_suffix('\n').unwrap_or(body);
            }
            let whole = format!("{}{body}", cell.magic);
            if whole != value.text().map_err(broken)? {
                json.push_str(self.json.get(position..cell.source.start).unwrap_or_default());
                value.write(&whole, self.json.is_ascii(), &mut json);
                position = cell.source.end;
            }
        }
        json.push_str(self.json.get(position..).unwrap_or_default());
        let (notebook, read) = Self::read(json)?;
        if read == text { Ok(notebook) } else { Err("the cells of its notebook would not be as they were".into()) }
    }
}

impl Cell {
    /// Where the cell is after `edits`. What is inserted at its end belongs to it.
    fn moved(&self, edits: &[&Edit]) -> Range<usize> {
        let (start, end) = (self.range.start(), self.range.end());
        let (mut moved_start, mut moved_end) = (start.to_usize(), end.to_usize());
        for edit in edits.iter().filter(|edit| edit.range.1 <= end) {
            let shifted = |offset: usize| (offset + edit.content.len()).saturating_sub(edit.range().len().to_usize());
            moved_end = shifted(moved_end);
            if edit.range.1 < start {
                moved_start = shifted(moved_start);
            }
        }
        moved_start..moved_end
    }
}

/// The source of a cell as JSON has it: a string, or a list of strings.
struct Value<'a> {
    json: &'a str,
    /// The strings with their quotes, in the JSON.
    strings: Vec<&'a str>,
    is_list: bool,
}

impl<'a> Value<'a> {
    fn read(json: &'a str) -> serde_json::Result<Self> {
        let is_list = json.starts_with('[');
        let strings: Vec<&'a RawValue> =
            if is_list { serde_json::from_str(json)? } else { vec![serde_json::from_str(json)?] };
        Ok(Self { json, strings: strings.into_iter().map(RawValue::get).collect(), is_list })
    }

    fn text(&self) -> serde_json::Result<String> {
        self.strings.iter().map(|string| serde_json::from_str::<String>(string)).collect()
    }

    /// How much text there is before each string, and where in the JSON it begins.
    fn places(&self) -> serde_json::Result<Vec<(usize, usize)>> {
        let mut before = 0;
        let mut places = Vec::with_capacity(self.strings.len());
        for string in &self.strings {
            places.push((before, offset_in(self.json, string)));
            before += serde_json::from_str::<String>(string)?.len();
        }
        Ok(places)
    }

    /// Writes the value with the text `whole` in place of its own. Lines that stay keep their escapes; in a list, each line has
    /// its string, and between two of them is what was between the first two.
    fn write(&self, whole: &str, is_ascii: bool, out: &mut String) {
        let old: Vec<(String, String)> = self.lines();
        let before: Vec<&str> = old.iter().map(|(_, text)| text.as_str()).collect();
        let after: Vec<&str> = whole.split_inclusive('\n').collect();
        let mut lines: Vec<Cow<str>> = Vec::new();
        for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
            if op.tag() == DiffTag::Equal {
                lines.extend(old.get(op.old_range()).unwrap_or_default().iter().map(|(json, _)| json.into()));
            } else {
                lines.extend(
                    after.get(op.new_range()).unwrap_or_default().iter().map(|text| escaped(text, is_ascii).into()),
                );
            }
        }
        if !self.is_list {
            *out += &format!("\"{}\"", lines.concat());
        } else if lines.is_empty() {
            *out += "[]";
        } else {
            let (open, between, close) = self.layout();
            *out += &format!("{open}\"{}\"{close}", lines.join(&format!("\"{between}\"")));
        }
    }

    /// The lines, as they are written and without escapes.
    fn lines(&self) -> Vec<(String, String)> {
        let inside = |string: &'a str| string.get(1..string.len() - 1).unwrap_or_default();
        let written: String = self.strings.iter().map(|string| inside(string)).collect();
        let mut ends: Vec<usize> = Vec::new();
        let mut characters = written.char_indices();
        while let Some((at, character)) = characters.next() {
            if character == '\\' {
                match characters.next() {
                    Some((_, 'n')) => ends.push(at + 2),
                    Some((_, 'u'))
                        if written.get(at + 2..at + 6).is_some_and(|code| code.eq_ignore_ascii_case("000a")) =>
                    {
                        ends.push(at + 6);
                    }
                    _ => {}
                }
            }
        }
        if ends.last().copied().unwrap_or_default() < written.len() {
            ends.push(written.len());
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let lines = starts.zip(&ends).filter_map(|(start, end)| written.get(start..*end));
        lines.map(|line| (line.to_owned(), serde_json::from_str(&format!("\"{line}\"")).unwrap_or_default())).collect()
    }

    /// What is before, between and after the strings of the list.
    fn layout(&self) -> (&'a str, Cow<'a, str>, &'a str) {
        let ranges: Vec<Range<usize>> = self
            .strings
            .iter()
            .map(|string| offset_in(self.json, string)..offset_in(self.json, string) + string.len())
            .collect();
        let part = |range: Range<usize>| self.json.get(range).unwrap_or_default();
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { return ("[", ",".into(), "]") };
        let open = part(0..first.start);
        let between = ranges.get(1).map_or_else(
            || format!(",{}", open.strip_prefix('[').unwrap_or_default()).into(),
            |second| part(first.end..second.start).into(),
        );
        (open, between, part(last.end..self.json.len()))
    }
}

/// Where `inner` is in `outer`, of which it is a part.
fn offset_in(outer: &str, inner: &str) -> usize {
    inner.as_ptr().addr().saturating_sub(outer.as_ptr().addr())
}

/// `text` inside of a JSON string. A file without other characters than those of ASCII gets none.
fn escaped(text: &str, is_ascii: bool) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inside = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    if !is_ascii {
        return inside.to_owned();
    }
    let mut escaped = String::new();
    for character in inside.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            let mut units = [0; 2];
            escaped.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A notebook with one cell for each value of `source`.
    fn notebook(sources: &[&str]) -> String {
        let cells = sources.iter().map(|source| {
            format!("  {{\n   \"outputs\": [\"\\u00e9\\/\", NULL],\n   \"cell_type\": \"code\",\n   \"source\": {source}\n  }}")
        });
        let cells = cells.collect::<Vec<_>>().join(",\n").replace("NULL", "null");
        format!("{{\n \"cells\": [\n{cells}\n ],\n \"nbformat\": 4, \"metadata\": {{}}\n}}")
    }

    /// What becomes of the sources when each `old` of the text is replaced.
    #[track_caller]
    fn becomes(sources: &[&str], changes: &[(&str, &str)], expected: &[&str]) {
        let (notebook, text) = Notebook::read(self::notebook(sources)).unwrap();
        let mut edits: Vec<Edit> = Vec::new();
        for (old, new) in changes {
            let at = TextSize::try_from(text.find(old).unwrap()).unwrap();
            edits.push(Edit::replace(TextRange::at(at, TextSize::of(*old)), *new));
        }
        let edits: Vec<&Edit> = edits.iter().collect();
        let edited = notebook.edited(&crate::text::edit::rewrite(&text, &edits), &edits).unwrap();
        assert_eq!(edited.json(), self::notebook(expected));
    }

    #[test]
    fn cells_are_joined() {
        let (notebook, text) =
            Notebook::read(self::notebook(&[r#"["a\n", "b"]"#, r#""c\n""#, "[]", r#"["%%time\n", "d"]"#])).unwrap();
        assert_eq!(text, "a\nb\n\nc\n\n\nd\n\n");
        let parts: Vec<&str> = notebook.ranges().map(|range| &text[range]).collect();
        assert_eq!(parts, ["a\nb\n", "c\n", "", "d\n"]);
        let lines = LineIndex::from_source_text(&text);
        let place = |word: &str| notebook.place(TextSize::try_from(text.find(word).unwrap()).unwrap(), &lines).unwrap();
        assert_eq!([place("a"), place("b"), place("c"), place("d")], [(1, 1), (1, 2), (2, 1), (4, 2)]);
    }

    #[test]
    fn the_layout_and_the_escapes_of_other_lines_stay() {
        let layout = ["[\n    \"x = '\\u00E9\\u2028\\/'\\n\",\n    \"y\"\n   ]", r#""one\ny""#];
        becomes(
            &layout,
            &[("y", "'z'")],
            &["[\n    \"x = '\\u00E9\\u2028\\/'\\n\",\n    \"'z'\"\n   ]", r#""one\ny""#],
        );
        becomes(&[r#"["a\n",  "b\n" , "c"]"#], &[("b", "\"\\")], &[r#"["a\n",  "\"\\\n",  "c"]"#]);
        becomes(&[r#""a\r\nb\r\nc""#], &[("b", "d")], &[r#""a\r\nd\r\nc""#]);
        becomes(&["[\"\\ud83d\\ude00\\u000Ab\"]"], &[("b", "d")], &["[\"\\ud83d\\ude00\\u000A\",\"d\"]"]);
        becomes(&["\"a\""], &[("a", "é🦀")], &["\"\\u00e9\\ud83e\\udd80\""]);
        becomes(&["\"ü a\""], &[("a", "é")], &["\"ü é\""]);
    }

    #[test]
    fn lines_come_and_go() {
        let both = ["[\n    \"a\\n\",\n    \"b\"\n   ]", "[\n    \"c\"\n   ]"];
        let first = |json: &'static str| [json, both[1]];
        becomes(&both, &[("b\n", "b\nx\n")], &first("[\n    \"a\\n\",\n    \"b\\n\",\n    \"x\"\n   ]"));
        becomes(&both, &[("a\n", "")], &first("[\n    \"b\"\n   ]"));
        becomes(&both, &[("b\n", "")], &first("[\n    \"a\"\n   ]"));
        becomes(&both, &[("a\nb\n", "")], &first("[]"));
        becomes(&both, &[("c", "x\nc")], &[both[0], "[\n    \"x\\n\",\n    \"c\"\n   ]"]);
        becomes(
            &both,
            &[("a", "x\na"), ("c", "d")],
            &["[\n    \"x\\n\",\n    \"a\\n\",\n    \"b\"\n   ]", "[\n    \"d\"\n   ]"],
        );
        becomes(&[r#"["%%time\n", "a"]"#], &[("a", "b")], &[r#"["%%time\n", "b"]"#]);
    }

    #[test]
    fn what_is_not_python_is_no_cell() {
        let is_read = |source: &str| {
            let json = notebook(&[&serde_json::Value::from(source).to_string()]);
            Notebook::read(json).unwrap().0.ranges().next().is_some()
        };
        for source in ["x", "%time f()\nx", "!ls\nx", "\n%%time\nx", "%%capture out\nx", "%sh ls", "%run a.py\nx", "x?"]
        {
            assert!(is_read(source), "{source}");
        }
        for source in
            ["%%bash\nls", "%%timeit\nx", "%%writefile a.py\nx", "%sql\nselect 1", "%md\ntext", "%%python3\nx"]
        {
            assert!(!is_read(source), "{source}");
        }
        let other = |json: &str| Notebook::read(json.to_owned()).unwrap().1;
        let cell = r#""cells": [{"cell_type": "code", "source": "x", "metadata": {}}], "nbformat": 4"#;
        assert_eq!(other(&format!("{{{cell}}}")), "x\n\n");
        assert_eq!(other(&format!(r#"{{{cell}, "metadata": {{"kernelspec": {{"name": "python3"}}}}}}"#)), "x\n\n");
        assert_eq!(other(&format!(r#"{{{cell}, "metadata": {{"language_info": {{"name": "julia"}}}}}}"#)), "");
        assert_eq!(
            other(&format!(r#"{{{cell}, "metadata": {{"kernelspec": {{"language": "R", "name": "ir"}}}}}}"#)),
            ""
        );
        let marked = cell.replace("{}", r#"{"vscode": {"languageId": "sql"}}"#);
        assert_eq!(other(&format!("{{{marked}}}")), "");
        assert_eq!(other(&format!("{{{}}}", cell.replace("code", "raw"))), "");
    }

    #[test]
    fn magics_may_use_every_name_in_them() {
        let cells = ["import a", "%time b(1)\nc(2)\nx = !echo {d}", "%%timeit\ne.f()", "%%bash\necho {g}"];
        let cells = cells.map(|cell| serde_json::Value::from(cell).to_string());
        let (notebook, _) = Notebook::read(notebook(&cells.each_ref().map(String::as_str))).unwrap();
        for (name, expected) in [("a", false), ("b", true), ("c", false), ("d", true), ("e", true), ("g", true)] {
            assert_eq!(notebook.may_use(name), expected, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let error = |json: &str| Notebook::read(json.to_owned()).unwrap_err();
        assert!(error("{").contains("(EOF while parsing an object at line 1 column 1)"), "{}", error("{"));
        assert!(error("{\"nbformat\": 3, \"worksheets\": []}").contains("format 3, and only format 4 is read"));
        assert!(error("{}").contains("no `nbformat`"));
        assert!(error(&notebook(&["[1]"])).contains("invalid type: integer"));
        assert!(error(&notebook(&[r#""\ud83d""#])).contains("unexpected end of hex escape"));
    }
}
