//! The place of a new import statement: where isort would put it.

use ruff_python_ast::Stmt;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::lint::rule::Context;
use crate::text::edit::Edit;
use crate::websockets::names;

/// A statement of its own, next to the imports of the library at the top of the file: behind `import` statements, and among
/// `from` imports by module. `None` where there are none, or several statements share a line.
pub fn top_level(cx: &Context, module: &str, line: &str) -> Option<Edit> {
    let body = &cx.module.body;
    let newline = cx.source.newline();
    let at = body.iter().rposition(imports_library)?;
    let of_library = || body.iter().filter_map(|stmt| Some((library_module(stmt)?, stmt)));
    if let Some((_, before)) = of_library().filter(|(other, _)| *other <= module).last() {
        return Some(Edit::insert(end_of_statements(cx, before.end())?, format!("{newline}{line}")));
    }
    if let Some((_, next)) = of_library().next() {
        return starts_line(cx, next.start()).then(|| Edit::insert(next.start(), format!("{line}{newline}")));
    }
    // The block of imports around it, up to an empty line or something else.
    let touches = |one: &Stmt, next: &Stmt| {
        is_import(one) && is_import(next) && !has_blank_line(cx.text(TextRange::new(one.end(), next.start())))
    };
    let pairs = |index: usize| Some((body.get(index)?, body.get(index + 1)?));
    let end = (at..body.len()).find(|index| !pairs(*index).is_some_and(|(one, next)| touches(one, next)))?;
    let start = (0..=at)
        .rev()
        .find(|index| index.checked_sub(1).and_then(pairs).is_none_or(|(one, next)| !touches(one, next)))?;
    let block = body.get(start..=end)?;
    let behind = block.iter().find(|stmt| match stmt {
        Stmt::ImportFrom(from) => {
            from.level > 0 || from.module.as_deref().is_some_and(|other| other > module && from.level == 0)
        }
        _ => false,
    });
    // `from` imports that stand in front of plain ones are in no order to keep.
    match behind
        .filter(|next| next.start() > body.get(at).map_or(next.start(), Ranged::start) || !plain_behind(block, next))
    {
        Some(next) => starts_line(cx, next.start()).then(|| Edit::insert(next.start(), format!("{line}{newline}"))),
        None => Some(Edit::insert(end_of_statements(cx, block.last()?.end())?, format!("{newline}{line}"))),
    }
}

/// A statement right behind another one, with the same indentation.
pub fn behind(cx: &Context, stmt: TextRange, line: &str) -> Option<Edit> {
    let indent = indent(cx, stmt)?;
    let end = end_of_statements(cx, stmt.end())?;
    Some(Edit::insert(end, format!("{}{indent}{line}", cx.source.newline())))
}

/// The indentation of a statement that begins its line.
pub(super) fn indent<'a>(cx: &Context<'a>, stmt: TextRange) -> Option<&'a str> {
    let start = cx.source.line_start(stmt.start());
    let indent = cx.source.slice(TextRange::new(start, stmt.start())).trim_start_matches('\u{feff}');
    indent.trim().is_empty().then_some(indent)
}

fn imports_library(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| names::is_library(&alias.name)),
        Stmt::ImportFrom(from) => from.level == 0 && from.module.as_deref().is_some_and(names::is_library),
        _ => false,
    }
}

/// The module of a `from` import of the library.
fn library_module(stmt: &Stmt) -> Option<&str> {
    let from = stmt.as_import_from_stmt()?;
    from.module.as_deref().filter(|module| from.level == 0 && names::is_library(module))
}

pub(super) fn is_import(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_))
}

/// Whether a plain `import` follows `stmt` in its block.
fn plain_behind(block: &[Stmt], stmt: &Stmt) -> bool {
    block.iter().any(|other| other.is_import_stmt() && other.start() > stmt.start())
}

/// Whether two lines end right behind each other.
pub(super) fn has_blank_line(text: &str) -> bool {
    text.replace("\r\n", "\n").replace('\r', "\n").contains("\n\n")
}

fn starts_line(cx: &Context, offset: TextSize) -> bool {
    let before = cx.source.text().get(..offset.to_usize()).unwrap_or_default();
    before.is_empty() || before.ends_with(['\n', '\r']) || before == "\u{feff}"
}

/// The end of the line of `offset`, when nothing but a comment follows.
fn end_of_statements(cx: &Context, offset: TextSize) -> Option<TextSize> {
    let end = cx.source.line_end(offset);
    let rest = cx.source.slice(TextRange::new(offset, end)).trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(end)
}
