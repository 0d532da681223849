//! A baseline: the findings that a code base has agreed to live with for now.
//!
//! A finding is known by its file, its rule and the text of its line, so that it stays known when lines move. The same line several
//! times is counted. What is known is neither reported nor fixed.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use ruff_text_size::TextRange;
use serde::{Deserialize, Serialize};

use crate::lint::rule::{Finding, Severity};
use crate::lint::suppress::lines;
use crate::run::identity::line_text;
use crate::run::session::FileFindings;
use crate::text::edit::Untouched;
use crate::text::problem::reason;
use crate::text::read;
use crate::text::source::Source;
use crate::text::write::Output;

/// By file, rule and line.
type Counts = BTreeMap<String, BTreeMap<String, BTreeMap<String, usize>>>;

/// The version of the format.
const VERSION: u32 = 1;

/// The file's content. Sorted, one line for each entry, so that a diff of it can be read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    findings: Counts,
}

/// A baseline that was read, or that is to be written.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// As it was given.
    path: PathBuf,
    /// Canonical; the files' names are relative to it.
    directory: PathBuf,
    counts: Counts,
}

/// An entry that nothing is found for any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expired {
    /// The file, relative to the baseline.
    pub file: String,
    /// The code of the rule.
    pub code: String,
    /// The line, or how it begins.
    pub line: String,
    /// How many are gone.
    pub count: usize,
}

/// What is known of the findings of a file, and what is not.
#[derive(Debug, Default)]
pub struct Review {
    /// To be reported.
    pub new: Vec<Finding>,
    /// In the baseline.
    pub known: Vec<Finding>,
}

impl Baseline {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When there is none, or it is no baseline.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let read = read::named(path, read::MOST_SOURCE);
        let text = read.and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other)).map_err(|error| {
            let advice = if error.kind() == io::ErrorKind::NotFound { " `--write-baseline` writes it." } else { "" };
            format!("cannot read the baseline {name}: {}.{advice}", reason(&error))
        })?;
        let content: Content = serde_json::from_str(&text).map_err(|error| {
            format!("cannot read the baseline {name}: {error}. Correct it, or delete it and write it anew.")
        })?;
        if content.version != VERSION {
            let version = content.version;
            return Err(format!(
                "cannot read the baseline {name}: its version is {version}, and this wsupgrade knows {VERSION}."
            ));
        }
        Ok(Self { counts: content.findings, ..Self::empty(path)? })
    }

    /// What is at `path`, or nothing where there is no file yet.
    ///
    /// # Errors
    /// When there is something that is no baseline.
    pub fn read_or_empty(path: &Path) -> Result<Self, String> {
        if path.exists() { Self::read(path) } else { Self::empty(path) }
    }

    fn empty(path: &Path) -> Result<Self, String> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let directory = directory.canonicalize().map_err(|error| {
            format!("cannot use the baseline {}: {}: {}", path.display(), directory.display(), reason(&error))
        })?;
        Ok(Self { path: path.to_owned(), directory, counts: Counts::new() })
    }

    /// As it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of a checked file in the baseline.
    fn name(&self, path: &Path) -> String {
        // What comes from standard input need not be there.
        let absolute = path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
        relative(&absolute, &self.directory)
    }

    /// Whether it knows findings of a file.
    pub fn has(&self, path: &Path) -> bool {
        self.counts.contains_key(&self.name(path))
    }

    /// Tells apart the findings of a file. A finding that is new loses the certainty of its fix where that would change a line that
    /// is known, because the line would not be known any more.
    pub fn review(&self, source: &Source, findings: Vec<Finding>) -> Review {
        let Some(known_here) = self.counts.get(&self.name(source.path())) else {
            return Review { new: findings, known: Vec::new() };
        };
        let mut left = known_here.clone();
        let mut review = Review::default();
        for finding in findings {
            let line = line_text(source, &finding);
            let count = left.get_mut(finding.code()).and_then(|lines| lines.get_mut(&line)).filter(|count| **count > 0);
            match count.filter(|_| counts(&finding)) {
                Some(count) => {
                    *count -= 1;
                    review.known.push(finding);
                }
                None => review.new.push(finding),
            }
        }
        let mut lines =
            Untouched::new(review.known.iter().map(|it| lines_of(source, it)).collect(), std::iter::empty());
        for finding in review.new.iter_mut().filter(|_| !review.known.is_empty()) {
            if let Some(fix) = finding.fix.take_if(|fix| lines.is_touched_by(fix)) {
                finding.fix = Some(fix.as_suggestion());
            }
        }
        review
    }

    /// The entries of a file that are more than what is `known` there, of the rules whose code is `on`.
    pub fn expired(&self, source: &Source, known: &[Finding], on: &dyn Fn(&str) -> bool) -> Vec<Expired> {
        let file = self.name(source.path());
        let Some(entries) = self.counts.get(&file) else { return Vec::new() };
        let mut left = entries.clone();
        for finding in known {
            let count = left.get_mut(finding.code()).and_then(|lines| lines.get_mut(&line_text(source, finding)));
            if let Some(count) = count {
                *count = count.saturating_sub(1);
            }
        }
        left.retain(|code, _| on(code));
        flat(&file, &left).collect()
    }

    /// The entries of files that were asked for, though not parsed: they are gone, or nothing in them can matter. A file that is there
    /// and could matter was excluded, and nobody looked.
    pub fn expired_elsewhere(
        &self,
        parsed: &[&Path],
        asked: &dyn Fn(&Path) -> bool,
        matters: &dyn Fn(&[u8]) -> bool,
    ) -> Vec<Expired> {
        let parsed: Vec<String> = parsed.iter().map(|path| self.name(path)).collect();
        let is_gone = |file: &str| {
            let path = normal(&self.directory.join(file));
            asked(&path)
                && match read::regular(&path, read::MOST_SOURCE) {
                    Ok(bytes) => !matters(&bytes),
                    Err(error) => error.kind() == io::ErrorKind::NotFound,
                }
        };
        let others = self.counts.iter().filter(|(file, _)| !parsed.contains(file) && is_gone(file));
        others.flat_map(|(file, entries)| flat(file, entries)).collect()
    }

    /// Takes entries out.
    pub fn remove(&mut self, expired: &[Expired]) {
        for Expired { file, code, line, count } in expired {
            let entry = self.counts.get_mut(file).and_then(|codes| codes.get_mut(code)?.get_mut(line));
            if let Some(left) = entry {
                *left = left.saturating_sub(*count);
            }
        }
        for codes in self.counts.values_mut() {
            codes.retain(|_, lines| {
                lines.retain(|_, count| *count > 0);
                !lines.is_empty()
            });
        }
        self.counts.retain(|_, codes| !codes.is_empty());
    }

    /// Takes findings in.
    pub fn add(&mut self, files: &[FileFindings]) {
        for FileFindings { source, findings } in files {
            let file = self.name(source.path());
            for finding in findings.iter().filter(|finding| counts(finding)) {
                let codes = self.counts.entry(file.clone()).or_default();
                let lines = codes.entry(finding.code().to_owned()).or_default();
                *lines.entry(line_text(source, finding)).or_default() += 1;
            }
        }
    }

    /// How many findings are in it, and in how many files.
    pub fn size(&self) -> (usize, usize) {
        let counts = self.counts.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        (counts.sum(), self.counts.len())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self) -> Result<(), String> {
        let content = Content { version: VERSION, findings: self.counts.clone() };
        let mut output = Output::open(&self.path)?;
        let written = serde_json::to_writer_pretty(&mut output, &content).map_err(io::Error::from);
        let written = written.and_then(|()| writeln!(output));
        written.map_err(|error| reason(&error))?;
        output.close()
    }
}

/// What is only good to know is no debt: it comes up again when it becomes one.
fn counts(finding: &Finding) -> bool {
    finding.severity > Severity::Info
}

fn flat(file: &str, codes: &BTreeMap<String, BTreeMap<String, usize>>) -> impl Iterator<Item = Expired> {
    codes.iter().flat_map(move |(code, lines)| {
        lines.iter().filter(|(_, count)| **count > 0).map(move |(line, count)| Expired {
            file: file.to_owned(),
            code: code.clone(),
            line: line.clone(),
            count: *count,
        })
    })
}

/// The lines of a finding, without the last one's ending.
fn lines_of(source: &Source, finding: &Finding) -> TextRange {
    let line = |offset| lines::range(source, lines::row(source, offset));
    line(finding.range.start()).cover(line(finding.range.end()))
}

/// `path` from `directory`, with `/` on every system.
fn relative(path: &Path, directory: &Path) -> String {
    let (mut to, mut from) = (path.components().peekable(), directory.components().peekable());
    while to.peek().is_some() && to.peek() == from.peek() {
        to.next();
        from.next();
    }
    // Another drive.
    if from.peek().is_some_and(|part| matches!(part, Component::Prefix(_))) {
        return path.to_string_lossy().replace('\\', "/");
    }
    let up = from.map(|_| "..".to_owned());
    up.chain(to.map(|part| part.as_os_str().to_string_lossy().into_owned())).collect::<Vec<_>>().join("/")
}

/// Without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_baseline() {
        let name = |path: &str, directory: &str| relative(Path::new(path), Path::new(directory));
        assert_eq!(name("/a/b/c.py", "/a"), "b/c.py");
        assert_eq!(name("/a/b/c.py", "/a/ci"), "../b/c.py");
        assert_eq!(name("/a/b/c.py", "/d/e"), "../../a/b/c.py");
        assert_eq!(normal(Path::new("/a/ci/../b/c.py")), Path::new("/a/b/c.py"));
    }
}
