//! What the code asks of the installed websockets: from which version on it works the way it is written.
//!
//! Each file is asked once for its [`UsageFacts`]; [`Usage::link`] puts those of a project together for the rules that judge what the project
//! declares. Only what runs in any case counts: not what is behind a version check, not a function that is named behind one, and not a
//! file that is imported behind one.

use std::path::Path;

use pep440_rs::Version;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprAttribute, Stmt, StmtIf};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashSet;

use crate::lint::rule::{Context, Finding, Severity};
use crate::project::file_key;
use crate::python::Model;
use crate::python::references::Role;
use crate::syntax::scope::Value;
use crate::target::{Side, Target};
use crate::websockets::names;

/// Keywords of the clients and servers at the top level, and since when they are there.
const KEYWORDS: &[(&[&str], &str, &str)] = &[
    (names::TOP_LEVEL_CONNECT, "additional_headers", "14.0"),
    (names::TOP_LEVEL_CONNECT, "process_exception", "14.0"),
    (names::TOP_LEVEL_CONNECT, "create_connection", "14.0"),
    (names::TOP_LEVEL_CONNECT, "proxy", "15.0"),
    (names::ASYNCIO_CONNECT, "proxy", "15.0"),
    (names::TOP_LEVEL_CONNECT, "reconnect_delays", "17.0"),
    (names::ASYNCIO_CONNECT, "reconnect_delays", "17.0"),
    (names::TOP_LEVEL_SERVE, "process_response", "14.0"),
    (names::TOP_LEVEL_SERVE, "create_connection", "14.0"),
];

/// Attributes of connections that the old ones did not have.
const ATTRIBUTES: &[&str] = &["request", "response", "respond", "recv_streaming"];

/// What the library has not always had. A module stands for all that is in it; the longest path decides.
const NAMES: &[(&str, &str)] = &[
    ("websockets.asyncio", "13.0"),
    ("websockets.asyncio.client.process_exception", "13.1"),
    ("websockets.asyncio.router", "15.0"),
    ("websockets.asyncio.server.basic_auth", "13.1"),
    ("websockets.sync", "11.0"),
    ("websockets.sync.router", "15.0"),
    ("websockets.trio", "17.0"),
    ("websockets.ClientConnection", "14.2"),
    ("websockets.ServerConnection", "14.2"),
    ("websockets.Server", "14.2"),
    ("websockets.State", "14.2"),
    ("websockets.Request", "14.2"),
    ("websockets.Response", "14.2"),
    ("websockets.CloseCode", "14.2"),
    ("websockets.Close", "14.2"),
    ("websockets.Frame", "14.2"),
    ("websockets.Opcode", "14.2"),
    ("websockets.basic_auth", "14.0"),
    ("websockets.route", "15.0"),
    ("websockets.unix_route", "15.0"),
    ("websockets.ConcurrencyError", "13.1"),
    ("websockets.exceptions.ConcurrencyError", "13.1"),
    ("websockets.ProxyError", "15.0"),
    ("websockets.exceptions.ProxyError", "15.0"),
    ("websockets.InvalidProxy", "15.0"),
    ("websockets.InvalidProxyMessage", "15.0"),
    ("websockets.InvalidProxyStatus", "15.0"),
];

/// A place that works from some version on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// That version.
    pub since: &'static str,
    /// The line, from 1.
    pub row: usize,
    /// What is written there, in a few words.
    pub what: String,
}

/// What one file says.
#[derive(Debug, Clone, Default)]
pub struct UsageFacts {
    /// Whether it imports the library.
    pub uses_library: bool,
    /// In the order of the text.
    pub needs: Vec<Need>,
    /// The lines of what has to change for 14.0.
    pub legacy: Vec<usize>,
    /// Files of the project that it imports only on some versions.
    pub chosen: Vec<String>,
}

impl UsageFacts {
    /// Whether the file says nothing about the declarations of the project.
    pub fn is_empty(&self) -> bool {
        !self.uses_library && self.chosen.is_empty()
    }
}

/// Collects what one file says, but for what was found in it.
pub fn collect(cx: &Context) -> UsageFacts {
    let mut facts = UsageFacts::default();
    if !cx.source.text().contains("websockets") {
        return facts;
    }
    let mut search = Search { cx, typing: 0, places: Vec::new(), facts: &mut facts };
    search.visit_body(&cx.module.body);
    let mut places = search.places;
    if !facts.uses_library {
        return facts;
    }
    names(cx, &mut places);
    keywords(cx, &mut places);
    exceptions(cx, &mut places);
    places.retain(|(at, ..)| !cx.model.is_version_guarded(*at) && cx.model.import_try(*at).is_none());
    places.sort();
    places.dedup();
    if !places.is_empty() {
        let chosen = chosen_functions(cx);
        places.retain(|(at, ..)| !chosen.iter().any(|range| range.contains(*at)));
    }
    let needs =
        places.into_iter().map(|(at, since, what)| Need { since, row: cx.source.stored_position(at).row, what });
    facts.needs = needs.collect();
    facts
}

/// The files of the project that the file of `model` imports only on some versions.
pub fn chosen(model: &Model<'_>) -> Vec<String> {
    let imports = model.scopes().bindings.iter().filter_map(|binding| match binding.value {
        Value::ImportFrom(import, _) => Some(import),
        _ => None,
    });
    let is_chosen = |at: TextSize| model.is_version_guarded(at) || model.import_try(at).is_some();
    imports.filter(|import| is_chosen(import.start())).filter_map(|import| model.module_of(import)).collect()
}

/// The lines of the findings that wait for 14.0.
pub fn legacy(findings: &[Finding], row: impl Fn(TextSize) -> usize) -> Vec<usize> {
    let is_legacy = |finding: &&Finding| {
        finding.severity == Severity::Error && finding.rule.is_some_and(|rule| rule.meta.since == "14.0")
    };
    findings.iter().filter(is_legacy).map(|finding| row(finding.range.start())).collect()
}

/// The functions and classes that are named behind a version check, and what those name.
fn chosen_functions(cx: &Context) -> Vec<TextRange> {
    let mut guarded = cx.model.guarded();
    if guarded.is_empty() {
        return guarded;
    }
    let functions = cx.model.functions().map(|function| (function.def.name.as_str(), function.def.range));
    let classes = cx.model.classes().map(|class| (class.def.name.as_str(), class.def.range));
    let mut open: Vec<(&str, TextRange)> = functions.chain(classes).collect();
    let mut chosen = Vec::new();
    while let Some(range) = guarded.pop() {
        let text = cx.source.slice(range);
        let words: FxHashSet<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let (named, rest) =
            open.into_iter().partition(|(name, def)| words.contains(name) && !def.contains_range(range));
        open = rest;
        let named: Vec<(&str, TextRange)> = named;
        chosen.extend(named.iter().map(|(_, def)| *def));
        guarded.extend(named.into_iter().map(|(_, def)| def));
    }
    chosen
}

type Place = (TextSize, &'static str, String);

/// Since when the library has what `path` names; `None` for what is older than anybody supports.
fn since(path: &str) -> Option<&'static str> {
    let covers = |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    NAMES.iter().filter(|(name, _)| covers(name)).max_by_key(|(name, _)| name.len()).map(|(_, since)| *since)
}

/// Names of the top level that code spells with the module: `websockets.State`.
fn names(cx: &Context, places: &mut Vec<Place>) {
    let paths: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    for reference in cx.model.references(&paths) {
        // With a name, the import has been seen.
        let Expr::Attribute(_) = reference.expr else { continue };
        if matches!(reference.role, Role::Annotation) {
            continue;
        }
        let origin = cx.origin(reference.expr);
        let Some(path) = origin.library_name() else { continue };
        places.extend(since(path).map(|since| (reference.expr.start(), since, format!("`{path}`"))));
    }
}

fn keywords(cx: &Context, places: &mut Vec<Place>) {
    let text = cx.source.text();
    let written: Vec<_> = KEYWORDS.iter().filter(|(_, keyword, _)| text.contains(keyword)).collect();
    if written.is_empty() {
        return;
    }
    for call in cx.model.calls() {
        if call.arguments.keywords.is_empty() {
            continue;
        }
        let callee = cx.callee(call);
        for (callees, keyword, since) in &written {
            if !callee.is_one_of(callees) {
                continue;
            }
            for place in cx.model.passed(call, keyword) {
                let at = place.range().start();
                let other = if *keyword == "additional_headers" { "extra_headers" } else { *keyword };
                if !cx.model.is_retried_with(at, other) && !cx.model.is_version_guarded(call.start()) {
                    places.push((at, *since, format!("`{keyword}`")));
                }
            }
        }
    }
}

/// `except InvalidStatus` around the top level's client, where nothing asks for the old exception.
fn exceptions(cx: &Context, places: &mut Vec<Place>) {
    if !cx.source.text().contains("InvalidStatus") || !cx.model.references(names::INVALID_STATUS_CODE).is_empty() {
        return;
    }
    let handlers = cx.model.references(names::INVALID_STATUS);
    let handlers = handlers.iter().filter(|it| matches!(it.role, Role::Handler(..)));
    let handlers: Vec<_> = handlers.collect();
    if !handlers.is_empty() && !cx.model.references(names::TOP_LEVEL_CONNECT).is_empty() {
        places.extend(handlers.iter().map(|it| (it.expr.start(), "14.0", "`except InvalidStatus`".to_owned())));
    }
}

struct Search<'c, 'a> {
    cx: &'c Context<'a>,
    /// How many `if TYPE_CHECKING` are around.
    typing: usize,
    places: Vec<Place>,
    facts: &'c mut UsageFacts,
}

impl<'a> Search<'_, 'a> {
    fn import(&mut self, path: &str, what: &str, at: TextSize) {
        if !names::is_library(path) {
            return;
        }
        self.facts.uses_library = true;
        if self.typing == 0 {
            self.places.extend(since(path).map(|since| (at, since, format!("`{what}`"))));
        }
    }

    fn attribute(&mut self, attribute: &'a ExprAttribute) -> Option<()> {
        let name = ATTRIBUTES.iter().find(|name| attribute.attr.as_str() == **name)?;
        let origin = self.cx.origin(&attribute.value);
        origin.is_instance_of(names::CONNECTIONS.top_level).then_some(())?;
        if self.cx.is_asked_before(&attribute.value, name) {
            return None;
        }
        let text = format!("`{}.{name}`", self.cx.text(&*attribute.value));
        // What is long is no name to be found again.
        let what = if text.len() < 40 && !text.contains('\n') { text } else { format!("`{name}` of a connection") };
        self.places.push((attribute.attr.start(), "14.0", what));
        Some(())
    }
}

/// Whether a block is only for type checkers.
fn is_for_typing(test: &Expr) -> bool {
    let name = match test {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    };
    name == "TYPE_CHECKING"
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                import.names.iter().for_each(|alias| self.import(&alias.name, &alias.name, alias.start()));
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_deref().unwrap_or_default();
                let own = import.level > 0 || self.cx.model.module_of(import).is_some();
                for alias in import.names.iter().filter(|_| !own) {
                    self.import(
                        &format!("{module}.{}", alias.name),
                        &format!("{module}.{}", alias.name),
                        alias.start(),
                    );
                }
                let at = import.start();
                if own && (self.cx.model.is_version_guarded(at) || self.cx.model.import_try(at).is_some()) {
                    self.facts.chosen.extend(self.cx.model.module_of(import));
                }
            }
            Stmt::If(StmtIf { test, body, elif_else_clauses, .. }) if is_for_typing(test) => {
                self.typing += 1;
                self.visit_body(body);
                self.typing -= 1;
                for clause in elif_else_clauses {
                    self.visit_body(&clause.body);
                }
                return;
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Attribute(attribute) = expr {
            self.attribute(attribute);
        }
        walk_expr(self, expr);
    }

    /// Annotations are for readers and checkers.
    fn visit_annotation(&mut self, _: &'a Expr) {}
}

/// A place in the code, and how many more there are like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrences {
    /// `app.py:12`.
    pub first: String,
    /// Besides the first.
    pub more: usize,
}

/// `app.py:12`, `app.py:12 and 2 more places`.
impl std::fmt::Display for Occurrences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.more {
            0 => f.write_str(&self.first),
            1 => write!(f, "{} and one more place", self.first),
            more => write!(f, "{} and {more} more places", self.first),
        }
    }
}

/// What the code of a project asks of one declaration.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// Whether any of it uses the library.
    pub uses_library: bool,
    /// The newest version that something needs, what that is, and where such things are.
    pub need: Option<(Version, String, Occurrences)>,
    /// What still has to change for 14.0, where the metadata decides whether it has to.
    pub legacy: Option<Occurrences>,
    /// The versions that somebody asked for, where all of them are modern.
    pub asked: Option<Target>,
    /// Whether somebody asked for versions on both sides of 14.0.
    pub asks_for_both: bool,
}

/// What was found in one file of a project.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// As messages name it.
    pub path: &'a Path,
    /// What it says.
    pub facts: &'a UsageFacts,
    /// The versions that somebody asked for, whatever the metadata says.
    pub asked: Option<&'a Target>,
}

impl Usage {
    /// Puts the files together to which one declaration applies; `chosen` are files that are imported on some versions only.
    pub fn link(files: &[File], chosen: &[String]) -> Self {
        let is_chosen =
            |file: &File| !chosen.is_empty() && chosen.iter().any(|chosen| **chosen == *file_key(file.path));
        let certain = files.iter().filter(|file| !is_chosen(file));
        let needs = certain.flat_map(|file| file.facts.needs.iter().map(move |need| (file, need)));
        let needs: Vec<_> =
            needs.filter_map(|(file, need)| Some((need.since.parse::<Version>().ok()?, file, need))).collect();
        let place = |file: &File, row: usize| format!("{}:{row}", file.path.display());
        let newest = needs.iter().map(|(version, ..)| version).max().cloned();
        let need = newest.and_then(|newest| {
            let mut of_it = needs.iter().filter(|(version, ..)| *version == newest);
            let (_, file, first) = of_it.next()?;
            let places = Occurrences { first: place(file, first.row), more: of_it.count() };
            Some((newest, first.what.clone(), places))
        });
        let mut legacy = files.iter().flat_map(|file| file.facts.legacy.iter().map(move |row| (file, *row)));
        let legacy = legacy.next().map(|(file, row)| Occurrences { first: place(file, row), more: legacy.count() });
        let uses_library = files.iter().any(|file| file.facts.uses_library);
        let asked = files.iter().find_map(|file| file.asked);
        let legacy = legacy.filter(|_| asked.is_none());
        let asks_for_both = asked.is_some_and(|target| target.side == Side::Both);
        let asked = asked.filter(|target| target.side == Side::Modern).cloned();
        Self { uses_library, need, legacy, asked, asks_for_both }
    }

    /// The oldest version on which the code works, or that somebody asked for.
    pub fn limit(&self) -> Option<Version> {
        let asked = self.asked.as_ref().and_then(|target| target.floor.clone());
        let needed = self.need.as_ref().map(|(version, ..)| version.clone());
        asked.max(needed)
    }
}

/// The version to declare where `version` is needed: 14.0 lost close codes and messages, and what 14.1 lacks at the top level came
/// with 14.2.
pub fn recommended(version: Version) -> Version {
    let (first, good) = (Version::new([14]), Version::new([14, 2]));
    if version >= first && version < good { good } else { version }
}
