//! The settings as they are written, in a file or as flags. The schema and the README's table come from this file.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Format;
use super::WrittenAt;
use crate::lint::options::TimeoutMeans;
use crate::lint::rule::Severity;
use crate::lint::select::Selector;
use crate::target::{Evidence, Kind, Target};

/// Settings of wsupgrade: `[tool.wsupgrade]` in `pyproject.toml`, or the whole of `wsupgrade.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "wsupgrade"))]
pub struct Options {
    /// Another configuration file whose settings hold where this file says nothing. Relative to this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend: Option<PathBuf>,

    /// Only these rules: codes (`WS101`), prefixes of codes (`WS1`), names (`extra-headers`) or `ALL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select: Option<Vec<Selector>>,

    /// These rules too, beside the selected ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend_select: Option<Vec<Selector>>,

    /// Not these rules. Where both name a rule, the more exact one counts: `WS101` is more exact than `WS1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore: Option<Vec<Selector>>,

    /// Rules that do not hold in the files that match a pattern; with `!` in front, in those that do not match it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_file_ignores: Option<BTreeMap<Pattern, Vec<Selector>>>,

    /// Whether comments that suppress nothing are findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_unused_ignores: Option<bool>,

    /// Files and directories to skip, in the place of the default list. A pattern without `/` matches a name anywhere, one with
    /// `/` a path from the directory of this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<Pattern>>,

    /// Files and directories to skip, beside those of `exclude`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend_exclude: Option<Vec<Pattern>>,

    /// Whether `exclude` holds for paths on the command line too, as a pre-commit hook wants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_exclude: Option<bool>,

    /// Whether what `.gitignore`, `.ignore` and their kin name is skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub respect_gitignore: Option<bool>,

    /// Directories from which the project's modules are imported. They are looked into first; without them, it is every
    /// directory around a file that is not a package itself, and its `src`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src: Option<Vec<PathBuf>>,

    /// The websockets versions to support, in the place of what the project's metadata says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub websockets: Option<VersionRange>,

    /// What `timeout` of `connect()` and `serve()` was meant to limit. It did limit the closing handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_means: Option<TimeoutMeans>,

    /// Functions that pass their keyword arguments on to `websockets.connect()`, by their dotted names where they are defined.
    /// Calls of them are checked and fixed as calls of `connect()`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_functions: Option<Vec<DottedName>>,

    /// Whether fixes after which the meaning may have shifted are made too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsafe_fixes: Option<bool>,

    /// Rules whose unsafe fixes count as safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend_safe_fixes: Option<Vec<Selector>>,

    /// Rules whose safe fixes count as unsafe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend_unsafe_fixes: Option<Vec<Selector>>,

    /// How findings are shown. The configuration of the working directory decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<Format>,

    /// The least severity that makes the exit code 1. The configuration of the working directory decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<FailOn>,
}

impl Options {
    /// What holds where nobody says anything.
    pub fn defaults() -> Self {
        Self {
            extend: None,
            select: Some(vec![Selector::all()]),
            extend_select: Some(Vec::new()),
            ignore: Some(Vec::new()),
            per_file_ignores: Some(BTreeMap::new()),
            report_unused_ignores: Some(false),
            exclude: Some(DEFAULT_EXCLUDE.iter().map(|name| Pattern((*name).to_owned())).collect()),
            extend_exclude: Some(Vec::new()),
            force_exclude: Some(false),
            respect_gitignore: Some(true),
            src: None,
            websockets: None,
            timeout_means: Some(TimeoutMeans::Close),
            connect_functions: Some(Vec::new()),
            unsafe_fixes: Some(false),
            extend_safe_fixes: Some(Vec::new()),
            extend_unsafe_fixes: Some(Vec::new()),
            output_format: Some(Format::Full),
            fail_on: Some(FailOn::Warning),
        }
    }
}

/// Directories that hold no source of the project. The list of Ruff, and what builds leave behind.
const DEFAULT_EXCLUDE: &[&str] = &[
    "*.egg-info",
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
];

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// What breaks.
    Error,
    /// Also what behaves differently or is deprecated.
    #[default]
    Warning,
    /// Everything, also what is only good to know.
    Info,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The least severity that counts; `None` where none does.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

/// A glob of files and directories.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Pattern(String);

impl Pattern {
    /// As it is written, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pattern without a `!` in front, and whether there was one.
    pub(super) fn positive(&self) -> (Self, bool) {
        self.0.strip_prefix('!').map_or_else(|| (self.clone(), false), |rest| (Self(rest.to_owned()), true))
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.trim_end_matches('/');
        if trimmed.trim_start_matches('!').is_empty() {
            return Err(format!(
                "`{text}` is no pattern; write a name such as `build`, or a path such as `src/old/*.py`"
            ));
        }
        match globset::Glob::new(trimmed) {
            Ok(_) => Ok(Self(trimmed.to_owned())),
            Err(error) => Err(format!("`{text}` is no pattern: {}", error.kind())),
        }
    }
}

/// A version specifier as pip reads it, `>=14.2,<18`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VersionRange(String);

impl VersionRange {
    /// The target that it says; it was tried when it was read.
    pub fn target(&self, place: &WrittenAt) -> Target {
        let target = Target::from_range(&self.0).unwrap_or_default();
        let WrittenAt::File { path, line } = place else { return target };
        let (path, text) = (path.to_path_buf(), self.0.clone());
        Target { evidence: Some(Evidence { path, line: *line, text, kind: Kind::Setting, range: None }), ..target }
    }
}

impl FromStr for VersionRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Target::from_range(text).map(|_| Self(text.to_owned()))
    }
}

/// The name of a function with that of its module: `app.net.open_ws`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DottedName(String);

impl DottedName {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the function itself.
    pub fn last(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }
}

impl FromStr for DottedName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = |part: &str| {
            part.chars().all(|c| c == '_' || c.is_alphanumeric()) && !part.starts_with(|c: char| c.is_ascii_digit())
        };
        let parts: Vec<&str> = text.split('.').collect();
        if parts.len() > 1 && parts.iter().all(|part| !part.is_empty() && is_name(part)) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("`{text}` is no dotted name; write the module and the function, such as `app.net.open_ws`"))
    }
}

/// Reads a text that means something, so that what is wrong with it is said where it stands.
fn read_text<'de, T: FromStr<Err = String>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Text<T>(PhantomData<T>);

    impl<T: FromStr<Err = String>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(PhantomData))
}

macro_rules! read_as_text {
    ($($type:ty),+) => {
        $(
            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    read_text(deserializer)
                }
            }
        )+
    };
}

read_as_text!(Pattern, VersionRange, DottedName, Selector);
