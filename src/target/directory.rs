//! One directory: which of its files are metadata, what they say, and what follows from that.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::document::{Files, FoundInMetadata, Mention, Rank};
use super::{BadMetadata, Evidence, Kind, Range, conda, lock, pyproject, python, requirements, setup_cfg, setup_py};

/// What is known about a directory. One listing; only metadata files are opened, lock files only when somebody asks.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) found: FoundInMetadata,
    /// The oldest Python of the project that starts here.
    pub(super) python: Option<(u8, u8)>,
    /// Whether a repository starts here.
    pub(super) is_root: bool,
    lock_files: Vec<(PathBuf, LockFormat)>,
    locks: OnceLock<Vec<Mention>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LockFormat {
    Toml,
    Pipfile,
}

/// In the order of their precedence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Format {
    Pyproject,
    SetupCfg,
    SetupPy,
    Requirements(Rank),
    Pipfile,
    Conda,
    Lock(LockFormat),
}

impl Format {
    fn of(name: &str) -> Option<Self> {
        match name {
            "pyproject.toml" => Some(Self::Pyproject),
            "setup.cfg" => Some(Self::SetupCfg),
            "setup.py" => Some(Self::SetupPy),
            "Pipfile" => Some(Self::Pipfile),
            "poetry.lock" | "uv.lock" | "pdm.lock" | "pylock.toml" => Some(Self::Lock(LockFormat::Toml)),
            "Pipfile.lock" => Some(Self::Lock(LockFormat::Pipfile)),
            _ if name.starts_with("environment") && (name.ends_with(".yml") || name.ends_with(".yaml")) => {
                Some(Self::Conda)
            }
            _ => requirements::rank(name, false).map(Self::Requirements),
        }
    }
}

/// Whether a file of this name is read.
pub(super) fn is_metadata(name: &str, inside_requirements: bool) -> bool {
    if inside_requirements { requirements::rank(name, true).is_some() } else { Format::of(name).is_some() }
}

impl Directory {
    /// Reads the metadata in `directory`.
    pub(super) fn read(directory: &Path, files: &Files) -> Self {
        let mut this = Self::default();
        let mut metadata: Vec<(Format, PathBuf)> = Vec::new();
        for name in names(directory) {
            match name.to_str() {
                Some(".git") => this.is_root = true,
                // Most projects that have such a directory keep nothing else in it.
                Some("requirements") => {
                    let inside = directory.join("requirements");
                    for name in names(&inside) {
                        if let Some(rank) = name.to_str().and_then(|name| requirements::rank(name, true)) {
                            metadata.push((Format::Requirements(rank), inside.join(name)));
                        }
                    }
                }
                Some(name) => metadata.extend(Format::of(name).map(|format| (format, directory.join(name)))),
                None => {}
            }
        }
        metadata.sort();
        this.read_files(directory, &metadata, files);
        this
    }

    fn read_files(&mut self, directory: &Path, metadata: &[(Format, PathBuf)], files: &Files) {
        let compiled = |path: &Path| {
            let written = path.with_extension("in");
            written != path && metadata.iter().any(|(_, other)| *other == written)
        };
        let mut seen_requirements = false;
        for (format, path) in metadata {
            if let Format::Lock(format) = format {
                self.lock_files.push((path.clone(), *format));
                continue;
            }
            let found = &mut self.found;
            let Some(document) = files.read(path, found) else { continue };
            match format {
                Format::Pyproject => pyproject::pyproject(&document, directory, files, found),
                Format::SetupCfg => setup_cfg::setup_cfg(&document, directory, files, found),
                Format::SetupPy => setup_py::setup_py(&document, found),
                Format::Requirements(rank) => {
                    if !std::mem::replace(&mut seen_requirements, true) {
                        found.start_source();
                    }
                    let rank = if compiled(path) { Rank::Lock } else { *rank };
                    requirements::requirements(&document, path, rank, files, found);
                }
                Format::Pipfile => pyproject::pipfile(&document, found),
                Format::Conda => conda::environment(&document, found),
                Format::Lock(_) => {}
            }
            if matches!(format, Format::Pyproject | Format::SetupCfg | Format::SetupPy) {
                self.python = self.python.or_else(|| python::floor(&document.text));
            }
        }
    }

    /// What limits what others ask for.
    pub(super) fn constraints(&self) -> Vec<Mention> {
        self.found.mentions.iter().filter(|mention| mention.rank == Rank::Constraint).cloned().collect()
    }

    /// What was locked here: by lock files, else by compiled requirements files.
    pub(super) fn locks(&self, files: &Files) -> &[Mention] {
        self.locks.get_or_init(|| {
            let mut found = FoundInMetadata::default();
            for (path, format) in &self.lock_files {
                let Some(document) = files.read(path, &mut found) else { continue };
                match format {
                    LockFormat::Toml => lock::toml(&document, &mut found),
                    LockFormat::Pipfile => lock::pipfile(&document, &mut found),
                }
            }
            if found.mentions.is_empty() {
                let compiled = self.found.mentions.iter().filter(|mention| {
                    mention.rank == Rank::Lock && mention.range.as_ref().is_some_and(|range| !range.is_any())
                });
                found.mentions = compiled.cloned().map(compiled_pin).collect();
            }
            found.mentions
        })
    }
}

/// A line of a compiled requirements file, in the words of a lock file.
fn compiled_pin(mut mention: Mention) -> Mention {
    mention.evidence.kind = Kind::Lock;
    mention.evidence.text = mention
        .range
        .as_ref()
        .map_or_else(String::new, |range| format!("{} locked", range.to_string().trim_start_matches('=')));
    mention
}

fn names(directory: &Path) -> Vec<OsString> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    entries.flatten().map(|entry| entry.file_name()).collect()
}

/// What the declarations of a directory come to.
#[derive(Debug)]
pub(super) enum Decision {
    /// A range, and where it is declared.
    Limited(Range, Vec<Evidence>),
    /// Declared with any version.
    Plain(Vec<Evidence>),
    /// Declared, but in a way that says nothing about the version.
    Unknown(Evidence),
}

impl Decision {
    /// `None` when nothing is declared. A range without a version is a problem and no decision.
    pub(super) fn of(mentions: &[Mention], problems: &mut Vec<BadMetadata>) -> Option<Self> {
        let mut mentions: Vec<&Mention> = mentions.iter().filter(|mention| mention.rank < Rank::Lock).collect();
        mentions.sort_by_key(|mention| (mention.rank, mention.source, mention.environment));
        let mut plain = None;
        for group in mentions.chunk_by(|a, b| (a.rank, a.source) == (b.rank, b.source)) {
            if let Some(range) = combine(group) {
                let limits = |mention: &&&Mention| mention.range.as_ref().is_some_and(|r| !r.is_any());
                let evidence: Vec<_> = group.iter().filter(limits).map(|found| found.evidence.clone()).collect();
                if range.side().is_some() {
                    return Some(Self::Limited(range, evidence));
                }
                if let Some(first) = evidence.into_iter().next() {
                    let message = format!("no version of websockets is in the range `{range}`");
                    problems.push(BadMetadata { path: first.path.clone(), line: first.line, message });
                    return Some(Self::Unknown(Evidence { kind: Kind::Unknown, ..first }));
                }
            }
            if let (Some(first), true) = (group.first(), group.iter().all(|mention| mention.range.is_none())) {
                return Some(Self::Unknown(first.evidence.clone()));
            }
            // A constraints file installs nothing, so one without a version declares nothing.
            if group.first().is_some_and(|mention| mention.rank < Rank::Constraint) {
                plain.get_or_insert_with(|| group.iter().map(|mention| mention.evidence.clone()).collect());
            }
        }
        plain.map(Self::Plain)
    }
}

/// What a group of alternative environments allows together; `None` when nothing is limited.
pub(super) fn combine(group: &[&Mention]) -> Option<Range> {
    let mut all: Option<Range> = None;
    for environment in group.chunk_by(|a, b| a.environment == b.environment) {
        let limited = |marked: bool| {
            let ranges = environment.iter().filter(move |mention| mention.marked == marked);
            ranges.filter_map(|mention| mention.range.clone()).filter(|range| !range.is_any())
        };
        let always = limited(false).reduce(|left, right| left.and(&right));
        let sometimes = limited(true).reduce(Range::or);
        let range = match (always, sometimes) {
            (Some(always), Some(sometimes)) => Some(always.and(&sometimes)),
            (always, sometimes) => always.or(sometimes),
        };
        all = match (all, range) {
            (Some(all), Some(range)) => Some(all.or(range)),
            (all, range) => all.or(range),
        };
    }
    all
}
