//! A name of the library that a fix writes, and the import that it needs.

use ruff_python_ast::{Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::edit::Edit;
use crate::imports;
use crate::rule::Context;

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
    imports::is_free(cx, name).then_some(())?;
    let own = cx.module.body.iter().filter_map(Stmt::as_import_from_stmt).find(|import| is_from(import, module));
    let edit = match own {
        Some(import) => merge(cx, import, name),
        None => statement(cx, module, name)?,
    };
    Some((name.to_owned(), vec![edit]))
}

/// The name that a plain import at the top of the file gives to one of `paths`.
fn bound(cx: &Context, paths: &[&str]) -> Option<String> {
    let imports = cx.module.body.iter().filter_map(Stmt::as_import_from_stmt);
    let mut names = imports.flat_map(|import| &import.names).map(|alias| alias.asname.as_ref().unwrap_or(&alias.name));
    names.find(|name| imports::is_imported(cx, paths, name)).map(ToString::to_string)
}

fn is_from(import: &StmtImportFrom, module: &str) -> bool {
    import.level == 0
        && import.module.as_deref() == Some(module)
        && import.names.first().is_some_and(|alias| alias.name.as_str() != "*")
}

/// Adds a name to an import, in front of the first that sorts behind it.
fn merge(cx: &Context, import: &StmtImportFrom, name: &str) -> Edit {
    match import.names.iter().find(|alias| alias.name.as_str() > name) {
        Some(next) => imports::add_before(cx, next, name),
        None => {
            let last = import.names.last().map_or(import.end(), Ranged::end);
            let line = cx.source.text().get(..import.names.last().map_or(0, |it| it.start().to_usize()));
            let indent = line.and_then(|line| line.rsplit('\n').next()).unwrap_or_default();
            let own_line = !indent.is_empty() && indent.trim().is_empty();
            let separator = if own_line { format!(",{}{indent}", cx.source.newline()) } else { ", ".to_owned() };
            Edit::insert(last, format!("{separator}{name}"))
        }
    }
}

/// A statement of its own, next to the imports of the library and where isort would put it: behind `import` statements, and
/// among `from` imports by module.
fn statement(cx: &Context, module: &str, name: &str) -> Option<Edit> {
    let body = &cx.module.body;
    let is_library = |module: &str| module == "websockets" || module.starts_with("websockets.");
    let imports_it = |stmt: &Stmt| match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| is_library(&alias.name)),
        Stmt::ImportFrom(from) => from.level == 0 && from.module.as_deref().is_some_and(is_library),
        _ => false,
    };
    let at = body.iter().rposition(imports_it)?;
    // The block of imports around it, up to an empty line or something else.
    let is_import = |stmt: &Stmt| matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_));
    let touches = |one: &Stmt, next: &Stmt| {
        is_import(one)
            && is_import(next)
            && !cx.text(TextRange::new(one.end(), next.start())).replace('\r', "").contains("\n\n")
    };
    let pairs = |index: usize| Some((body.get(index)?, body.get(index + 1)?));
    let end = (at..body.len()).find(|index| !pairs(*index).is_some_and(|(one, next)| touches(one, next)))?;
    let start = (0..=at)
        .rev()
        .find(|index| index.checked_sub(1).and_then(pairs).is_none_or(|(one, next)| !touches(one, next)))?;
    let block = body.get(start..=end)?;
    let newline = cx.source.newline();
    let line = format!("from {module} import {name}");
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
        None => Some(Edit::insert(line_end(cx, block.last()?.end())?, format!("{newline}{line}"))),
    }
}

/// Whether a plain `import` follows `stmt` in its block.
fn plain_behind(block: &[Stmt], stmt: &Stmt) -> bool {
    block.iter().any(|other| other.is_import_stmt() && other.start() > stmt.start())
}

fn starts_line(cx: &Context, offset: TextSize) -> bool {
    let before = cx.source.text().get(..offset.to_usize()).unwrap_or_default();
    before.is_empty() || before.ends_with('\n')
}

/// The end of the line of `offset`, when nothing but a comment follows.
fn line_end(cx: &Context, offset: TextSize) -> Option<TextSize> {
    let rest = cx.source.text().get(offset.to_usize()..)?;
    let rest = rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len()))?;
    let ends = rest.trim().is_empty() || rest.trim_start().starts_with('#');
    ends.then(|| offset + TextSize::try_from(rest.len()).unwrap_or_default())
}
