//! One import statement: names go, come, and get new names; the layout and the comments of the others stay.

use ruff_python_ast::{Alias, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::lint::rule::Context;
use crate::text::edit::Edit;

/// Comments that are about the line alone, and may go with it.
const PRAGMAS: &[&str] = &["noqa", "type:", "pylint:", "pyright:", "isort:", "pragma:", "nosec"];

/// What becomes of one `from m import ...`.
#[derive(Debug)]
pub struct Rewrite<'a> {
    import: &'a StmtImportFrom,
    dropped: Vec<TextRange>,
    renamed: Vec<(TextRange, String)>,
    added: Vec<String>,
    module: Option<String>,
}

impl<'a> Rewrite<'a> {
    /// Nothing, so far.
    pub fn of(import: &'a StmtImportFrom) -> Self {
        Self { import, dropped: Vec::new(), renamed: Vec::new(), added: Vec::new(), module: None }
    }

    /// This name goes; with the last one the whole statement.
    #[must_use]
    pub fn drop(mut self, alias: &Alias) -> Self {
        self.dropped.push(alias.range);
        self
    }

    /// This name is called `new` in its module; an `as` stays.
    #[must_use]
    pub fn rename(mut self, alias: &Alias, new: &str) -> Self {
        if alias.name.as_str() != new {
            self.renamed.push((alias.range, new.to_owned()));
        }
        self
    }

    /// This name comes: `name`, or `name as other`.
    #[must_use]
    pub fn bring(mut self, name: &str) -> Self {
        if !self.added.iter().any(|known| known == name) {
            self.added.push(name.to_owned());
        }
        self
    }

    /// The names come from this module.
    #[must_use]
    pub fn module(mut self, module: &str) -> Self {
        self.module = Some(module.to_owned());
        self
    }

    /// Whether it is about this statement.
    pub fn is_of(&self, import: &StmtImportFrom) -> bool {
        self.import.range == import.range
    }

    /// Whether no name is left.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.import.names.iter().all(|alias| self.dropped.contains(&alias.range))
    }

    /// The edits. `None` where a comment would lose what it is about.
    pub fn edits(mut self, cx: &Context) -> Option<Vec<Edit>> {
        let names = &self.import.names;
        let mut edits = Vec::new();
        // A name that comes while another one goes takes its place.
        let is_dropped = |alias: &Alias, dropped: &[TextRange]| dropped.contains(&alias.range);
        while let (Some(range), Some(_)) = (self.dropped.first().copied(), self.added.first()) {
            self.dropped.remove(0);
            edits.push(Edit::replace(range, self.added.remove(0)));
        }
        if names.iter().all(|alias| is_dropped(alias, &self.dropped)) {
            return Some(vec![delete(cx, self.import.range)?]);
        }
        edits.extend(self.module.iter().filter_map(|module| Some(Edit::replace(self.import.module.as_ref()?, module))));
        for (range, new) in &self.renamed {
            let alias = names.iter().find(|alias| alias.range == *range)?;
            edits.push(Edit::replace(&alias.name, new));
        }
        let mut index = 0;
        while index < names.len() {
            let run = names.iter().skip(index).take_while(|alias| is_dropped(alias, &self.dropped)).count();
            if run == 0 {
                index += 1;
                continue;
            }
            edits.extend(remove(cx, self.import, index, run)?);
            index += run;
        }
        for name in &self.added {
            edits.extend(insert(cx, self.import, name, &self.dropped));
        }
        Some(super::merge_insertions(edits))
    }
}

/// Takes `count` names from `first` on out of an import that has others, with their commas, and with their lines where they have
/// lines of their own.
fn remove(cx: &Context, import: &StmtImportFrom, first: usize, count: usize) -> Option<Vec<Edit>> {
    let names = import.names.get(first..first + count)?;
    if let Some(lines) = names.iter().map(|alias| own_line(cx, import, alias)).collect::<Option<Vec<_>>>() {
        let keeps_comments = lines.iter().all(|line| may_go(cx.source.slice(*line)));
        return keeps_comments.then(|| lines.into_iter().map(Edit::delete).collect());
    }
    let (start, end) = (names.first()?.start(), names.last()?.end());
    let range = match (import.names.get(first + count), first.checked_sub(1).and_then(|it| import.names.get(it))) {
        (Some(next), _) => TextRange::new(start, next.start()),
        (None, Some(previous)) => {
            let rest = cx.source.slice(TextRange::new(end, import.end()));
            (!rest.contains('#')).then_some(())?;
            TextRange::new(previous.end(), end)
        }
        (None, None) => return None,
    };
    (!cx.source.slice(range).contains('#')).then(|| vec![Edit::delete(range)])
}

/// The line of a name that has one of its own inside parentheses, with its line ending.
fn own_line(cx: &Context, import: &StmtImportFrom, alias: &Alias) -> Option<TextRange> {
    let start = cx.source.line_start(alias.start());
    let end = cx.source.line_end(alias.end());
    let text = cx.source.text();
    let before = text.get(start.to_usize()..alias.start().to_usize())?;
    let after = text.get(alias.end().to_usize()..end.to_usize())?.trim_start();
    let after = after.strip_prefix(',').unwrap_or(after).trim_start();
    let alone = before.trim().is_empty() && (after.is_empty() || after.starts_with('#'));
    let whole = TextRange::new(start, end + newline_length(cx, end));
    (alone && start > import.start() && end < import.end()).then_some(whole)
}

/// Puts a name where it is in order among those of the statement, on a line of its own where they have such lines.
fn insert(cx: &Context, import: &StmtImportFrom, name: &str, dropped: &[TextRange]) -> Vec<Edit> {
    let newline = cx.source.newline();
    let kept = || import.names.iter().filter(|alias| !dropped.contains(&alias.range));
    let indent = |alias: &Alias| {
        let start = cx.source.line_start(alias.start());
        let before = cx.source.slice(TextRange::new(start, alias.start()));
        (start > import.start() && before.trim().is_empty()).then(|| before.to_owned())
    };
    if let Some(next) = kept().find(|alias| order(&alias.name) > order(name)) {
        let separator = indent(next).map_or(", ".to_owned(), |indent| format!(",{newline}{indent}"));
        return vec![Edit::insert(next.start(), format!("{name}{separator}"))];
    }
    let Some(last) = kept().last() else { return Vec::new() };
    let end = cx.source.line_end(last.end());
    match indent(last) {
        // The comment behind the last name stays with it.
        Some(indent) if end < import.end() => {
            let rest = cx.source.slice(TextRange::new(last.end(), end));
            if rest.trim_start().starts_with(',') {
                vec![Edit::insert(end, format!("{newline}{indent}{name},"))]
            } else if rest.is_empty() {
                vec![Edit::insert(end, format!(",{newline}{indent}{name},"))]
            } else {
                vec![Edit::insert(last.end(), ","), Edit::insert(end, format!("{newline}{indent}{name},"))]
            }
        }
        Some(indent) => vec![Edit::insert(last.end(), format!(",{newline}{indent}{name}"))],
        None => vec![Edit::insert(last.end(), format!(", {name}"))],
    }
}

/// The order of isort: constants, classes, the rest; whatever the case.
pub fn order(name: &str) -> (u8, String) {
    let kind = match name.chars().next() {
        _ if name.len() > 1 && !name.contains(char::is_lowercase) => 0,
        Some(first) if first.is_uppercase() => 1,
        _ => 2,
    };
    (kind, name.to_lowercase())
}

/// Deletes a statement with its line, and with an empty line where it stood between two. The last one of a block becomes `pass`.
pub fn delete(cx: &Context, statement: TextRange) -> Option<Edit> {
    let body = body_around(cx, statement)?;
    let (start, end) = (cx.source.line_start(statement.start()), cx.source.line_end(statement.end()));
    let before = cx.source.slice(TextRange::new(start, statement.start()));
    let after = cx.source.slice(TextRange::new(statement.end(), end));
    let alone = before.trim_start_matches('\u{feff}').trim().is_empty();
    let is_last = after.trim().is_empty() || after.trim_start().starts_with('#');
    let is_top = body.as_ptr() == cx.module.body.as_ptr();
    let comments = cx.source.slice(TextRange::new(statement.start(), end));
    (alone && is_last && may_go(comments)).then_some(())?;
    if body.len() == 1 && !is_top {
        return Some(Edit::replace(TextRange::new(statement.start(), end), "pass"));
    }
    // The byte order mark stays where it is.
    let start = start + TextSize::of(before) - TextSize::of(before.trim_start_matches('\u{feff}'));
    let mut end = end + newline_length(cx, end);
    let text = cx.source.text();
    let blank_before = start == TextSize::default() || text.get(..start.to_usize()).is_some_and(ends_with_blank_line);
    let next = cx.source.slice(TextRange::new(end, cx.source.line_end(end)));
    if blank_before && next.trim().is_empty() && newline_length(cx, cx.source.line_end(end)) > TextSize::default() {
        let line = cx.source.line_end(end);
        end = line + newline_length(cx, line);
    }
    Some(Edit::delete(TextRange::new(start, end)))
}

fn ends_with_blank_line(text: &str) -> bool {
    let ended = text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r']));
    let line = ended.and_then(|text| text.rsplit(['\n', '\r']).next());
    line.is_some_and(|line| line.trim().is_empty())
}

/// Whether no comment in `text` says more than what a tool wants to hear.
pub(super) fn may_go(text: &str) -> bool {
    text.split(['\n', '\r']).filter_map(|line| line.split_once('#')).all(|(_, comment)| {
        let comment = comment.trim_start();
        PRAGMAS.iter().any(|pragma| comment.to_ascii_lowercase().starts_with(pragma))
    })
}

/// The statements among which one stands.
pub(super) fn body_around<'a>(cx: &Context<'a>, statement: TextRange) -> Option<&'a [Stmt]> {
    cx.blocks().around(statement)
}

/// The first plain `from module import ...` among `body`.
pub(super) fn of_module<'a>(cx: &Context<'a>, body: &'a [Stmt], module: &str) -> Option<&'a StmtImportFrom> {
    cx.blocks().import_from(body, module).filter(|import| cx.model.module_of(import).is_none())
}

pub(super) fn is_docstring(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Expr(expr) if expr.value.is_string_literal_expr())
}

/// The length of the line ending at `offset`.
fn newline_length(cx: &Context, offset: TextSize) -> TextSize {
    let rest = cx.source.text().get(offset.to_usize()..).unwrap_or_default();
    TextSize::from(if rest.starts_with("\r\n") { 2 } else { u32::from(rest.starts_with(['\n', '\r'])) })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use std::cell::OnceCell;

    use ruff_python_ast::visitor::Visitor;

    use super::*;
    use crate::lint::registry::RULES;
    use crate::lint::rule::Report;
    use crate::project::Project;
    use crate::python::Model;
    use crate::syntax::tree::Tree;
    use crate::target::Target;
    use crate::text::edit::{Applicability, Fix, apply};
    use crate::text::source::Source;

    /// The first `from` import of a file.
    struct First<'a>(Option<&'a StmtImportFrom>);
    impl<'a> Visitor<'a> for First<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            self.0 = self.0.or(stmt.as_import_from_stmt());
            ruff_python_ast::visitor::walk_stmt(self, stmt);
        }
    }

    /// The text after `change` of its first `from` import; `None` where the change is refused.
    fn changed(text: &str, change: impl for<'a> Fn(Rewrite<'a>, &'a [Alias]) -> Rewrite<'a>) -> Option<String> {
        let source = Source::new(PathBuf::from("/nowhere/program.py"), text.to_owned());
        let (tree, project, target) = (Tree::new(source.clone()), Project::default(), Target::default());
        let model = Model::new(&tree, &project);
        let findings = Report::new(&RULES[0]);
        let (tokens, module) = (tree.tokens(), tree.module());
        let options = crate::lint::options::RuleOptions::default();
        let (source, model, target, options) = (&*source, &model, &target, &options);
        let cx = Context {
            source,
            tokens,
            model,
            target,
            options,
            module,
            words: OnceCell::new(),
            blocks: OnceCell::new(),
            findings,
        };
        let mut first = First(None);
        first.visit_body(&module.body);
        let import = first.0.unwrap();
        let edits = change(Rewrite::of(import), &import.names).edits(&cx)?;
        let fix = Fix::new(edits, Applicability::Safe).unwrap();
        Some(apply(text, [&fix]).0)
    }

    fn without(text: &str, names: &[&str]) -> Option<String> {
        changed(text, |rewrite, all| {
            let gone = all.iter().filter(|alias| names.contains(&alias.name.as_str()));
            gone.fold(rewrite, Rewrite::drop)
        })
    }

    fn with(text: &str, name: &str) -> Option<String> {
        changed(text, |rewrite, _| rewrite.bring(name))
    }

    #[test]
    fn a_name_goes_with_its_comma() {
        for (before, gone, after) in [
            ("from m import a, b, c\n", &["a"][..], "from m import b, c\n"),
            ("from m import a, b, c\n", &["b"], "from m import a, c\n"),
            ("from m import a, b, c\n", &["c"], "from m import a, b\n"),
            ("from m import a, b, c\n", &["b", "c"], "from m import a\n"),
            ("from m import a, b, c\n", &["a", "c"], "from m import b\n"),
            ("from m import (a, b,)\n", &["b"], "from m import (a,)\n"),
            ("from m import a, \\\n    b\n", &["b"], "from m import a\n"),
            ("from m import a as x, b\n", &["a"], "from m import b\n"),
        ] {
            assert_eq!(without(before, gone).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn a_name_goes_with_its_line() {
        let before = "from m import (\n    a,  # noqa: F401\n    b,  # kept\n    c\n)\n";
        let after = "from m import (\n    b,  # kept\n    c\n)\n";
        assert_eq!(without(before, &["a"]).as_deref(), Some(after));
        assert_eq!(without(before, &["b"]), None, "the comment is about b");
        let after = "from m import (\n    a,  # noqa: F401\n    b,  # kept\n)\n";
        assert_eq!(without(before, &["c"]).as_deref(), Some(after));
        let windows = "from m import (\r\n    a,\r\n    b,\r\n)\r\n";
        assert_eq!(without(windows, &["a"]).as_deref(), Some("from m import (\r\n    b,\r\n)\r\n"));
    }

    #[test]
    fn the_last_name_takes_the_statement_along() {
        for (before, after) in [
            ("from m import a\nx = 1\n", "x = 1\n"),
            ("\u{feff}from m import a\nx = 1\n", "\u{feff}x = 1\n"),
            ("import os\n\nfrom m import a\n\nx = 1\n", "import os\n\nx = 1\n"),
            ("import os\nfrom m import a\n\n\ndef f(): ...\n", "import os\n\n\ndef f(): ...\n"),
            ("if T:\n    from m import a\n", "if T:\n    pass\n"),
            ("if T:\n    from m import a\n    import b\n", "if T:\n    import b\n"),
            ("from m import a", ""),
        ] {
            assert_eq!(without(before, &["a"]).as_deref(), Some(after), "{before}");
        }
        for before in ["from m import a; x = 1\n", "x = 1; from m import a\n", "from m import a  # why\n"] {
            assert_eq!(without(before, &["a"]), None, "{before}");
        }
    }

    #[test]
    fn a_name_comes_in_order_and_in_the_layout_that_is_there() {
        for (before, name, after) in [
            ("from m import a, c\n", "b", "from m import a, b, c\n"),
            ("from m import a, c\n", "State", "from m import State, a, c\n"),
            ("from m import OP, State\n", "Close", "from m import OP, Close, State\n"),
            ("from m import (a)\n", "b", "from m import (a, b)\n"),
            ("from m import (\n    a,\n    c,\n)\n", "b", "from m import (\n    a,\n    b,\n    c,\n)\n"),
            ("from m import (\n    a,  # why\n)\n", "b", "from m import (\n    a,  # why\n    b,\n)\n"),
            ("from m import (\n    a  # why\n)\n", "b", "from m import (\n    a,  # why\n    b,\n)\n"),
            ("from m import (\n    a\n)\n", "b", "from m import (\n    a,\n    b,\n)\n"),
            ("from m import (\n    a)\n", "b", "from m import (\n    a,\n    b)\n"),
        ] {
            assert_eq!(with(before, name).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn what_comes_takes_the_place_of_what_goes() {
        let swapped = changed("from m import a, b as x\n", |rewrite, all| rewrite.drop(&all[0]).bring("New"));
        assert_eq!(swapped.as_deref(), Some("from m import New, b as x\n"));
        let moved =
            changed("from m import (\n    a,  # why\n)\n", |rewrite, all| rewrite.module("n.o").rename(&all[0], "A"));
        assert_eq!(moved.as_deref(), Some("from n.o import (\n    A,  # why\n)\n"));
    }
}
