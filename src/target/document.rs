//! A metadata file while it is read, and what was found in it.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::range::Dialect;
use super::{BadMetadata, Evidence, Kind, Range};
use crate::text::paths::shown;
use crate::text::problem::reason;
use crate::text::read;

/// How much a declaration counts. The order is the precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Always installed.
    Runtime,
    /// Installed on demand.
    Extra,
    /// Installed for work on the project.
    Development,
    /// Limits what others ask for.
    Constraint,
    /// What a tool chose.
    Lock,
}

impl Rank {
    /// The rank of an extra, a group or a file by its name.
    pub(super) fn of_name(name: &str, otherwise: Self) -> Self {
        const WORDS: &[&str] = &[
            "dev",
            "develop",
            "development",
            "test",
            "tests",
            "testing",
            "doc",
            "docs",
            "lint",
            "ci",
            "typing",
            "mypy",
            "example",
            "examples",
            "bench",
            "benchmark",
            "benchmarks",
            "build",
            "tox",
            "qa",
        ];
        let lower = name.to_ascii_lowercase();
        let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        if words.any(|word| WORDS.contains(&word)) { Self::Development } else { otherwise }
    }
}

/// One mention of websockets.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) rank: Rank,
    /// Mentions of one rank and source are alternatives to each other.
    pub(super) source: usize,
    /// Those of one environment too must hold together.
    pub(super) environment: usize,
    /// `None` when nothing can be known, as with a URL.
    pub(super) range: Option<Range>,
    /// Whether an environment marker decides if it holds.
    pub(super) marked: bool,
    /// Where it is in the text of the file: all of it, or its line where it does not stand there letter by letter.
    pub(super) place: std::ops::Range<usize>,
    /// The version specifier.
    pub(super) specifier: String,
    /// Whether hashes of the chosen files follow.
    pub(super) is_hashed: bool,
    pub(super) evidence: Evidence,
}

/// What a directory's files say.
#[derive(Debug, Default)]
pub(super) struct FoundInMetadata {
    pub(super) mentions: Vec<Mention>,
    pub(super) problems: Vec<BadMetadata>,
    sources: usize,
    environments: usize,
}

/// A text and where it stands.
pub(super) struct Document {
    /// As it is shown.
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// For a text that is part of a file: the offset of each of its lines in that file.
    lines: Option<Vec<usize>>,
    /// The line of the file on which it starts, from 1.
    first_line: usize,
    /// Whether the text is what the bytes of the file say, so that it can be changed and written back.
    literal: bool,
}

impl Document {
    pub(super) fn new(path: PathBuf, bytes: Vec<u8>) -> Self {
        let (text, literal) = decode(bytes);
        Self { path, text, lines: None, first_line: 1, literal }
    }

    /// A text whose lines start at `lines` in the file, the first of them being the line `first_line`.
    pub(super) fn part(path: PathBuf, text: String, lines: Vec<usize>, first_line: usize) -> Self {
        Self { path, text, lines: Some(lines), first_line, literal: true }
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        self.first_line + memchr::memchr_iter(b'\n', before).count()
    }

    /// A range of the text, in the text of the file.
    fn place(&self, range: std::ops::Range<usize>) -> Option<std::ops::Range<usize>> {
        let Some(lines) = &self.lines else { return Some(range) };
        let start_of_file_line = lines.get(self.line(range.start) - self.first_line)?;
        let before = self.text.get(..range.start)?;
        let start = start_of_file_line + range.start - before.rfind('\n').map_or(0, |at| at + 1);
        Some(start..start + range.len())
    }

    /// The line of an offset, without what is blank around it.
    fn line_around(&self, offset: usize) -> std::ops::Range<usize> {
        let (before, after) = self.text.split_at_checked(offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = offset + after.find('\n').unwrap_or(after.len());
        let line = self.text.get(start..end).unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        (start + indent).min(end)..start + line.trim_end().len().max(indent)
    }

    pub(super) fn mentions_websockets(&self) -> bool {
        let bytes = self.text.as_bytes();
        memchr::memchr2_iter(b'w', b'W', bytes)
            .any(|at| bytes.get(at..at + NAME.len()).is_some_and(|word| word.eq_ignore_ascii_case(NAME.as_bytes())))
    }
}

/// The text of a file, and whether it is what the file's bytes say. Files in another encoding than UTF-8 can only have it in
/// comments and names that do not matter here, so their bytes become question marks, one by one.
fn decode(bytes: Vec<u8>) -> (String, bool) {
    // PowerShell writes `pip freeze > requirements.txt` in UTF-16, and pip reads it.
    let unit = match bytes.get(..2) {
        Some([0xFF, 0xFE]) => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
        Some([0xFE, 0xFF]) => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
        _ => None,
    };
    if let Some(unit) = unit {
        let units = bytes.get(2..).unwrap_or_default().as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        return (char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(), false);
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, true),
        Err(error) => {
            let ascii = |byte: u8| if byte.is_ascii() { char::from(byte) } else { '?' };
            (error.into_bytes().into_iter().map(ascii).collect(), false)
        }
    }
}

const NAME: &str = "websockets";

/// Whether `name` is websockets, however it is spelled.
pub(super) fn is_websockets(name: &str) -> bool {
    name.eq_ignore_ascii_case(NAME)
}

/// A file being read: notes what it finds, and where.
pub(super) struct Reader<'a> {
    pub(super) document: &'a Document,
    pub(super) found: &'a mut FoundInMetadata,
    pub(super) rank: Rank,
    source: usize,
    environment: usize,
}

impl FoundInMetadata {
    /// Starts a source whose readers are [`Reader::beside`] each other.
    pub(super) fn start_source(&mut self) {
        self.sources += 1;
    }
}

impl<'a> Reader<'a> {
    /// Starts a source; see [`Mention::source`].
    pub(super) fn new(document: &'a Document, found: &'a mut FoundInMetadata, rank: Rank) -> Self {
        found.sources += 1;
        found.environments += 1;
        let (source, environment) = (found.sources, found.environments);
        Self { document, found, rank, source, environment }
    }

    /// Starts another environment of the last source.
    pub(super) fn beside(document: &'a Document, found: &'a mut FoundInMetadata, rank: Rank) -> Self {
        found.environments += 1;
        let (source, environment) = (found.sources, found.environments);
        Self { document, found, rank, source, environment }
    }

    /// Reads another file into the same environment, as for `-r`.
    pub(super) fn include<'b>(&'b mut self, document: &'b Document) -> Reader<'b>
    where
        'a: 'b,
    {
        let Self { rank, source, environment, .. } = *self;
        Reader { document, found: self.found, rank, source, environment }
    }

    /// Starts another source.
    pub(super) fn source(&mut self, rank: Rank) {
        self.found.sources += 1;
        self.source = self.found.sources;
        self.environment(rank);
    }

    /// Starts another environment of the same source.
    pub(super) fn environment(&mut self, rank: Rank) {
        self.found.environments += 1;
        self.environment = self.found.environments;
        self.rank = rank;
    }

    /// Notes that something cannot be understood.
    pub(super) fn problem(&mut self, offset: usize, message: impl Into<String>) {
        let (path, line) = (self.document.path.clone(), self.document.line(offset));
        self.found.problems.push(BadMetadata { path, line, message: message.into() });
    }

    /// A requirement as PEP 508 has it, whose text starts at `offset`; `literal` says whether it stands there unescaped.
    pub(super) fn requirement(&mut self, text: &str, offset: usize, literal: bool) {
        let Some(requirement) = Requirement::parse(text) else { return };
        let shown = text.get(requirement.whole.clone()).unwrap_or_default();
        let spec = requirement.specifier.clone();
        let specifier = text.get(spec.clone()).unwrap_or_default();
        let range = (offset + spec.start)..(offset + spec.end);
        let place = (offset + requirement.whole.start)..(offset + requirement.whole.end);
        let kind = if requirement.url { Kind::Unknown } else { Kind::Requirement };
        let marked = requirement.marked;
        self.declare(Written { shown, specifier, range, place, literal, kind, marked }, Dialect::Pep440);
    }

    /// A declaration of websockets in any other form.
    pub(super) fn declare(&mut self, written: Written, dialect: Dialect) {
        let Written { shown, specifier, range, place, literal, mut kind, marked } = written;
        let known = (kind != Kind::Unknown).then(|| Range::parse(specifier, dialect));
        let allowed = match known {
            None => None,
            Some(Ok(allowed)) => Some(allowed),
            Some(Err(message)) => {
                self.problem(range.start, message);
                kind = Kind::Unknown;
                None
            }
        };
        let line = self.document.line(range.start);
        let place = if literal { place } else { self.document.line_around(range.start) };
        let is_hashed = is_hashed(self.document.text.get(range.end..).unwrap_or_default());
        let range = if literal && self.document.literal { self.document.place(range) } else { None };
        let place = self.document.place(place).unwrap_or_default();
        let (path, text) = (self.document.path.clone(), shown.trim().to_owned());
        self.found.mentions.push(Mention {
            rank: self.rank,
            source: self.source,
            environment: self.environment,
            range: allowed,
            marked,
            place,
            specifier: specifier.to_owned(),
            is_hashed,
            evidence: Evidence { path, line, text, kind, range },
        });
    }
}

/// A declaration as the file has it.
pub(super) struct Written<'a> {
    /// What a person is shown.
    pub(super) shown: &'a str,
    pub(super) specifier: &'a str,
    /// Where the specifier is in the document.
    pub(super) range: std::ops::Range<usize>,
    /// Where all of it is, the name included where that stands beside it.
    pub(super) place: std::ops::Range<usize>,
    /// Whether it is there letter by letter.
    pub(super) literal: bool,
    pub(super) kind: Kind,
    pub(super) marked: bool,
}

/// Whether hashes follow, on the same line or on continued ones.
fn is_hashed(rest: &str) -> bool {
    let mut is_continued = true;
    let lines = rest.lines().take_while(|line| std::mem::replace(&mut is_continued, line.trim_end().ends_with('\\')));
    lines.into_iter().any(|line| line.contains("--hash"))
}

/// The parts of a requirement of websockets; offsets are in its text.
struct Requirement {
    /// All but the marker.
    whole: std::ops::Range<usize>,
    specifier: std::ops::Range<usize>,
    marked: bool,
    url: bool,
}

impl Requirement {
    /// `None` for any other distribution.
    fn parse(text: &str) -> Option<Self> {
        let start = text.len() - text.trim_start().len();
        let rest = text.get(start..)?;
        let name = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(rest.len());
        is_websockets(rest.get(..name)?).then_some(())?;
        let mut at = start + name;
        let spaces = |at: usize| text.get(at..).map_or(at, |rest| text.len() - rest.trim_start().len());
        if text.get(spaces(at)..)?.starts_with('[') {
            at += text.get(at..)?.find(']')? + 1;
        }
        let after = text.get(at..)?;
        if after.trim_start().starts_with('@') {
            // A marker of a URL needs a space before its semicolon, for URLs can have one.
            let end = after.find(" ;").map_or(text.trim_end().len(), |marker| at + marker);
            return Some(Self {
                whole: start..end,
                specifier: at..end,
                marked: end < text.trim_end().len(),
                url: true,
            });
        }
        let end = after.find(';').map_or(text.len(), |marker| at + marker);
        let marked = end < text.len();
        let whole = start..text.get(..end)?.trim_end().len();
        let mut specifier = spaces(at).min(whole.end)..whole.end;
        let inner = text.get(specifier.clone())?;
        if let Some(inner) = inner.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            specifier = specifier.start + 1..specifier.start + 1 + inner.len();
        }
        if specifier.is_empty() {
            specifier = at..at;
        }
        Some(Self { whole, specifier, marked, url: false })
    }
}

/// The files of a run as its metadata is read from them.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    /// The working directory.
    pub(super) base: Option<PathBuf>,
    /// Texts that replace what is on the disk, by the path as it is shown.
    pub(super) drafts: FxHashMap<PathBuf, String>,
}

impl Files {
    /// Reads a file of the project. One that is not there is nobody's problem; one that is something else than a file is.
    pub(super) fn read(&self, path: &Path, found: &mut FoundInMetadata) -> Option<Document> {
        match self.document(path) {
            Ok(document) => Some(document),
            Err(error) => {
                let message = format!("it was not read: {}", reason(&error));
                if read::is_refused(&error) {
                    found.problems.push(BadMetadata { path: self.shown(path), line: 1, message });
                }
                None
            }
        }
    }

    fn document(&self, path: &Path) -> std::io::Result<Document> {
        let path_shown = self.shown(path);
        let bytes = match self.drafts.get(&path_shown) {
            Some(draft) => draft.clone().into_bytes(),
            None => read::regular(path, read::MOST_METADATA)?,
        };
        Ok(Document::new(path_shown, bytes))
    }

    /// The text of a metadata file by the path as it is shown, and whether that is what its bytes say.
    pub(super) fn text(&self, path: &Path) -> Option<String> {
        let path = self.base.as_deref().map_or_else(|| path.to_owned(), |base| base.join(path));
        self.document(&path).ok().map(|document| document.text)
    }

    /// The path as it is shown: relative to the working directory when it lies inside.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        shown(path, self.base.as_deref())
    }
}
