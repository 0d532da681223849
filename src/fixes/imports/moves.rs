//! Imported names that live elsewhere now: the import moves, and where the name is another one, what uses it follows.

use ruff_python_ast::{Alias, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange};

use super::statement::{Rewrite, body_around, may_go, of_module};
use super::{is_free, is_imported, is_own, is_used, local, place};
use crate::lint::rule::Context;
use crate::syntax::scope::Value;
use crate::text::edit::Edit;

/// A name of the library that an import brings.
#[derive(Debug, Clone, Copy)]
pub struct Brought<'a> {
    /// The statement.
    pub import: &'a StmtImportFrom,
    /// The name in it.
    pub alias: &'a Alias,
}

/// Where an imported name lives now.
#[derive(Debug, Clone, Copy)]
pub struct Move<'a> {
    /// How it is imported.
    pub from: Brought<'a>,
    /// Its module now.
    pub module: &'a str,
    /// Its name there; `Class.member` where it is a member now.
    pub name: &'a str,
    /// Other paths of the same object.
    pub also: &'a [&'a str],
}

impl<'a> Move<'a> {
    /// Whether the plain name is this object already.
    fn is_imported(&self, cx: &Context) -> bool {
        let path = format!("{}.{}", self.module, self.imported());
        let paths: Vec<&str> = self.also.iter().copied().chain([path.as_str()]).collect();
        is_imported(cx, &paths, self.imported())
    }

    /// What has to be imported.
    fn imported(&self) -> &'a str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    fn is_member(&self) -> bool {
        self.name.contains('.')
    }

    /// The `as` of the import, which stays unless the name is a member now.
    fn asname(&self) -> Option<&'a str> {
        self.from.alias.asname.as_deref().filter(|_| !self.is_member())
    }
}

impl Brought<'_> {
    /// The dotted path that it spells.
    pub fn path(&self) -> String {
        format!("{}.{}", self.import.module.as_deref().unwrap_or_default(), self.alias.name)
    }
}

/// All names that the file imports from the library and that have one of `paths`, in the order of the text.
pub fn brought<'a>(cx: &Context<'a>, paths: &[&str]) -> Vec<Brought<'a>> {
    let bindings = cx.model.scopes().bindings.iter().filter_map(|binding| match binding.value {
        Value::ImportFrom(import, alias) => Some(Brought { import, alias }),
        _ => None,
    });
    let mut found: Vec<_> =
        bindings.filter(|it| paths.contains(&it.path().as_str()) && !is_own(cx, it.import)).collect();
    found.sort_by_key(|it| it.alias.start());
    found.dedup_by_key(|it| it.alias.start());
    found
}

/// Moves names of one statement. `None` where a use of a name that changes is not understood, where other files take it from this
/// one, or where a comment would lose what it is about.
pub fn edits(cx: &Context, moves: &[Move]) -> Option<Vec<Edit>> {
    let import = moves.first()?.from.import;
    let body = body_around(cx, import.range)?;
    let mut edits = Vec::new();
    for it in moves {
        edits.extend(renamed_uses(cx, it)?);
    }
    let is_there = |it: &Move| {
        let is_itself = it.from.path() == format!("{}.{}", it.module, it.imported());
        it.asname().is_none() && !is_itself && it.is_imported(cx)
    };
    let module = moves.first()?.module;
    let stays = |it: &Move| it.module == module && !it.is_member() && !is_there(it);
    let whole = moves.len() == import.names.len() && moves.iter().all(stays);
    if whole && of_module(cx, body, module).is_none_or(|it| it.range == import.range) {
        let rewrite =
            moves.iter().fold(Rewrite::of(import).module(module), |all, it| all.rename(it.from.alias, it.name));
        edits.extend(rewrite.edits(cx)?);
        return Some(edits);
    }
    let mut own = Rewrite::of(import);
    let mut lines: Vec<(&str, Vec<String>)> = Vec::new();
    let mut others: Vec<Rewrite> = Vec::new();
    for it in moves {
        if import.module.as_deref() == Some(it.module) && !it.is_member() && !is_there(it) {
            own = own.rename(it.from.alias, it.name);
            continue;
        }
        own = own.drop(it.from.alias);
        if is_there(it) {
            continue;
        }
        let name = it.asname().map_or(it.imported().to_owned(), |asname| format!("{} as {asname}", it.imported()));
        match (of_module(cx, body, it.module), lines.iter_mut().find(|(module, _)| *module == it.module)) {
            (Some(other), _) if own.is_of(other) => own = own.bring(&name),
            (Some(other), _) => {
                let at = others.iter().position(|known| known.is_of(other));
                let known = at.map_or_else(|| Rewrite::of(other), |at| others.swap_remove(at));
                others.push(known.bring(&name));
            }
            (None, Some((_, names))) => names.push(name),
            (None, None) => lines.push((it.module, vec![name])),
        }
    }
    for other in others {
        edits.extend(other.edits(cx)?);
    }
    let line = |(module, names): &(&str, Vec<String>)| format!("from {module} import {}", names.join(", "));
    if own.is_empty() && !lines.is_empty() {
        may_go(cx.text(import.range)).then_some(())?;
        let indent = place::indent(cx, import.range)?;
        let lines: Vec<String> = lines.iter().map(line).collect();
        edits.push(Edit::replace(import.range, lines.join(&format!("{}{indent}", cx.source.newline()))));
        return Some(edits);
    }
    let is_top = body.as_ptr() == cx.module.body.as_ptr();
    for one in &lines {
        edits.push(if is_top {
            place::top_level(cx, one.0, &line(one))?
        } else {
            place::behind(cx, import.range, &line(one))?
        });
    }
    edits.extend(own.edits(cx)?);
    Some(super::merge_insertions(edits))
}

/// The new name wherever the file uses the old one.
fn renamed_uses(cx: &Context, it: &Move) -> Option<Vec<Edit>> {
    let Brought { import, alias } = it.from;
    let old = local(alias);
    if it.asname().is_some() || old == it.name {
        return (!is_own(cx, import)).then(Vec::new);
    }
    let is_possible = is_free(cx, it.imported()) || it.is_imported(cx);
    (is_possible && !cx.model.is_taken(old)).then_some(())?;
    let uses = uses(cx, &it.from.path(), old);
    let apart: Vec<TextRange> = uses.iter().copied().chain([alias.range]).collect();
    (!is_own(cx, import) && !is_used(cx, old, &apart)).then_some(())?;
    Some(uses.into_iter().map(|range| Edit::replace(range, it.name)).collect())
}

/// Where the plain name `local` stands for the library's `path`, in quoted annotations too.
pub fn uses(cx: &Context, path: &str, local: &str) -> Vec<TextRange> {
    let plain = cx.model.references(&[path]).into_iter().map(|it| it.expr.range());
    let mut found: Vec<TextRange> = plain.chain(cx.model.quoted(&[path])).collect();
    found.retain(|range| cx.source.slice(*range) == local);
    found
}

/// Whether a statement is only read by type checkers: `if TYPE_CHECKING:`.
pub fn is_for_type_checkers(cx: &Context, statement: TextRange) -> bool {
    cx.module.body.iter().filter_map(Stmt::as_if_stmt).any(|it| {
        it.body.iter().any(|stmt| stmt.range().contains_range(statement))
            && cx.text(&*it.test).ends_with("TYPE_CHECKING")
    })
}
