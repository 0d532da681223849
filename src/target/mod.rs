//! The target: which websockets versions the project supports decides what may be written.
//!
//! # Where it comes from
//!
//! 1. `--websockets` or the configuration.
//! 2. Inline metadata in the file itself (PEP 723). A script that lists its dependencies there runs in an environment of its own,
//!    so when websockets is not among them, the project around it does not count either.
//! 3. The nearest directory, from the file upwards, whose metadata mentions websockets; the search ends behind a directory with
//!    a `.git`. A nested project that does not mention websockets is passed by: its code gets the library from somewhere, and
//!    the workspace around it is the best guess at from where.
//! 4. Without any: the modern side, [`Target::default`].
//!
//! Inside a directory, first what is needed at run time, then extras, then development groups, then constraints files. For each
//! of these in the order `pyproject.toml` (`[project]`, then Poetry, PDM, uv, hatch), `setup.cfg`, `setup.py`, requirements files,
//! `Pipfile`, `environment.yml`. The first that limits the version decides; a plain `websockets` only decides when nothing else
//! does. What is installed together must hold together; extras, groups, files and environment markers are alternatives, and
//! the project supports all of them.
//!
//! # A plain `websockets`, and lock files
//!
//! A requirement without a version is *modern*: whoever installs the project today gets the newest release. A lock file (or a
//! compiled requirements file), next to it or further up, says more: with a version before 14.0 locked the code has to work there
//! today, and on the newest release after the next update, so the side is *both*, with the locked version as the floor. A
//! lock never overrules a written limit.
//!
//! A requirement that names a URL or a repository says nothing about the version: modern, and the evidence tells why.

mod cache;
mod conda;
mod declaration;
mod directory;
mod document;
mod lock;
mod pyproject;
mod python;
mod raise;
mod range;
mod requirements;
mod setup_cfg;
mod setup_py;

use crate::text::problem::Problem;
use std::fmt;
use std::path::{Path, PathBuf};

use pep440_rs::Version;

pub use cache::Targets;
pub use declaration::{Declaration, Declared};
pub use range::Range;

/// Whether a file is metadata by its own name and the directory that it is in.
pub fn is_metadata(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let inside_requirements = path.parent().is_some_and(|parent| parent.ends_with("requirements"));
    directory::is_metadata(name, inside_requirements)
}

/// Which sides of 14.0 the supported range has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// 14.0 and newer only.
    Modern,
    /// Versions before and after 14.0.
    Both,
    /// Versions before 14.0 only.
    Legacy,
}

impl Side {
    /// Whether it has versions with the new API.
    pub fn has_modern(self) -> bool {
        self != Self::Legacy
    }
}

/// `modern`, `both` or `legacy`.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Modern => "modern",
            Self::Both => "both",
            Self::Legacy => "legacy",
        })
    }
}

/// How the evidence is written, and so how a new version has to be written there. `>=14.2` is right in all but the last two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A requirement: `websockets[extra]>=14.2; marker`.
    Requirement,
    /// A key and a specifier: Poetry or Pipenv.
    Table,
    /// A conda match specification.
    Conda,
    /// The exact version in a lock file, which a tool writes.
    Lock,
    /// The setting `websockets` of wsupgrade itself, which is not the project's metadata.
    Setting,
    /// A URL, a repository or a directory in the place of a version; or something that is no version.
    Unknown,
}

impl Kind {
    /// How versions are written there; `None` where none can be.
    fn dialect(self) -> Option<range::Dialect> {
        match self {
            Self::Requirement => Some(range::Dialect::Pep440),
            Self::Table => Some(range::Dialect::Poetry),
            Self::Conda => Some(range::Dialect::Conda),
            Self::Lock | Self::Unknown | Self::Setting => None,
        }
    }
}

/// A place in the project's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The file, relative to the working directory when it lies inside.
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
    /// The declaration as written, without its environment marker.
    pub text: String,
    /// How it is written.
    pub kind: Kind,
    /// The bytes of the version specifier in the file; empty where one can be inserted, `None` where the file does not hold it
    /// literally.
    pub range: Option<std::ops::Range<usize>>,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// Metadata that could not be understood. The target is found without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BadMetadata {
    /// The file, as in [`Evidence::path`].
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for BadMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}

/// The supported websockets versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// See [`Side`].
    pub side: Side,
    /// The declared range, when one is declared.
    pub range: Option<Range>,
    /// The oldest release of the range, or the locked one.
    pub floor: Option<Version>,
    /// The declaration or setting that decided; `None` for a default and for the command line.
    pub evidence: Option<Evidence>,
    /// Other declarations that count as much, in the order of the files.
    pub also: Vec<Evidence>,
    /// The lock file that decided about a declaration without a version.
    pub locked: Option<Evidence>,
    /// The oldest Python that the project supports, `(3, 8)`, when the metadata says so.
    pub python: Option<(u8, u8)>,
}

impl Default for Target {
    fn default() -> Self {
        Self::from(Side::Modern)
    }
}

/// A target of which only the side is known.
impl From<Side> for Target {
    fn from(side: Side) -> Self {
        Self { side, range: None, floor: None, evidence: None, also: Vec::new(), locked: None, python: None }
    }
}

/// Where a migration goes, for code whose metadata says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// 14.2 and newer.
    Modern,
    /// Versions on both sides of 14.0.
    Both,
}

impl Goal {
    /// The target of code for which `declared` is written; `None` where that is the goal already.
    pub fn target(self, declared: &Target) -> Option<Target> {
        let range = match self {
            _ if declared.side == Side::Modern => return None,
            Self::Modern => ">=14.2".to_owned(),
            Self::Both if declared.side == Side::Both => return None,
            Self::Both => declared.floor.as_ref().map_or_else(|| ">=10".to_owned(), |floor| format!(">={floor}")),
        };
        Target::from_range(&range).ok()
    }
}

/// The oldest Python on which a version of websockets installs, as far as it is newer than what anybody runs.
pub fn python_for(version: &Version) -> Option<(u8, u8)> {
    const NEEDS: &[(u64, (u8, u8))] = &[(17, (3, 11)), (16, (3, 10)), (14, (3, 9)), (12, (3, 8))];
    NEEDS.iter().find(|(since, _)| *version >= Version::new([*since])).map(|(_, python)| *python)
}

impl Target {
    /// The target that somebody asked for, as in `--websockets ">=14.2,<18"`.
    ///
    /// # Errors
    /// A sentence that says why `text` is no range, or that it is empty.
    pub fn from_range(text: &str) -> Result<Self, String> {
        let range = Range::pep440(text)?;
        Self::of(range).ok_or_else(|| format!("no version of websockets is in the range `{text}`"))
    }

    /// A target for a range; `None` when it allows no version.
    fn of(range: Range) -> Option<Self> {
        if range.is_any() {
            return Some(Self::default());
        }
        let (side, floor) = (range.side()?, range.floor());
        Some(Self { floor, range: Some(range), ..Self::from(side) })
    }
}

impl Target {
    /// Whether the project supports `release`, `[17, 0]`, or some version behind it.
    pub fn reaches<const N: usize>(&self, release: [u64; N]) -> bool {
        match &self.range {
            Some(range) => range.reaches(&Version::new(release)),
            None => self.side != Side::Legacy || release.first().is_some_and(|major| *major < 14),
        }
    }

    /// Whether the oldest supported version is known to be older than `release`.
    pub fn starts_before<const N: usize>(&self, release: [u64; N]) -> bool {
        self.floor.as_ref().is_some_and(|floor| *floor < Version::new(release))
    }

    /// Whether the oldest supported version is known, and not older than `release`.
    pub fn starts_at<const N: usize>(&self, release: [u64; N]) -> bool {
        self.floor.as_ref().is_some_and(|floor| *floor >= Version::new(release))
    }

    /// The upper bounds of the range, `<18`, where it is one that has some.
    pub fn cap(&self) -> Option<String> {
        use pep440_rs::Operator::{LessThan, LessThanEqual};
        let specifiers = self.range.as_ref()?.specifiers()?.iter();
        let bounds = specifiers.filter(|it| matches!(it.operator(), LessThan | LessThanEqual)).map(ToString::to_string);
        let bounds: Vec<String> = bounds.collect();
        (!bounds.is_empty()).then(|| bounds.join(","))
    }

    /// Whether every supported version is `release` or newer. Who declares nothing gets the newest.
    pub fn is_at_least(&self, release: &[u64]) -> bool {
        let reaches = |floor: &Version| *floor >= Version::new(release.iter().copied());
        self.floor.as_ref().map_or(self.side == Side::Modern, reaches)
    }
}

impl Target {
    /// Why it is on its side, and what that means for what is written.
    pub fn reason(&self) -> String {
        let unlimited = match (&self.locked, &self.evidence) {
            _ if self.range.is_some() => None,
            (Some(locked), _) if self.side == Side::Both => {
                Some(format!("{} today, and the next update brings a newer one", locked.text))
            }
            (Some(locked), _) => Some(locked.text.clone()),
            (None, Some(evidence)) if evidence.kind == Kind::Unknown => {
                Some(format!("`{}` says nothing about the version", evidence.text))
            }
            (None, Some(_)) => Some("any version is declared, which gets the newest".to_owned()),
            (None, None) => Some("nothing declares websockets".to_owned()),
        };
        let (limited, consequence) = match self.side {
            Side::Modern => ("all versions have the new API", "fixes write the new API"),
            Side::Both => ("some versions are older than 14.0, some are not", "fixes write what works on all of them"),
            Side::Legacy => ("all versions are older than 14.0", "nothing is rewritten"),
        };
        format!("{}; {consequence}", unlimited.as_deref().unwrap_or(limited))
    }
}

/// One line: ``websockets>=14.2 (modern), from pyproject.toml:12``.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.range, &self.evidence) {
            (Some(range), _) => write!(f, "websockets{range}")?,
            (None, Some(evidence)) if evidence.kind == Kind::Unknown => f.write_str("websockets, version unknown")?,
            (None, _) => f.write_str("websockets, any version")?,
        }
        if let Some(locked) = &self.locked {
            write!(f, ", {} in {locked}", locked.text)?;
        }
        write!(f, " ({})", self.side)?;
        match (&self.evidence, &self.range, &self.locked) {
            (Some(evidence), _, _) => write!(f, ", from {evidence}"),
            (None, None, None) => f.write_str(", by default: nothing declares websockets"),
            _ => Ok(()),
        }
    }
}

impl From<BadMetadata> for Problem {
    fn from(bad: BadMetadata) -> Self {
        Self::new(bad.path, format!("line {}: {}. Correct it, or say `--websockets`.", bad.line, bad.message))
    }
}
