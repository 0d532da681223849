//! A constant behind the imports, and the modules that its value names.

use ruff_python_ast::Stmt;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::place::is_import;
use super::statement::{is_docstring, line_end};
use super::{is_free, merge_insertions};
use crate::lint::rule::Context;
use crate::python::Origin;
use crate::syntax::scope::{ScopeId, Value};
use crate::text::edit::Edit;

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

/// The imports at the top of the file, up to the first statement that is something else.
fn top_level_imports<'a>(cx: &Context<'a>) -> Vec<&'a Stmt> {
    let body = cx.module.body.iter();
    body.skip_while(|stmt| is_docstring(stmt)).take_while(|stmt| is_import(stmt)).collect()
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
