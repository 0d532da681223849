//! One configuration file: found, read, and every mistake in it named with its line.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::options::Options;
use super::{Layer, Written, keys};
use crate::text::paths::{normalised, shown};
use crate::text::problem::Problem;
use crate::text::problem::reason;
use crate::text::read::{self, MOST_METADATA};

/// The names of configuration files, the first that is there counts.
const NAMES: [&str; 3] = [".wsupgrade.toml", "wsupgrade.toml", PYPROJECT];

/// Its settings are in a section of their own.
const PYPROJECT: &str = "pyproject.toml";

/// More files than this that extend each other are a circle.
const MOST_EXTENDED: usize = 16;

/// The layers that the configuration file in `directory` comes to, weakest first. `None` where there is none.
pub(super) fn find(directory: &Path, base: Option<&Path>) -> Option<Result<Vec<Arc<Layer>>, Vec<Problem>>> {
    NAMES.iter().find_map(|name| {
        let path = directory.join(name);
        match read::regular(&path, MOST_METADATA) {
            // Most directories have none: no second question about those.
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            // Nor is a directory of that name a configuration.
            Err(error) if error.kind() == ErrorKind::IsADirectory => None,
            Err(error) => Some(Err(vec![unreadable(&path, base, &error)])),
            Ok(bytes) if *name == PYPROJECT && !mentions(&bytes) => None,
            Ok(bytes) => File::parse(&path, directory, base, bytes).map(|file| file.and_then(|file| file.layers(base))),
        }
    })
}

/// The layers of a file that somebody named. Its patterns are relative to `root`.
pub(super) fn named(path: &Path, root: &Path, base: Option<&Path>) -> Result<Vec<Arc<Layer>>, Vec<Problem>> {
    let bytes = read::named(path, MOST_METADATA).map_err(|error| vec![unreadable(path, base, &error)])?;
    let file = File::parse(path, root, base, bytes).unwrap_or_else(|| Err(vec![no_section(path, base)]))?;
    file.layers(base)
}

/// Settings on the command line, `key = value`.
pub(super) fn inline(text: &str, root: &Path) -> Result<Layer, String> {
    let table = DeTable::parse(text).map_err(|error| one_line(error.message()))?;
    let reading = Reading { section: "" };
    reading.options(DeValue::Table(table.into_inner()), 0..text.len()).map_or_else(
        |problems| Err(problems.into_iter().map(|(_, message)| message).collect::<Vec<_>>().join(" ")),
        |options| Ok(Layer { options, root: root.to_owned(), written: Written::Inline }),
    )
}

fn mentions(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"wsupgrade").is_some()
}

fn unreadable(path: &Path, base: Option<&Path>, error: &std::io::Error) -> Problem {
    Problem::new(shown(path, base), format!("cannot be read: {}. Check the path.", reason(error)))
}

fn no_section(path: &Path, base: Option<&Path>) -> Problem {
    Problem::new(shown(path, base), "has no section `[tool.wsupgrade]`. Add it, or name another file.")
}

/// A file whose settings are known.
struct File {
    path: PathBuf,
    layer: Layer,
}

impl File {
    /// Reads the settings in `bytes`; `None` for a `pyproject.toml` without any.
    fn parse(path: &Path, root: &Path, base: Option<&Path>, bytes: Vec<u8>) -> Option<Result<Self, Vec<Problem>>> {
        let shown = shown(path, base);
        let Ok(text) = String::from_utf8(bytes) else {
            return Some(Err(vec![Problem::new(shown, "is not UTF-8. Convert it.")]));
        };
        let is_pyproject = path.file_name().is_some_and(|name| name == PYPROJECT);
        let reading = Reading { section: if is_pyproject { "[tool.wsupgrade]" } else { "" } };
        let problem = |(at, message): (usize, String)| {
            Problem::new(shown.clone(), format!("line {}: {message}", line(&text, at)))
        };
        let document = match DeTable::parse(&text) {
            Ok(document) => document,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let message = format!("this is not valid TOML: {}.", one_line(error.message()));
                return Some(Err(vec![problem((at, message))]));
            }
        };
        let span = document.span();
        let (section, span) = if is_pyproject {
            match reading.section(document.into_inner()) {
                Ok(section) => section?,
                Err(found) => return Some(Err(vec![problem(found)])),
            }
        } else {
            (DeValue::Table(document.into_inner()), span)
        };
        let lines = match &section {
            DeValue::Table(table) => {
                table.keys().map(|key| (key.get_ref().to_string(), line(&text, key.span().start))).collect()
            }
            _ => BTreeMap::new(),
        };
        let options = match reading.options(section, span) {
            Ok(options) => options,
            Err(problems) => return Some(Err(problems.into_iter().map(problem).collect())),
        };
        let (root, written) = (root.to_owned(), Written::File(shown.into(), lines));
        Some(Ok(Self { path: path.to_owned(), layer: Layer { options, root, written } }))
    }

    /// This file's layer, and before it those of the files that it extends.
    fn layers(self, base: Option<&Path>) -> Result<Vec<Arc<Layer>>, Vec<Problem>> {
        let mut layers = Vec::new();
        let mut file = self;
        loop {
            let Self { path, layer } = file;
            let extended = layer.options.extend.as_ref().map(|extended| {
                let directory = path.parent().unwrap_or(&path);
                (normalised(&directory.join(extended)), layer.place("extend"))
            });
            layers.push(Arc::new(layer));
            let Some((extended, place)) = extended else { break };
            let wrong = |what: String| vec![place.problem(&format!("`extend`: {what}"))];
            if layers.len() > MOST_EXTENDED {
                return Err(wrong("the files extend each other in a circle. Take one out.".into()));
            }
            let root = extended.parent().unwrap_or(&extended).to_owned();
            let bytes = read::regular(&extended, MOST_METADATA).map_err(|error| {
                wrong(format!("{} cannot be read: {}. Check the path.", extended.display(), reason(&error)))
            })?;
            file =
                Self::parse(&extended, &root, base, bytes).unwrap_or_else(|| Err(vec![no_section(&extended, base)]))?;
        }
        layers.reverse();
        Ok(layers)
    }
}

/// How settings are read. What is wrong is given with its offset.
struct Reading {
    /// What the settings stand under.
    section: &'static str,
}

impl Reading {
    /// The section of a `pyproject.toml`.
    #[expect(clippy::type_complexity, reason = "a value and its place, where there is one")]
    fn section<'t>(&self, mut document: DeTable<'t>) -> Result<Option<(DeValue<'t>, Range<usize>)>, (usize, String)> {
        if let Some((key, _)) = document.get_key_value("wsupgrade") {
            let message = format!("in this file the settings stand under `{}`.", self.section);
            return Err((key.span().start, message));
        }
        let Some(DeValue::Table(mut tools)) = document.remove("tool").map(Spanned::into_inner) else { return Ok(None) };
        Ok(tools.remove("wsupgrade").map(|section| {
            let span = section.span();
            (section.into_inner(), span)
        }))
    }

    /// The settings of a section: unknown ones first, for a mistyped name is all that is wrong with most of them.
    fn options(&self, section: DeValue<'_>, span: Range<usize>) -> Result<Options, Vec<(usize, String)>> {
        let known = keys();
        let mut spans = Vec::new();
        let mut problems = Vec::new();
        if let DeValue::Table(table) = &section {
            for (key, value) in table {
                spans.push((key.get_ref().to_string(), value.span()));
                if !known.iter().any(|known| known == key.get_ref().as_ref()) {
                    problems.push((key.span().start, self.unknown(key.get_ref(), known)));
                }
            }
        }
        if !problems.is_empty() {
            problems.sort();
            return Err(problems);
        }
        Options::deserialize(ValueDeserializer::from(Spanned::new(span.clone(), section))).map_err(|error| {
            let at = error.span().unwrap_or(span);
            // What stands below a header is behind it.
            let key = spans.iter().filter(|(_, value)| value.start <= at.start).max_by_key(|(_, value)| value.start);
            let setting = key.map_or_else(String::new, |(key, _)| format!("`{key}`: "));
            vec![(at.start, format!("{setting}{}.", plain(error.message()).trim_end_matches('.')))]
        })
    }

    fn unknown(&self, key: &str, known: &[String]) -> String {
        if key == "tool" && self.section.is_empty() {
            return "in this file the settings stand at the top, without `[tool.wsupgrade]`.".into();
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        // Other tools write their keys with underscores.
        let spelled = key.replace('_', "-").to_ascii_lowercase();
        match similar::get_close_matches(spelled.as_str(), &known, 1, 0.5).first() {
            Some(nearest) => format!("there is no setting `{key}`; the nearest is `{nearest}`."),
            None => format!("there is no setting `{key}`; there are {}.", known.join(", ")),
        }
    }
}

/// The words of the deserialiser as people say them.
fn plain(message: &str) -> String {
    let words = [
        ("invalid type: ", "this is "),
        ("unknown variant", "unknown value"),
        (", expected ", "; it has to be "),
        ("a sequence", "a list"),
        ("is sequence", "is a list"),
        ("is map", "is a table"),
        ("a map", "a table"),
        ("struct Options", "a table"),
        ("a boolean", "true or false"),
        ("path string", "a text"),
        ("a string", "a text"),
        ("integer `", "the number `"),
        ("string \"", "the text \""),
        ("boolean `", "the word `"),
    ];
    words.iter().fold(one_line(message), |message, (word, plain)| message.replace(word, plain))
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

fn line(text: &str, at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', text.as_bytes().get(..at).unwrap_or_default()).count()
}
