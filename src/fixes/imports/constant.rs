//! A constant behind the imports, and the modules that its value names.

use ruff_python_ast::Stmt;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::place::{has_blank_line, is_import};
use super::statement::is_docstring;
use super::{is_free, merge_insertions};
use crate::lint::rule::Context;
use crate::python::Origin;
use crate::syntax::scope::{ScopeId, Value};
use crate::text::edit::Edit;
use crate::websockets::names;

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
    let end = cx.source.line_end(last.end());
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
    let after = cx.source.slice(TextRange::new(stmt.end(), cx.source.line_end(stmt.end()))).trim_start();
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

/// `import module` where isort would put it: in its section before the `from` imports, by name. Only modules of the standard
/// library are ever added, besides `websockets` itself.
fn import_module(cx: &Context, imports: &[&Stmt], module: &str) -> Option<Edit> {
    let newline = cx.source.newline();
    let is_own = names::is_library(module);
    // A section that is not set apart by an empty line still has the standard library first.
    let sections = imports.chunk_by(|one, next| !has_blank_line(cx.text(TextRange::new(one.end(), next.start()))));
    let mut sections = sections.map(|section| -> Vec<&Stmt> {
        let kind = |stmt: &&&Stmt| root(stmt).is_some_and(|root| root != "__future__" && is_standard(root) != is_own);
        section.iter().filter(kind).copied().collect()
    });
    let names_like = |stmt: &&Stmt| root(stmt).is_some_and(|root| names::is_library(root) || !is_own);
    let section = sections.find(|section| section.iter().any(names_like));
    let Some(section) = section else {
        let first = imports.iter().find(|stmt| root(stmt) != Some("__future__"))?;
        let blank = if is_own { "" } else { newline };
        return Some(Edit::insert(first.start(), format!("import {module}{newline}{blank}")));
    };
    let plain = section.iter().filter_map(|stmt| Some((stmt.as_import_stmt()?.names.first()?.name.as_str(), *stmt)));
    let (before, behind): (Vec<_>, Vec<_>) = plain.partition(|(name, _)| *name < module);
    let next = behind.first().map(|(_, next)| *next).or_else(|| section.first().filter(|_| before.is_empty()).copied());
    if let Some(next) = next {
        return Some(Edit::insert(next.start(), format!("import {module}{newline}")));
    }
    let (_, previous) = before.last()?;
    Some(Edit::insert(cx.source.line_end(previous.end()), format!("{newline}import {module}")))
}

/// The first part of what a statement imports; `None` for modules beside the file.
fn root(stmt: &Stmt) -> Option<&str> {
    let module = match stmt {
        Stmt::Import(import) => import.names.first()?.name.as_str(),
        Stmt::ImportFrom(import) if import.level == 0 => import.module.as_deref()?,
        _ => return None,
    };
    module.split('.').next()
}

fn is_standard(root: &str) -> bool {
    STANDARD.contains(&root)
}

/// Modules of the standard library that stand beside websockets.
const STANDARD: &[&str] = &[
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "atexit",
    "base64",
    "binascii",
    "bisect",
    "builtins",
    "bz2",
    "calendar",
    "cmath",
    "codecs",
    "collections",
    "concurrent",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "csv",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "email",
    "enum",
    "errno",
    "faulthandler",
    "fcntl",
    "fnmatch",
    "fractions",
    "functools",
    "gc",
    "getpass",
    "gettext",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "http",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "linecache",
    "locale",
    "logging",
    "lzma",
    "math",
    "mimetypes",
    "multiprocessing",
    "numbers",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "pkgutil",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "sched",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "stat",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "sys",
    "sysconfig",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "tkinter",
    "tokenize",
    "tomllib",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "urllib",
    "uuid",
    "warnings",
    "wave",
    "weakref",
    "webbrowser",
    "xml",
    "xmlrpc",
    "zipfile",
    "zlib",
    "zoneinfo",
];
