//! `setup.py`: lists that are written out. Nothing is run.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral, Operator, PySourceType, Stmt};
use ruff_python_parser::parse_unchecked_source;
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::document::{Document, FoundInMetadata, Rank, Reader};
use crate::text::depth;

/// Names that stand for other names; deeper than this is not a literal any more.
const DEEPEST: usize = 8;

/// Reads a `setup.py`.
pub(super) fn setup_py(document: &Document, found: &mut FoundInMetadata) {
    if !document.mentions_websockets() {
        return;
    }
    if depth::is_too_deep(&document.text, PySourceType::Python) {
        Reader::new(document, found, Rank::Runtime).problem(0, "an expression or block in it is too deep");
        return;
    }
    let parsed = parse_unchecked_source(&document.text, PySourceType::Python);
    let mut setup = Setup { is_valid: parsed.errors().is_empty(), ..Setup::default() };
    setup.visit_body(&parsed.syntax().body);
    let mut reader = Reader::new(document, found, Rank::Runtime);
    // The first error only matters where the file cannot be understood for it.
    if let (Some(error), true) = (parsed.errors().first(), setup.calls.is_empty()) {
        reader.problem(error.range().start().to_usize(), format!("not valid Python: {}", error.error));
    }
    for list in setup.keywords("install_requires") {
        setup.requirements(&mut reader, list, DEEPEST);
    }
    reader.source(Rank::Extra);
    for extras in setup.keywords("extras_require") {
        for (name, list) in setup.entries(extras) {
            reader.environment(Rank::of_name(name, Rank::Extra));
            setup.requirements(&mut reader, list, DEEPEST);
        }
    }
    reader.source(Rank::Development);
    for list in setup.keywords("tests_require") {
        setup.requirements(&mut reader, list, DEEPEST);
    }
}

#[derive(Default)]
struct Setup<'a> {
    /// What is not valid Python is read as far as it can be, and not changed.
    is_valid: bool,
    calls: Vec<&'a ExprCall>,
    /// What is assigned to a name, and what is added to it.
    names: FxHashMap<&'a str, Vec<&'a Expr>>,
    /// What is put into a dictionary: its name, the key, the value.
    items: Vec<(&'a str, &'a str, &'a Expr)>,
}

impl<'a> Visitor<'a> for Setup<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    match target {
                        Expr::Name(name) => {
                            self.names.insert(name.id.as_str(), vec![&assign.value]);
                        }
                        Expr::Subscript(item) => {
                            let dictionary = item.value.as_name_expr().map(|name| name.id.as_str());
                            let key = item.slice.as_string_literal_expr().map(|key| key.value.to_str());
                            self.items.extend(dictionary.zip(key).map(|(name, key)| (name, key, &*assign.value)));
                        }
                        _ => {}
                    }
                }
            }
            Stmt::AnnAssign(assign) => {
                if let (Some(name), Some(value)) = (assign.target.as_name_expr(), &assign.value) {
                    self.names.insert(name.id.as_str(), vec![value]);
                }
            }
            Stmt::AugAssign(assign) => {
                if let Some(name) = assign.target.as_name_expr() {
                    self.names.entry(name.id.as_str()).or_default().push(&assign.value);
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            let name = match &*call.func {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => "",
            };
            if name == "setup" {
                self.calls.push(call);
            }
            self.added(call);
        }
        walk_expr(self, expr);
    }
}

impl<'a> Setup<'a> {
    /// `names.append(...)` and `names.extend(...)`.
    fn added(&mut self, call: &'a ExprCall) {
        if let Expr::Attribute(method) = &*call.func
            && let ("append" | "extend", Expr::Name(name)) = (method.attr.as_str(), &*method.value)
        {
            self.names.entry(name.id.as_str()).or_default().extend(&call.arguments.args);
        }
    }

    /// The values of a keyword of `setup()`, also by way of `**options`.
    fn keywords(&self, name: &str) -> Vec<&'a Expr> {
        let mut values = Vec::new();
        for keyword in self.calls.iter().flat_map(|call| &call.arguments.keywords) {
            match &keyword.arg {
                Some(arg) if arg.as_str() == name => values.push(&keyword.value),
                Some(_) => {}
                None => {
                    let options = self.entries(&keyword.value);
                    values.extend(options.into_iter().filter(|(key, _)| *key == name).map(|(_, value)| value));
                }
            }
        }
        values
    }

    /// The keys and values of a dictionary, or of the name of one.
    fn entries(&self, expr: &'a Expr) -> Vec<(&'a str, &'a Expr)> {
        let mut entries = Vec::new();
        if let Expr::Dict(written) = self.resolve(expr) {
            entries.extend(written.items.iter().map(|item| {
                let key = item.key.as_ref().and_then(Expr::as_string_literal_expr);
                (key.map_or("", |key| key.value.to_str()), &item.value)
            }));
        }
        if let Expr::Name(name) = expr {
            let of_name = self.items.iter().filter(|(dictionary, ..)| *dictionary == name.id.as_str());
            entries.extend(of_name.map(|(_, key, value)| (*key, *value)));
        }
        entries
    }

    /// What a name stands for, when it is assigned once or last as a whole.
    fn resolve(&self, expr: &'a Expr) -> &'a Expr {
        let assigned = expr.as_name_expr().and_then(|name| self.names.get(name.id.as_str()));
        assigned.and_then(|values| values.first().copied()).unwrap_or(expr)
    }

    fn requirements(&self, reader: &mut Reader, expr: &'a Expr, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match expr {
            Expr::List(list) => list.elts.iter().for_each(|item| self.requirements(reader, item, depth)),
            Expr::Tuple(list) => list.elts.iter().for_each(|item| self.requirements(reader, item, depth)),
            Expr::Starred(starred) => self.requirements(reader, &starred.value, depth),
            Expr::BinOp(sum) if sum.op == Operator::Add => {
                self.requirements(reader, &sum.left, depth);
                self.requirements(reader, &sum.right, depth);
            }
            Expr::Name(name) => {
                for value in self.names.get(name.id.as_str()).into_iter().flatten() {
                    self.requirements(reader, value, depth);
                }
            }
            Expr::StringLiteral(string) => strings(reader, string, self.is_valid),
            _ => {}
        }
    }
}

/// A string of one requirement, or of one on each line.
fn strings(reader: &mut Reader, string: &ExprStringLiteral, is_valid: bool) {
    let (value, start) = (string.value.to_str(), string.range().start().to_usize());
    let written = reader.document.text.get(start..string.range().end().to_usize()).unwrap_or_default();
    let at = written.find(value);
    let mut offset = start + at.unwrap_or(0);
    for line in value.split('\n') {
        reader.requirement(line, offset, is_valid && at.is_some());
        offset += if at.is_some() { line.len() + 1 } else { 0 };
    }
}
