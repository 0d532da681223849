//! Edits to import statements, and module-level constants that need imports.

use ruff_python_ast::{Alias, Expr, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::edit::Edit;
use crate::rule::Context;
use crate::semantic::Origin;
use crate::semantic::scope::{ScopeId, Value};

/// `from m import old` becomes `from m import new`; an `as` stays.
pub fn rename(alias: &Alias, new: &str) -> Edit {
    Edit::replace(&alias.name, new)
}

/// Puts `new` in front of an imported name, on a line of its own where that name has one.
pub fn add_before(cx: &Context, alias: &Alias, new: &str) -> Edit {
    let text = cx.source.text();
    let start = alias.start().to_usize();
    let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let indent = text.get(line..start).unwrap_or_default();
    let separator = if line > 0 && indent.chars().all(char::is_whitespace) {
        format!(",{}{indent}", cx.source.newline())
    } else {
        ", ".to_owned()
    };
    Edit::insert(alias.start(), format!("{new}{separator}"))
}

/// Takes one name out of an import that has others, with its comma, and with its line where it has one.
pub fn remove(cx: &Context, import: &StmtImportFrom, alias: &Alias) -> Option<Edit> {
    let at = import.names.iter().position(|other| other.range == alias.range)?;
    let text = cx.source.text();
    match (import.names.get(at + 1), at.checked_sub(1).and_then(|before| import.names.get(before))) {
        (Some(next), _) => {
            let between = cx.source.slice(TextRange::new(alias.end(), next.start()));
            // A comment after the name would lose what it is about.
            (!between.contains('#')).then(|| Edit::delete(TextRange::new(alias.start(), next.start())))
        }
        (None, Some(previous)) => {
            let between = cx.source.slice(TextRange::new(previous.end(), alias.start()));
            let rest = text.get(alias.end().to_usize()..import.end().to_usize()).unwrap_or_default();
            (!between.contains('#') && !rest.contains('#'))
                .then(|| Edit::delete(TextRange::new(previous.end(), alias.end())))
        }
        (None, None) => None,
    }
}

/// Whether the plain name `name` can be used everywhere in the file for something new.
pub fn is_free(cx: &Context, name: &str) -> bool {
    cx.model
        .scopes()
        .scopes
        .iter()
        .all(|scope| !scope.bindings.contains_key(name) && !scope.elsewhere.contains_key(name))
}

/// Whether the plain name `name` is, everywhere in the file, one of these library names.
pub fn is_imported(cx: &Context, paths: &[&str], name: &str) -> bool {
    let scopes = cx.model.scopes();
    let elsewhere = scopes.scopes.iter().skip(1).any(|scope| scope.bindings.contains_key(name));
    match scopes.bindings_of(ScopeId(0), name).as_slice() {
        [id] => !elsewhere && cx.model.bound(*id).is_one_of(paths),
        _ => false,
    }
}

/// Lets the import of the plain name `expr` bring `new` (one of `paths`) in its place. `None` where other files count on the old
/// name, or `new` is something else here.
pub fn replace(cx: &Context, expr: &Expr, new: &str, paths: &[&str]) -> Option<Edit> {
    let imported = cx.model.import_of(expr)?;
    if is_own(cx, imported.import) || cx.model.is_taken(&imported.alias.name) {
        return None;
    }
    if imported.alias.asname.is_some() || is_free(cx, new) {
        return Some(rename(imported.alias, new));
    }
    is_imported(cx, paths, new).then(|| remove(cx, imported.import, imported.alias))?
}

/// Whether a name comes from a module of the project, where it would have to be changed first.
pub fn is_own(cx: &Context, import: &StmtImportFrom) -> bool {
    import.level > 0 || cx.model.module_of(import).is_some()
}

/// `from module import name` for each pair, of modules inside websockets in alphabetical order, where isort would put them: among
/// the imports of the library. `None` where one of the names is something else here.
pub fn from_library(cx: &Context, wanted: &[(&str, &str)]) -> Option<Vec<Edit>> {
    let newline = cx.source.newline();
    let imports = top_level_imports(cx);
    let is_ours = |name: &str| name == "websockets" || name.starts_with("websockets.");
    let plain = imports.iter().rfind(|stmt| {
        stmt.as_import_stmt().is_some_and(|import| import.names.first().is_some_and(|alias| is_ours(&alias.name)))
    });
    let from: Vec<(&str, &Stmt)> = imports
        .iter()
        .filter_map(|stmt| Some((stmt.as_import_from_stmt()?.module.as_deref()?, *stmt)))
        .filter(|(module, _)| is_ours(module))
        .collect();
    let mut edits = Vec::new();
    for (module, name) in wanted {
        if is_imported(cx, &[&format!("{module}.{name}")], name) {
            continue;
        }
        if !is_free(cx, name) {
            return None;
        }
        let line = format!("from {module} import {name}");
        let before = from.iter().rfind(|(other, _)| other <= module).map(|(_, stmt)| *stmt).or(plain.copied());
        edits.push(match (before, from.first()) {
            (Some(stmt), _) => Edit::insert(line_end(cx, stmt.end()), format!("{newline}{line}")),
            (None, Some((_, next))) => Edit::insert(next.start(), format!("{line}{newline}")),
            (None, None) => Edit::insert(line_end(cx, imports.last()?.end()), format!("{newline}{line}")),
        });
    }
    Some(merge_insertions(edits))
}

/// A constant after the imports, and the imports of the modules that it names; nothing where the same constant is there
/// already. `None` where the name is taken by something else.
pub fn constant(cx: &Context, name: &str, modules: &[&str], value: &str, used: TextSize) -> Option<Vec<Edit>> {
    let scopes = cx.model.scopes();
    if !is_free(cx, name) {
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        let existing = scopes.bindings_of(ScopeId(0), name);
        return match existing.as_slice() {
            [id] => match scopes.binding(*id).value {
                // The parentheses around the value are not part of the expression.
                Value::Expr(expr) if squeeze(value).contains(&squeeze(cx.text(expr))) => Some(Vec::new()),
                _ => None,
            },
            _ => None,
        };
    }
    let imports: Vec<&Stmt> = top_level_imports(cx);
    let last = imports.last()?;
    let end = line_end(cx, last.end());
    // Several statements on one line leave no place between them, and what is used above would not be there yet.
    let own_lines = imports.iter().all(|stmt| has_own_line(cx, stmt));
    if !own_lines || used < end {
        return None;
    }
    let newline = cx.source.newline();
    let mut value = value.replace('\n', newline);
    let mut edits: Vec<Edit> = Vec::new();
    for module in modules {
        match module_name(cx, &imports, module) {
            Some(bound) if bound == *module => {}
            Some(bound) => value = value.replace(&format!("{module}."), &format!("{bound}.")),
            None if is_free(cx, module) => edits.push(import_module(cx, &imports, module)?),
            None => return None,
        }
    }
    edits.push(Edit::insert(end, format!("{newline}{newline}{name} = {value}")));
    Some(merge_insertions(edits))
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

/// The imports at the top of the file, up to the first statement that is something else.
fn top_level_imports<'a>(cx: &Context<'a>) -> Vec<&'a Stmt> {
    let body = cx.module.body.iter();
    body.skip_while(|stmt| is_docstring(stmt)).take_while(|stmt| is_import(stmt)).collect()
}

fn is_docstring(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Expr(expr) if matches!(*expr.value, Expr::StringLiteral(_)))
}

fn is_import(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_))
}

fn has_own_line(cx: &Context, stmt: &Stmt) -> bool {
    let text = cx.source.text();
    let before = text.get(..stmt.start().to_usize()).unwrap_or_default();
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let after = cx.source.slice(TextRange::new(stmt.end(), line_end(cx, stmt.end()))).trim_start();
    line.trim_start_matches('\u{feff}').is_empty() && (after.is_empty() || after.starts_with('#'))
}

/// The name under which one of the imports at the top binds the module.
fn module_name<'a>(cx: &Context<'a>, imports: &[&Stmt], module: &str) -> Option<&'a str> {
    let scopes = cx.model.scopes();
    let mut names: Vec<&str> = scopes
        .scope(ScopeId(0))
        .bindings
        .iter()
        .filter(|(_, bindings)| match bindings.as_slice() {
            [id] => {
                let binding = scopes.binding(*id);
                imports.iter().any(|stmt| stmt.range().contains_range(binding.range))
                    && matches!(binding.value, Value::Import(path) if path == module)
                    && cx.model.bound(*id) == Origin::library(module)
            }
            _ => false,
        })
        .map(|(name, _)| *name)
        .collect();
    names.sort_unstable_by_key(|name| (*name != module, *name));
    names.first().copied()
}

/// `import module` where isort would put it: among the plain imports of its section, by name. Only modules of the standard
/// library are ever added, besides `websockets` itself.
fn import_module(cx: &Context, imports: &[&Stmt], module: &str) -> Option<Edit> {
    let newline = cx.source.newline();
    let is_future =
        |stmt: &Stmt| matches!(stmt, Stmt::ImportFrom(from) if from.module.as_deref() == Some("__future__"));
    let plain: Vec<(&str, &Stmt)> = imports
        .iter()
        .filter_map(|stmt| match stmt {
            Stmt::Import(import) => Some((import.names.first()?.name.as_str(), *stmt)),
            _ => None,
        })
        .collect();
    let of_library = |name: &str| name == "websockets" || name.starts_with("websockets.");
    let section: Vec<&(&str, &Stmt)> =
        plain.iter().filter(|(name, _)| of_library(name) == of_library(module)).collect();
    if let Some((_, next)) = section.iter().find(|(name, _)| *name > module) {
        return Some(Edit::insert(next.start(), format!("import {module}{newline}")));
    }
    if let Some((_, previous)) = section.last() {
        return Some(Edit::insert(line_end(cx, previous.end()), format!("{newline}import {module}")));
    }
    let first = imports.iter().find(|stmt| !is_future(stmt))?;
    let blank = if of_library(module) { "" } else { newline };
    Some(Edit::insert(first.start(), format!("import {module}{newline}{blank}")))
}

/// The end of the line of `offset`, before its line ending, so that a comment there stays where it is.
fn line_end(cx: &Context, offset: TextSize) -> TextSize {
    let rest = cx.source.text().get(offset.to_usize()..).unwrap_or_default();
    let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
    offset + TextSize::try_from(length).unwrap_or_default()
}
