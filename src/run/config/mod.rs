//! The configuration: what holds for a file, and who says so.
//!
//! The nearest configuration file decides about a checked file, as with Ruff: `.wsupgrade.toml`, `wsupgrade.toml` or a
//! `pyproject.toml` with `[tool.wsupgrade]`, in its directory or the next one up that has any. Files further up do not count, unless
//! the nearest one extends them. The settings are kept as layers: the defaults, the files from the extended to the extending,
//! and the command line. The last layer that says something decides; what extends, adds up.

mod cache;
mod file;
mod format;
mod options;
mod patterns;
mod reasons;
mod schema;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::lint::options::RuleOptions;
use crate::lint::rule::{Finding, Rule};
use crate::lint::select::{self, Selection, Selector};
use crate::lint::suppress;
use crate::target::Target;
use crate::text::edit::Applicability;
use crate::text::paths::normalised;
use crate::text::problem::Problem;

pub use cache::{Configs, Sources};
pub use format::Format;
pub use options::{DottedName, FailOn, Options, Pattern, VersionRange};
use patterns::Patterns;
pub use reasons::{Reasons, RuleReason, Setting};
pub use schema::SCHEMA;
use schema::keys;

/// Where a setting is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WrittenAt {
    /// Nowhere.
    Default,
    /// In a file.
    File {
        /// As it is shown.
        path: Arc<Path>,
        /// From 1.
        line: usize,
    },
    /// On the command line.
    Flag(String),
}

impl WrittenAt {
    /// What is wrong with what is written here.
    fn problem(&self, message: &str) -> Problem {
        match self {
            Self::File { path, line } => Problem::new(&**path, format!("line {line}: {message}")),
            other => Problem::new(other.to_string(), message),
        }
    }
}

impl fmt::Display for WrittenAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// What one place says.
#[derive(Debug, Clone)]
pub struct Layer {
    options: Options,
    /// What its patterns and paths are relative to.
    root: PathBuf,
    written: Written,
}

/// How a layer is written.
#[derive(Debug, Clone)]
enum Written {
    Nowhere,
    /// In a file, as it is shown, with the line of each setting.
    File(Arc<Path>, BTreeMap<String, usize>),
    /// Each with a flag of its own.
    Flags,
    /// With `--config`.
    Inline,
}

impl Layer {
    /// What flags say; their paths are relative to the working directory.
    pub fn of_flags(options: Options) -> Self {
        Self { options, root: std::env::current_dir().unwrap_or_default(), written: Written::Flags }
    }

    /// Where the setting `key` is written.
    fn place(&self, key: &str) -> WrittenAt {
        match &self.written {
            Written::Nowhere => WrittenAt::Default,
            Written::File(path, lines) => {
                WrittenAt::File { path: path.clone(), line: lines.get(key).copied().unwrap_or(1) }
            }
            Written::Flags => WrittenAt::Flag(format!("--{key}")),
            Written::Inline => WrittenAt::Flag("--config".into()),
        }
    }

    /// What it says about rules.
    fn rules(&self) -> select::Preference<'_> {
        let Options { select, extend_select, ignore, .. } = &self.options;
        select::Preference {
            select: select.as_deref(),
            extend_select: extend_select.as_deref().unwrap_or_default(),
            ignore: ignore.as_deref().unwrap_or_default(),
        }
    }
}

/// What holds for the files of a directory.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    layers: Vec<Arc<Layer>>,
    /// The directory of the configuration file; the working directory where there is none.
    pub root: PathBuf,
    /// What rules can ask for.
    pub rules: RuleOptions,
    /// Functions that stand for `websockets.connect()`.
    pub connect_functions: Vec<DottedName>,
    /// Where modules are looked for first.
    pub src: Vec<PathBuf>,
    /// The rules that are on, before those are taken away that a file ignores.
    pub selection: Arc<Selection>,
    /// The supported websockets versions, where they are configured.
    pub target: Option<Arc<Target>>,
    /// Whether comments that suppress nothing are findings. Who selects their rule by its name wants that too.
    pub unused_ignores: bool,
    /// Whether unsafe fixes are made.
    pub unsafe_fixes: bool,
    /// Whether paths on the command line can be excluded.
    pub force_exclude: bool,
    /// Whether ignore files count.
    pub respect_gitignore: bool,
    /// How findings are shown.
    pub output_format: Format,
    /// What makes the exit code 1.
    pub fail_on: FailOn,
    excluded: Patterns,
    ignored: Vec<Ignored>,
}

/// Rules that do not hold in some files.
#[derive(Debug)]
struct Ignored {
    files: Patterns,
    /// In all files but those.
    negated: bool,
    selectors: Vec<Selector>,
}

/// What holds where nobody says anything.
impl Default for Config {
    fn default() -> Self {
        Self::new(Vec::new(), PathBuf::new(), &mut Vec::new())
    }
}

impl Config {
    /// What the layers come to, the defaults below them. `problems` takes what cannot be used.
    fn new(layers: Vec<Arc<Layer>>, root: PathBuf, problems: &mut Vec<String>) -> Self {
        static DEFAULTS: LazyLock<Arc<Layer>> = LazyLock::new(|| {
            let (options, root) = (Options::defaults(), PathBuf::new());
            Arc::new(Layer { options, root, written: Written::Nowhere })
        });
        let layers: Vec<Arc<Layer>> = std::iter::once(DEFAULTS.clone()).chain(layers).collect();
        let mut patterns = |written: &[(&Path, &Pattern)]| {
            let patterns = Patterns::new(written.iter().copied());
            patterns.unwrap_or_else(|problem| {
                problems.push(problem);
                Patterns::default()
            })
        };
        let mut excluded = Vec::new();
        let instead = layers.iter().rposition(|layer| layer.options.exclude.is_some());
        for (at, layer) in layers.iter().enumerate() {
            let Options { exclude, extend_exclude, .. } = &layer.options;
            let written = exclude.iter().filter(|_| Some(at) == instead).chain(extend_exclude).flatten();
            excluded.extend(written.map(|pattern| (layer.root.as_path(), pattern)));
        }
        let excluded = patterns(&excluded);
        let per_file = layers.iter().rev().find_map(|layer| Some((layer, layer.options.per_file_ignores.as_ref()?)));
        let ignored = per_file.into_iter().flat_map(|(layer, ignores)| {
            ignores.iter().map(|(pattern, selectors)| (layer.root.as_path(), pattern, selectors.clone()))
        });
        let ignored = ignored.map(|(root, pattern, selectors)| {
            let (pattern, negated) = pattern.positive();
            Ignored { files: patterns(&[(root, &pattern)]), negated, selectors }
        });
        let ignored = ignored.collect();
        let said: Vec<_> = layers.iter().map(|layer| layer.rules()).collect();
        let selection = Arc::new(Selection::new(&said));
        let about_comments = suppress::rule().filter(|rule| selection.contains(rule));
        let names = |rule: &Rule| said.iter().any(|layer| layer.names(rule));
        let src = layers.iter().rev().find_map(|layer| {
            let src = layer.options.src.as_ref()?;
            Some(src.iter().map(|directory| normalised(&layer.root.join(directory))).collect())
        });
        let mut this = Self {
            root,
            rules: RuleOptions { timeout_means: last(&layers, |options| options.timeout_means).unwrap_or_default() },
            connect_functions: last(&layers, |options| options.connect_functions.clone()).unwrap_or_default(),
            src: src.unwrap_or_default(),
            selection,
            target: None,
            unused_ignores: last(&layers, |options| options.report_unused_ignores).unwrap_or_default()
                || about_comments.is_some_and(names),
            unsafe_fixes: last(&layers, |options| options.unsafe_fixes).unwrap_or_default(),
            force_exclude: last(&layers, |options| options.force_exclude).unwrap_or_default(),
            respect_gitignore: last(&layers, |options| options.respect_gitignore).unwrap_or_default(),
            output_format: last(&layers, |options| options.output_format).unwrap_or(Format::Full),
            fail_on: last(&layers, |options| options.fail_on).unwrap_or_default(),
            excluded,
            ignored,
            layers,
        };
        this.target = this.layers.iter().rev().find_map(|layer| {
            let range = layer.options.websockets.as_ref()?;
            Some(Arc::new(range.target(&layer.place("websockets"))))
        });
        this
    }

    /// The configuration files, the deciding one first, then those that it extends.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.layers.iter().rev().filter_map(|layer| match &layer.written {
            Written::File(path, _) => Some(&**path),
            _ => None,
        })
    }

    /// Whether a file or directory is left out of a walk. `path` is absolute, and made only where that is needed.
    pub fn excludes(&self, name: &std::ffi::OsStr, path: impl FnOnce() -> PathBuf) -> bool {
        self.excluded.matches(name, path)
    }

    /// The rules that are on in a file, by its absolute path.
    pub fn selection_for(&self, path: &Path) -> Arc<Selection> {
        let holds = |ignored: &&Ignored| ignored.files.match_path(path) != ignored.negated;
        let selectors: Vec<&Selector> = self.ignored.iter().filter(holds).flat_map(|it| &it.selectors).collect();
        if selectors.is_empty() { self.selection.clone() } else { Arc::new(self.selection.without(&selectors)) }
    }

    /// Sees to it that the fixes of findings are as sure as the configuration takes them for, and made if it allows that.
    pub fn settle(&self, findings: &mut [Finding]) {
        for finding in findings {
            let (Some(rule), Some(fix)) = (finding.rule, &mut finding.fix) else { continue };
            let applicability = match (fix.applicability(), self.safety(rule)) {
                (Applicability::Unsafe, Some(Applicability::Safe)) => Applicability::Safe,
                (Applicability::Safe, Some(Applicability::Unsafe)) => Applicability::Unsafe,
                (as_it_is, _) => as_it_is,
            };
            fix.settle(applicability, self.unsafe_fixes);
        }
    }

    /// How sure the fixes of a rule are said to be. The more exact selector counts, of two that are as exact the careful one.
    fn safety(&self, rule: &Rule) -> Option<Applicability> {
        self.layers.iter().rev().find_map(|layer| {
            let Options { extend_safe_fixes, extend_unsafe_fixes, .. } = &layer.options;
            let best = |selectors: &Option<Vec<Selector>>| select::best(selectors.as_deref().unwrap_or_default(), rule);
            match (best(extend_safe_fixes), best(extend_unsafe_fixes)) {
                (None, None) => None,
                (safe, careful) if safe > careful => Some(Applicability::Safe),
                _ => Some(Applicability::Unsafe),
            }
        })
    }
}

/// What the last layer says that says anything.
fn last<T>(layers: &[Arc<Layer>], said: impl Fn(&Options) -> Option<T>) -> Option<T> {
    layers.iter().rev().find_map(|layer| said(&layer.options))
}
