//! Edits to the imports of a file, as a person would make them.
//!
//! What a fix writes may need a name that the file does not import yet, and may leave one that nobody needs any more. The
//! functions here say how a name is spelled in the file and which edits bring it ([`name`]), put a new name in the place of an
//! old one ([`replace`], [`beside`]). They answer `None` where a name is taken,
//! where other files count on it, or where a comment would lose what it is about.
//!
//! [`statement`] changes one statement, [`place`] finds the place of a new one, [`constant`](mod@constant) adds a constant
//! behind the imports, [`sorted`] keeps an order that was there.

mod constant;
pub mod moves;
pub mod place;
pub mod sorted;
pub mod statement;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Alias, Expr, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

pub use constant::constant;

use crate::lint::rule::Context;
use crate::syntax::scope::ScopeId;
use crate::text::edit::Edit;
use crate::text::words;
use statement::{Rewrite, is_docstring};

/// How `name` of the library's module `module` is spelled in the file, and the edits that import it where that is needed.
/// `also` are other paths of the same object.
///
/// `None` where the name is taken, and where no plain statement at the top imports the library: behind `try` or under
/// `TYPE_CHECKING` it may be missing when the code runs.
pub fn name(cx: &Context, module: &str, name: &str, also: &[&str]) -> Option<(String, Vec<Edit>)> {
    let path = format!("{module}.{name}");
    let paths: Vec<&str> = also.iter().copied().chain([path.as_str()]).collect();
    if let Some(bound) = bound(cx, &paths) {
        return Some((bound, Vec::new()));
    }
    is_free(cx, name).then_some(())?;
    let edits = match statement::of_module(cx, &cx.module.body, module) {
        Some(import) => Rewrite::of(import).bring(name).edits(cx)?,
        None => vec![place::top_level(cx, module, &format!("from {module} import {name}"))?],
    };
    Some((name.to_owned(), edits))
}

/// The name that a plain import at the top of the file gives to one of `paths`.
fn bound(cx: &Context, paths: &[&str]) -> Option<String> {
    let imports = cx.module.body.iter().filter_map(Stmt::as_import_from_stmt);
    let mut names = imports.flat_map(|import| &import.names).map(local);
    names.find(|name| is_imported(cx, paths, name)).map(str::to_owned)
}

/// The name that an import gives.
pub fn local(alias: &Alias) -> &str {
    alias.asname.as_ref().unwrap_or(&alias.name)
}

/// `from module import name` for each pair, under these very names. `None` where one of them is something else here.
pub fn from_library(cx: &Context, wanted: &[(&str, &str)]) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for (module, wanted) in wanted {
        let (spelled, import) = name(cx, module, wanted, &[])?;
        (spelled == *wanted).then_some(())?;
        edits.extend(import);
    }
    Some(merge_insertions(edits))
}

/// Lets the import of the plain name `expr` bring `new` (one of `paths`) in its place. `None` where other files count on the old
/// name, or `new` is something else here.
pub fn replace(cx: &Context, expr: &Expr, new: &str, paths: &[&str]) -> Option<Edit> {
    let imported = cx.model.import_of(expr)?;
    if is_own(cx, imported.import) || cx.model.is_taken(&imported.alias.name) {
        return None;
    }
    if imported.alias.asname.is_some() || is_free(cx, new) {
        let import = imported.import;
        if has(import, new, paths) {
            return Some(Edit::replace(&imported.alias.name, new));
        }
        // The module of the old name does not have the new one.
        let is_alone = import.names.len() == 1 && statement::may_go(cx.text(import));
        let asname = imported.alias.asname.as_ref().map_or_else(String::new, |asname| format!(" as {asname}"));
        let line = format!("from {} import {new}{asname}", home(new, paths)?);
        return is_alone.then(|| Edit::replace(import, line));
    }
    is_imported(cx, paths, new).then_some(())?;
    let mut edits = Rewrite::of(imported.import).drop(imported.alias).edits(cx)?;
    edits.pop().filter(|_| edits.is_empty())
}

/// Imports `new` (one of `paths`) beside the plain name `expr`, from the same module, unless it is there.
pub fn beside(cx: &Context, expr: &Expr, new: &str, paths: &[&str]) -> Option<Vec<Edit>> {
    if is_imported(cx, paths, new) {
        return Some(Vec::new());
    }
    let imported = cx.model.import_of(expr)?;
    if !is_own(cx, imported.import) && !has(imported.import, new, paths) {
        let (spelled, edits) = name(cx, home(new, paths)?, new, paths)?;
        return (spelled == new).then_some(edits);
    }
    let possible = !is_own(cx, imported.import) && is_free(cx, new);
    possible.then(|| Rewrite::of(imported.import).bring(new).edits(cx))?
}

/// Whether the module that an import names has `new`, one of `paths`.
fn has(import: &StmtImportFrom, new: &str, paths: &[&str]) -> bool {
    let path = format!("{}.{new}", import.module.as_deref().unwrap_or_default());
    paths.contains(&path.as_str())
}

/// The module of the last one of `paths`.
fn home<'p>(new: &str, paths: &[&'p str]) -> Option<&'p str> {
    paths.last()?.strip_suffix(new)?.strip_suffix('.')
}

/// Whether the plain name `name` can be used everywhere in the file for something new.
pub fn is_free(cx: &Context, name: &str) -> bool {
    !cx.model.scopes().is_bound(name)
}

/// Whether the plain name `name` is, everywhere in the file, one of these library names.
pub fn is_imported(cx: &Context, paths: &[&str], name: &str) -> bool {
    let scopes = cx.model.scopes();
    let elsewhere = scopes.is_bound_inside(name);
    match scopes.bindings_of(ScopeId(0), name).as_slice() {
        [id] => !elsewhere && cx.model.bound(*id).is_one_of(paths),
        _ => false,
    }
}

/// Whether a name comes from a module of the project, where it would have to be changed first.
pub fn is_own(cx: &Context, import: &StmtImportFrom) -> bool {
    import.level > 0 || cx.model.module_of(import).is_some()
}

/// Whether `name` is used outside of the ranges `apart`: as a name, in a text that is no docstring, in a comment for a type
/// checker, or by a magic of a notebook.
pub fn is_used(cx: &Context, name: &str, apart: &[TextRange]) -> bool {
    let places = cx.words.get_or_init(|| used_words(cx)).get(name).map(Vec::as_slice).unwrap_or_default();
    cx.source.may_use(name) || places.iter().any(|place| !apart.iter().any(|apart| apart.contains_range(*place)))
}

/// Where each word stands that may be a use of a name.
fn used_words<'a>(cx: &Context<'a>) -> FxHashMap<&'a str, Vec<TextRange>> {
    let docstrings: FxHashSet<TextRange> = docstrings(&cx.module.body).into_iter().collect();
    let mut found: FxHashMap<&str, Vec<TextRange>> = FxHashMap::default();
    for token in cx.tokens {
        let (range, text) = (token.range(), cx.source.slice(token.range()));
        let may_be = match token.kind() {
            TokenKind::Name | TokenKind::FStringMiddle => true,
            TokenKind::String => !docstrings.contains(&range),
            TokenKind::Comment => text.contains("type:"),
            _ => false,
        };
        if !may_be {
            continue;
        }
        for (at, word) in words::all(text) {
            let Ok(at) = TextSize::try_from(at) else { continue };
            found.entry(word).or_default().push(TextRange::at(range.start() + at, TextSize::of(word)));
        }
    }
    found
}

/// Whether `name` is a word of its own somewhere in `text`.
pub fn has_word(text: &str, name: &str) -> bool {
    words::has(text, name)
}

/// Where the docstrings of the module, its classes and functions are.
fn docstrings(body: &[Stmt]) -> Vec<TextRange> {
    let mut found: Vec<TextRange> =
        body.first().filter(|stmt| is_docstring(stmt)).map(Ranged::range).into_iter().collect();
    for stmt in body {
        found.extend(match stmt {
            Stmt::FunctionDef(def) => docstrings(&def.body),
            Stmt::ClassDef(def) => docstrings(&def.body),
            _ => Vec::new(),
        });
    }
    found
}

/// Insertions at one place become one, in the order in which they were asked for.
fn merge_insertions(edits: Vec<Edit>) -> Vec<Edit> {
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.iter_mut().find(|other| other.range == edit.range) {
            Some(other) => other.content.push_str(&edit.content),
            None => merged.push(edit),
        }
    }
    merged
}
