//! Imports of the library that were in isort's order before the fixes are in it after them: a module with another name has another
//! place, and so has a name.
//!
//! One fix cannot do that, because it does not know what the others do to the lines around it. So it is done once all are through.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{Visitor, walk_body};
use ruff_python_ast::{Alias, ModModule, Stmt, StmtImportFrom};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::statement::order;
use crate::text::edit::Edit;
use crate::text::source::Source;
use crate::websockets::names;

/// Where Ruff and Black wrap unless they are told otherwise. A wrapped import with its last comma is right for those that wrap later.
const WIDTH: usize = 88;

/// What puts the imports of `after` into the order that those of `before` were in.
pub fn edits(before: &Source, after: &Source) -> Vec<Edit> {
    if after.is_notebook() {
        return Vec::new();
    }
    let parsed = before.parse();
    let runs = Runs::of(before, &parsed);
    let imports = || runs.all().flatten().copied();
    let modules = |run: &[&StmtImportFrom]| run.windows(2).all(|pair| pair[0].module != pair[1].module);
    let is_wide = |it: &StmtImportFrom| before.slice(it.range).lines().any(|line| line.chars().count() > WIDTH);
    let habits = Habits {
        sorts_modules: runs.all().all(|run| run.is_sorted_by_key(|it| place(it, &it.names))),
        sorts_names: imports().all(|it| it.names.is_sorted_by_key(rank)),
        merges: runs.all().all(modules),
        combines: imports().any(|it| it.names.len() > 1 && it.names.iter().any(|it| it.asname.is_some())),
        wraps: !imports().any(is_wide),
    };
    let parsed = after.parse();
    Runs::of(after, &parsed).all().filter_map(|run| habits.edit(after, &parsed, run)).collect()
}

/// How a file is written.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
struct Habits {
    sorts_modules: bool,
    sorts_names: bool,
    /// One module has one statement.
    merges: bool,
    /// `from m import a, b as c` is one statement.
    combines: bool,
    wraps: bool,
}

/// A statement as it will be.
struct Line<'a> {
    place: (&'a str, Option<Rank<'a>>),
    content: Content<'a>,
}

enum Content<'a> {
    /// With a layout of its own, or a comment.
    Text(String),
    /// On one line, and how it is spelled if it is as it was.
    Names(Vec<&'a Alias>, Option<&'a str>),
}

type Rank<'a> = ((u8, String), Option<&'a str>);

impl Habits {
    fn edit(self, source: &Source, parsed: &Parsed<ModModule>, run: &[&StmtImportFrom]) -> Option<Edit> {
        let mut lines: Vec<Line> = run.iter().flat_map(|import| self.lines(source, parsed, import)).collect();
        if self.sorts_modules {
            lines.sort_by(|one, other| one.place.cmp(&other.place));
        }
        if self.merges && self.sorts_names {
            lines.dedup_by(|next, line| merge(line, next));
        }
        let range = TextRange::new(run.first()?.start(), source.line_end(run.last()?.end()));
        let separator = format!("{}{}", source.newline(), indent(source, range.start()));
        let lines: Vec<String> = lines.into_iter().map(|line| self.text(source, line, &separator)).collect();
        let text = lines.join(&separator);
        (text != source.slice(range)).then(|| Edit::replace(range, text))
    }

    /// A statement with its names in order, and those with an `as` apart, as isort has them unless it is told otherwise.
    fn lines<'a>(self, source: &'a Source, parsed: &Parsed<ModModule>, import: &'a StmtImportFrom) -> Vec<Line<'a>> {
        let module = import.module.as_deref().unwrap_or_default();
        let whole = TextRange::new(import.start(), source.line_end(import.end()));
        let has_comment = parsed.tokens().in_range(import.range).iter().any(|it| it.kind() == TokenKind::Comment);
        if has_comment || !self.sorts_names {
            let content = Content::Text(source.slice(whole).to_owned());
            return vec![Line { place: place(import, &import.names), content }];
        }
        let mut names: Vec<&Alias> = import.names.iter().collect();
        names.sort_by_key(|alias| rank(alias));
        let line = |names: Vec<&'a Alias>| Line {
            place: (module, names.first().map(|alias| rank(alias))),
            content: Content::Names(names, None),
        };
        if whole == import.range && !source.slice(import.range).contains(['\n', '\r', '(']) {
            if import.names.is_sorted_by_key(rank) && (self.combines || is_plain(&names) || names.len() < 2) {
                let content = Content::Names(names, Some(source.slice(whole)));
                return vec![Line { place: place(import, &import.names), content }];
            }
            if self.combines {
                return vec![line(names)];
            }
            let (apart, together): (Vec<_>, Vec<_>) = names.into_iter().partition(|alias| alias.asname.is_some());
            let together = Some(together).filter(|names| !names.is_empty());
            return together.into_iter().chain(apart.into_iter().map(|alias| vec![alias])).map(line).collect();
        }
        let first = names.first().map(|alias| rank(alias));
        let mut text = String::new();
        let mut at = whole.start();
        // Each name takes the place of another one, so that the layout stays.
        for (slot, name) in import.names.iter().zip(names) {
            text.push_str(source.slice(TextRange::new(at, slot.start())));
            text.push_str(source.slice(name.range));
            at = slot.end();
        }
        text.push_str(source.slice(TextRange::new(at, whole.end())));
        vec![Line { place: (module, first), content: Content::Text(text) }]
    }

    fn text(self, source: &Source, line: Line<'_>, separator: &str) -> String {
        let (names, as_it_is) = match line.content {
            Content::Text(text) => return text,
            Content::Names(names, as_it_is) => (names, as_it_is),
        };
        let (module, _) = line.place;
        let names: Vec<&str> = names.iter().map(|alias| source.slice(alias.range)).collect();
        let text = as_it_is.map_or_else(|| format!("from {module} import {}", names.join(", ")), str::to_owned);
        let indent = separator.trim_start_matches(['\n', '\r']);
        if !self.wraps || indent.len() + text.chars().count() <= WIDTH {
            return text;
        }
        let step = if indent.starts_with('\t') { "\t" } else { "    " };
        let names: String = names.iter().map(|name| format!("{separator}{step}{name},")).collect();
        format!("from {module} import ({names}{separator})")
    }
}

/// Puts the names of `next` into `line`, if they come from the same module.
fn merge<'a>(line: &mut Line<'a>, next: &mut Line<'a>) -> bool {
    match (&mut line.content, &next.content) {
        (Content::Names(names, as_it_is), Content::Names(others, _))
            if line.place.0 == next.place.0 && is_plain(names) && is_plain(others) =>
        {
            names.extend(others);
            *as_it_is = None;
            names.sort_by_key(|alias| rank(alias));
            names.dedup_by_key(|alias| alias.name.as_str());
            true
        }
        _ => false,
    }
}

fn is_plain(names: &[&Alias]) -> bool {
    names.iter().all(|alias| alias.asname.is_none())
}

fn rank(alias: &Alias) -> Rank<'_> {
    (order(&alias.name), alias.asname.as_deref())
}

fn place<'a>(import: &'a StmtImportFrom, names: &'a [Alias]) -> (&'a str, Option<Rank<'a>>) {
    (import.module.as_deref().unwrap_or_default(), names.first().map(rank))
}

/// `from` imports of the library that stand line by line.
struct Runs<'a> {
    source: &'a Source,
    found: Vec<Vec<&'a StmtImportFrom>>,
}

impl<'a> Runs<'a> {
    fn of(source: &'a Source, parsed: &'a Parsed<ModModule>) -> Self {
        let mut runs = Self { source, found: Vec::new() };
        runs.visit_body(&parsed.syntax().body);
        runs
    }

    fn all(&self) -> impl Iterator<Item = &[&'a StmtImportFrom]> {
        self.found.iter().map(Vec::as_slice)
    }

    /// Whether a statement has its line for itself, but for a comment.
    fn has_line(&self, import: &StmtImportFrom) -> bool {
        let behind = self.source.slice(TextRange::new(import.end(), self.source.line_end(import.end())));
        let line = self.source.line_start(import.start());
        let before = self.source.slice(TextRange::new(line, import.start()));
        before.trim_start_matches('\u{feff}').trim().is_empty()
            && (behind.trim().is_empty() || behind.trim_start().starts_with('#'))
    }

    /// Whether the next line is the other statement's.
    fn are_neighbours(&self, one: &StmtImportFrom, other: &StmtImportFrom) -> bool {
        let between = self.source.slice(TextRange::new(self.source.line_end(one.end()), other.start()));
        between.trim_start_matches([' ', '\t', '\u{c}']).trim_end_matches([' ', '\t', '\u{c}']) == self.source.newline()
    }
}

impl<'a> Visitor<'a> for Runs<'a> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        let mut last: Option<&StmtImportFrom> = None;
        for statement in body {
            let import = statement.as_import_from_stmt().filter(|import| {
                import.level == 0 && import.module.as_deref().is_some_and(names::is_library) && self.has_line(import)
            });
            if let Some(import) = import {
                let goes_on = last.is_some_and(|last| self.are_neighbours(last, import));
                match self.found.last_mut().filter(|_| goes_on) {
                    Some(run) => run.push(import),
                    None => self.found.push(vec![import]),
                }
            }
            last = import;
        }
        walk_body(self, body);
    }
}

fn indent(source: &Source, offset: TextSize) -> &str {
    source.slice(TextRange::new(source.line_start(offset), offset)).trim_start_matches('\u{feff}')
}
