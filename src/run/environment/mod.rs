//! An environment of Python: which installed packages hold websockets back, use its legacy API, or warn about it.
//!
//! Read from the metadata and the sources of the packages; nothing is run.

mod known;
mod sites;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use serde::Serialize;

use crate::lint::rule::Severity;
use crate::project::files::walk;
use crate::run::config::{Configs, Layer, Options, Sources};
use crate::run::session::{self, Outcome, Settings};
use crate::target::{Side, Target};

pub use known::Advice;

/// What is installed somewhere, as far as websockets is concerned.
#[derive(Debug, Serialize)]
pub struct Environment {
    /// Where packages are installed.
    pub sites: Vec<PathBuf>,
    /// The installed version of websockets.
    pub websockets: Option<String>,
    /// How many packages are installed.
    pub installed: usize,
    /// Those about which there is something to say, by name.
    pub packages: Vec<Package>,
}

impl Environment {
    /// Whether nothing holds websockets back, uses what is gone or warns.
    pub fn is_ready(&self) -> bool {
        self.packages.iter().all(|package| package.requires.is_none() && package.findings == 0)
    }
}

/// An installed package.
#[derive(Debug, Serialize)]
pub struct Package {
    /// As its metadata names it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it requires of websockets, where that keeps 14.0 and newer out.
    pub requires: Option<String>,
    /// How many places of its code use the legacy API.
    pub findings: usize,
    /// How many of these break, and do not only warn.
    pub errors: usize,
    /// The first of them: file, line and what is there.
    pub first: Option<String>,
    /// What is known about it.
    pub advice: Option<Advice>,
}

/// The metadata of a package.
struct Distribution {
    name: String,
    version: String,
    /// Requirements of websockets, as they are written.
    requires: Vec<String>,
    /// Where its modules are: directories and files.
    roots: BTreeSet<PathBuf>,
}

/// Reads the environment of `python`, an interpreter, a virtual environment or a `site-packages` directory.
///
/// # Errors
/// A sentence that says why none is found.
pub fn read(python: Option<&Path>) -> Result<Environment, String> {
    let sites = sites::find(python)?;
    let mut distributions = Vec::new();
    for site in &sites {
        distributions.extend(distributions_in(site));
    }
    distributions.sort_by_key(|distribution| distribution.name.to_lowercase());
    let of_library = |it: &Distribution| it.name.eq_ignore_ascii_case("websockets");
    let websockets = distributions.iter().find(|it| of_library(it)).map(|it| it.version.clone());
    let installed = distributions.len();
    distributions.retain(|it| !of_library(it));
    let roots: Vec<PathBuf> = distributions.iter().flat_map(|it| it.roots.iter().cloned()).collect();
    let outcome = check(&roots);
    let packages = distributions.iter().filter_map(|it| package(it, &outcome)).collect();
    Ok(Environment { sites, websockets, installed, packages })
}

/// `None` where there is nothing to say.
fn package(distribution: &Distribution, outcome: &Outcome) -> Option<Package> {
    let Distribution { name, version, requires, roots } = distribution;
    let is_pin = |range: &&String| Target::from_range(range).is_ok_and(|target| target.side == Side::Legacy);
    let requires = requires.iter().find(is_pin).cloned();
    let files = outcome.files.iter().filter(|file| roots.iter().any(|root| file.source.path().starts_with(root)));
    let (mut findings, mut errors, mut first) = (0, 0, None);
    for file in files {
        for finding in file.findings.iter().filter(|finding| is_of_upgrade(finding.code())) {
            findings += 1;
            errors += usize::from(finding.severity == Severity::Error);
            first.get_or_insert_with(|| {
                let row = file.source.position(finding.range.start()).row;
                format!("{}:{row}: {}", file.source.path().display(), finding.message)
            });
        }
    }
    let advice = known::advice(name, version);
    (requires.is_some() || findings > 0).then(|| Package {
        name: name.clone(),
        version: version.clone(),
        requires,
        findings,
        errors,
        first,
        advice,
    })
}

/// Subprotocols, tests and metadata of somebody else's package are nobody's business here.
fn is_of_upgrade(code: &str) -> bool {
    ["WS1", "WS2", "WS4", "WS5", "WS6"].iter().any(|family| code.starts_with(family))
}

/// Checks installed code as code that shall work on 14.2 and newer.
fn check(roots: &[PathBuf]) -> Outcome {
    let options = Options { websockets: ">=14.2".parse().ok(), exclude: Some(Vec::new()), ..Options::default() };
    let sources = Sources { isolated: true, ..Sources::default() };
    let options = Options { respect_gitignore: Some(false), ..options };
    let Ok(configs) = Configs::new(&sources, Layer::of_flags(options)) else { return Outcome::default() };
    let threads = available_parallelism().map_or(1, usize::from);
    let configs = Arc::new(configs);
    let settings = Settings { configs: configs.clone(), threads, ..Settings::default() };
    if roots.is_empty() {
        return Outcome::default();
    }
    session::check(walk(roots, threads, &configs), &settings)
}

/// The packages whose metadata is in a directory.
fn distributions_in(site: &Path) -> Vec<Distribution> {
    let Ok(entries) = fs::read_dir(site) else { return Vec::new() };
    let entries = entries.flatten().map(|entry| entry.path());
    let infos = entries.filter(|path| path.extension().is_some_and(|extension| extension == "dist-info"));
    infos.filter_map(|info| distribution(site, &info)).collect()
}

fn distribution(site: &Path, info: &Path) -> Option<Distribution> {
    let metadata = String::from_utf8_lossy(&fs::read(info.join("METADATA")).ok()?).into_owned();
    // The description follows an empty line.
    let header = metadata.split("\n\n").next().unwrap_or_default().replace('\r', "");
    let mut fields = BTreeMap::<&str, Vec<&str>>::new();
    for (key, value) in header.lines().filter_map(|line| line.split_once(": ")) {
        fields.entry(key).or_default().push(value.trim());
    }
    let first = |key: &str| fields.get(key).and_then(|values| values.first()).copied().map(str::to_owned);
    let requires = fields.get("Requires-Dist").into_iter().flatten().filter_map(|it| requirement(it)).collect();
    let record = fs::read_to_string(info.join("RECORD")).unwrap_or_default();
    let mut roots = BTreeSet::new();
    for file in record.lines().filter_map(|line| line.split(".py,").next().filter(|file| file.len() < line.len())) {
        // What is outside, such as a script in `bin`, is no module.
        if file.starts_with("..") || Path::new(file).is_absolute() {
            continue;
        }
        let root = file.split('/').next().unwrap_or(file);
        let path = if root == file { site.join(format!("{root}.py")) } else { site.join(root) };
        roots.insert(path);
    }
    roots.retain(|root| root.exists());
    Some(Distribution { name: first("Name")?, version: first("Version")?, requires, roots })
}

/// The range in a requirement of websockets: `websockets[speedups] (<14,>=10); extra == "ws"`.
fn requirement(text: &str) -> Option<String> {
    let requirement = text.split(';').next()?.trim();
    let rest = requirement.strip_prefix("websockets").or_else(|| requirement.strip_prefix("Websockets"))?;
    if rest.starts_with(|c: char| c.is_alphanumeric() || "-_.".contains(c)) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('[').map_or(rest, |extras| extras.split_once(']').map_or("", |(_, rest)| rest));
    let range = rest.trim().trim_start_matches('(').trim_end_matches(')').trim();
    (!range.is_empty()).then(|| range.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_of_websockets_is_read() {
        for (text, expected) in [
            ("websockets<14,>=10", Some("<14,>=10")),
            ("websockets (<14.0,>=10.0)", Some("<14.0,>=10.0")),
            ("websockets[a] >=13 ; extra == \"standard\"", Some(">=13")),
            ("websockets", None),
            ("websockets-proxy<2", None),
            ("httpx<1", None),
        ] {
            assert_eq!(requirement(text).as_deref(), expected, "{text}");
        }
    }
}
