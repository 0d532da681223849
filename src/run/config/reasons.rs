//! What holds for one path, and why: what `wsupgrade config` tells.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::patterns::Patterns;
use super::{Config, Configs, Layer, Options, Pattern, WrittenAt, keys};
use crate::lint::registry::RULES;
use crate::lint::rule::Rule;
use crate::project::files;
use crate::target::Targets;
use crate::text::paths::shown;

/// Settings to which each place adds, where the others are said anew.
const ADDED_UP: [&str; 5] = ["extend-exclude", "extend-safe-fixes", "extend-select", "extend-unsafe-fixes", "ignore"];

/// Settings about a run and not about a file.
const OF_THE_RUN: [&str; 2] = ["fail-on", "output-format"];

/// Everything that holds for a path.
#[derive(Debug, Serialize)]
pub struct Reasons {
    /// The file or directory, as it is shown.
    pub path: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// Why a run over the directories around it leaves it out, if it does.
    pub skipped: Option<String>,
    /// Whether it is left out even when it is named on the command line.
    pub skipped_when_named: bool,
    /// The configuration file, and those that it extends.
    pub files: Vec<PathBuf>,
    /// What is set, in the order of the names; several lines for one where several places add to it.
    pub settings: Vec<Setting>,
    /// The supported websockets versions, and where that is written.
    pub target: String,
    /// All rules by their codes.
    pub rules: Vec<RuleReason>,
}

/// One setting, from one place.
#[derive(Debug, Serialize)]
pub struct Setting {
    /// Its name.
    pub key: String,
    /// Its value; null where nothing is set.
    pub value: Value,
    /// Who says so.
    #[serde(serialize_with = "as_text")]
    pub from: WrittenAt,
}

/// Whether a rule is on.
#[derive(Debug, Serialize)]
pub struct RuleReason {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it is on.
    pub on: bool,
    /// The setting that says so.
    pub by: &'static str,
    /// Who says so.
    #[serde(serialize_with = "as_text")]
    pub from: WrittenAt,
}

fn as_text<S: Serializer>(place: &WrittenAt, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(place)
}

impl Reasons {
    /// What holds for `path`, which is a file or a directory and need not exist.
    pub fn new(path: &Path, configs: &Configs) -> Self {
        let is_directory = path.is_dir();
        let config = if is_directory { configs.inside(path) } else { configs.for_path(path) };
        let absolute = configs.absolute(path);
        let base = configs.base.as_deref();
        let target = config.target.as_ref().map_or_else(
            || Targets::new().for_file(&if is_directory { absolute.join("_") } else { absolute.clone() }).to_string(),
            ToString::to_string,
        );
        let shown = shown(&absolute, base);
        let mut rules: Vec<RuleReason> = RULES.iter().map(|rule| config.reason(rule, &absolute)).collect();
        rules.sort_by_key(|rule| rule.code);
        Self {
            path: if shown.as_os_str().is_empty() { ".".into() } else { shown },
            exists: path.exists(),
            skipped: configs.why_skipped(&absolute),
            skipped_when_named: configs.is_forced_out(path),
            files: config.files().map(Path::to_owned).collect(),
            settings: settings(&config, &configs.here()),
            target,
            rules,
        }
    }
}

fn settings(config: &Config, here: &Config) -> Vec<Setting> {
    let mut found = Vec::new();
    for key in keys().iter().filter(|key| *key != "extend") {
        let layers = if OF_THE_RUN.contains(&key.as_str()) { &here.layers } else { &config.layers };
        let said = layers.iter().filter_map(|layer| {
            let value = layer.value(key)?;
            Some(Setting { key: key.clone(), value, from: layer.place(key) })
        });
        let mut said: Vec<Setting> = said.collect();
        if ADDED_UP.contains(&key.as_str()) {
            // An empty list adds nothing to what others say.
            let is_empty = |setting: &Setting| setting.value.as_array().is_some_and(Vec::is_empty);
            if said.iter().any(|setting| !is_empty(setting)) {
                said.retain(|setting| !is_empty(setting));
            } else {
                said.truncate(1);
            }
        } else {
            said = said.pop().into_iter().collect();
        }
        if said.is_empty() {
            said.push(Setting { key: key.clone(), value: Value::Null, from: WrittenAt::Default });
        }
        found.append(&mut said);
    }
    found
}

impl Layer {
    /// What it says about a setting.
    fn value(&self, key: &str) -> Option<Value> {
        serde_json::to_value(&self.options).ok()?.get_mut(key).map(Value::take)
    }
}

impl Config {
    /// Why a rule is on or off in a file.
    fn reason(&self, rule: &Rule, path: &Path) -> RuleReason {
        let (code, name) = (rule.meta.code, rule.name);
        if self.selection.contains(rule) && !self.selection_for(path).contains(rule) {
            let by = "per-file-ignores";
            let layer = self.layers.iter().rev().find(|layer| layer.options.per_file_ignores.is_some());
            let from = layer.map_or(WrittenAt::Default, |layer| layer.place(by));
            return RuleReason { code, name, on: false, by, from };
        }
        let decided = self.layers.iter().rev().find_map(|layer| Some((layer, layer.rules().decide(rule)?)));
        let (from, on, by) =
            decided.map_or((WrittenAt::Default, false, "select"), |(layer, (on, by))| (layer.place(by), on, by));
        RuleReason { code, name, on, by, from }
    }

    /// The pattern that excludes a file or directory, and where it is written.
    fn excluding(&self, path: &Path) -> Option<(&Pattern, WrittenAt)> {
        let instead = self.layers.iter().rposition(|layer| layer.options.exclude.is_some());
        self.layers.iter().enumerate().rev().find_map(|(at, layer)| {
            let Options { exclude, extend_exclude, .. } = &layer.options;
            let exclude = exclude.iter().filter(|_| Some(at) == instead).flatten().map(|pattern| ("exclude", pattern));
            let extend = extend_exclude.iter().flatten().map(|pattern| ("extend-exclude", pattern));
            let matches = |pattern: &Pattern| {
                Patterns::new([(layer.root.as_path(), pattern)]).is_ok_and(|patterns| patterns.match_path(path))
            };
            let (key, pattern) = exclude.chain(extend).find(|(_, pattern)| matches(pattern))?;
            Some((pattern, layer.place(key)))
        })
    }
}

impl Configs {
    /// Why a run over the directories around `path` leaves it out.
    fn why_skipped(&self, path: &Path) -> Option<String> {
        let start = self.start(path);
        let inside: BTreeSet<&Path> = path.ancestors().filter(|around| around.starts_with(&start)).collect();
        for around in inside.iter().filter(|around| **around != start) {
            let at = shown(around, self.base.as_deref());
            if let Some((pattern, place)) = self.for_path(around).excluding(around) {
                return Some(format!("{} is excluded by the pattern `{}` ({place})", at.display(), pattern.as_str()));
            }
            if around.join("pyvenv.cfg").is_file() {
                return Some(format!("{} is a virtual environment", at.display()));
            }
        }
        let respect_gitignore = self.inside(&start).respect_gitignore;
        (path != start && path.exists() && !files::reaches(&start, path, false))
            .then(|| "it is no Python file by its name and first line, or a symbolic link leads to it".to_owned())
            .or_else(|| {
                let is_ignored = respect_gitignore && path.exists() && !files::reaches(&start, path, true);
                is_ignored.then(|| "an ignore file, such as `.gitignore`, names it".to_owned())
            })
    }

    /// The directory from which a run would come to `path`.
    fn start(&self, path: &Path) -> PathBuf {
        let config = self.for_path(path);
        let around = [self.base.as_deref(), Some(config.root.as_path())];
        let start = around.into_iter().flatten().find(|around| path.starts_with(around));
        start.or_else(|| path.parent()).unwrap_or(path).to_owned()
    }
}
