//! Texts and lists of texts that the code spells out, through constants of this file and of others.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Alias, Expr, ExprName, ModModule, Stmt, StmtImportFrom};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::{Model, Origin};
use crate::syntax::scope::Value;

/// Constants that name each other in longer chains are unknown.
const DEPTH: u32 = 8;

/// Larger constants are data, not names: remembering them would cost memory and answer no question.
const MOST_BYTES: usize = 256;
const MOST_ITEMS: usize = 16;

/// What a `NewType` call around a text is made with.
const TEXT_TYPES: &[&str] = &["websockets.Subprotocol", "websockets.typing.Subprotocol", "builtins.str"];

/// Called with a list, they give the same texts.
const LIST_TYPES: &[&str] = &["builtins.list", "builtins.tuple"];

/// A text, or a list or tuple of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `"a"`
    Text(String),
    /// `["a", "b"]`
    Texts(Vec<String>),
}

impl Literal {
    /// The one text.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Texts(_) => None,
        }
    }
}

/// A constant of a module, as other files see it.
#[derive(Debug, Clone)]
pub(crate) enum Constant {
    Known(Literal),
    /// `from m import name`, level, module, name.
    Imported(u32, String, String),
}

/// The constants of one module by name; names that are bound more than once are not in it.
pub(crate) type Constants = FxHashMap<String, Constant>;

/// Lists the constants of a module.
pub(crate) fn constants(module: &ModModule) -> Constants {
    let mut found: FxHashMap<String, Option<Constant>> = FxHashMap::default();
    let mut add = |name: &str, constant: Option<Constant>| {
        found.entry(name.to_owned()).and_modify(|known| *known = None).or_insert(constant);
    };
    for stmt in &module.body {
        match stmt {
            Stmt::Assign(assign) => {
                for name in assign.targets.iter().filter_map(Expr::as_name_expr) {
                    add(&name.id, spelled(&assign.value).map(Constant::Known));
                }
            }
            Stmt::AnnAssign(assign) => {
                if let (Some(name), Some(value)) = (assign.target.as_name_expr(), &assign.value) {
                    add(&name.id, spelled(value).map(Constant::Known));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    let module = import.module.as_deref().unwrap_or_default().to_owned();
                    add(name, Some(Constant::Imported(import.level, module, alias.name.to_string())));
                }
            }
            Stmt::FunctionDef(def) => add(&def.name, None),
            Stmt::ClassDef(def) => add(&def.name, None),
            // What is bound under a condition, or changed, is uncertain, whatever else is bound to it.
            other => {
                let mut stored = Stored::default();
                stored.visit_stmt(other);
                stored.names.into_iter().for_each(|name| add(name, None));
            }
        }
    }
    found.into_iter().filter_map(|(name, constant)| Some((name, constant?))).collect()
}

/// The names that a statement binds, those in functions and classes left out.
#[derive(Default)]
struct Stored<'a> {
    names: Vec<&'a str>,
}

impl<'a> Visitor<'a> for Stored<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && !name.ctx.is_load()
        {
            self.names.push(&name.id);
        }
        walk_expr(self, expr);
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        self.names.push(alias.asname.as_ref().unwrap_or(&alias.name));
    }
}

/// A literal without any name in it.
fn spelled(expr: &Expr) -> Option<Literal> {
    match expr {
        Expr::StringLiteral(text) => short(text.value.to_str()).map(Literal::Text),
        Expr::List(list) => spelled_texts(&list.elts),
        Expr::Tuple(tuple) => spelled_texts(&tuple.elts),
        _ => None,
    }
}

fn spelled_texts(elements: &[Expr]) -> Option<Literal> {
    if elements.len() > MOST_ITEMS {
        return None;
    }
    let texts = elements.iter().map(|element| short(element.as_string_literal_expr()?.value.to_str()));
    texts.collect::<Option<_>>().map(Literal::Texts)
}

fn short(text: &str) -> Option<String> {
    (text.len() <= MOST_BYTES).then(|| text.to_owned())
}

impl<'a> Model<'a> {
    /// The text or texts that `expr` certainly is.
    pub fn literal(&self, expr: &Expr) -> Option<Literal> {
        self.literal_within(expr, DEPTH)
    }

    /// The expression that the name holds where it is read, if there is just one.
    pub fn only_value(&self, name: &ExprName) -> Option<&'a Expr> {
        let [id] = self.scopes().reaching(&name.id, name.start())?[..] else { return None };
        match &self.scopes().binding(id).value {
            Value::Expr(value) | Value::Annotated(_, Some(value)) => Some(value),
            _ => None,
        }
    }

    fn literal_within(&self, expr: &Expr, depth: u32) -> Option<Literal> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::StringLiteral(_) => spelled(expr),
            Expr::List(list) => self.literal_texts(&list.elts, depth),
            Expr::Tuple(tuple) => self.literal_texts(&tuple.elts, depth),
            Expr::Name(name) => self.literal_of_name(name, depth),
            Expr::Attribute(attribute) => match self.origin(&attribute.value) {
                Origin::Ref(module) => match module.split_project()? {
                    (file, "") => self.constant_of(file, &attribute.attr),
                    _ => None,
                },
                _ => None,
            },
            Expr::Call(call) if call.arguments.keywords.is_empty() => {
                let [argument] = &*call.arguments.args else { return None };
                let inner = || self.literal_within(argument, depth);
                let callee = self.origin(&call.func);
                if callee.is_one_of(TEXT_TYPES) {
                    return inner().filter(|literal| matches!(literal, Literal::Text(_)));
                }
                callee.is_one_of(LIST_TYPES).then(inner)?.filter(|literal| matches!(literal, Literal::Texts(_)))
            }
            _ => None,
        }
    }

    fn literal_texts(&self, elements: &[Expr], depth: u32) -> Option<Literal> {
        if elements.len() > MOST_ITEMS {
            return None;
        }
        let mut texts = Vec::new();
        for element in elements {
            match element {
                Expr::Starred(starred) => match self.literal_within(&starred.value, depth)? {
                    Literal::Texts(inner) => texts.extend(inner),
                    Literal::Text(_) => return None,
                },
                plain => texts.push(self.literal_within(plain, depth)?.text()?),
            }
        }
        Some(Literal::Texts(texts))
    }

    fn literal_of_name(&self, name: &ExprName, depth: u32) -> Option<Literal> {
        let scopes = self.scopes();
        let [id] = scopes.reaching(&name.id, name.start())?[..] else { return None };
        let binding = scopes.binding(id);
        match &binding.value {
            Value::Expr(value) | Value::Annotated(_, Some(value)) => self.literal_within(value, depth),
            Value::ImportFrom(import, alias) => {
                let file = self.file_of_import(import)?;
                self.constant_of(&file, &alias.name)
            }
            _ => None,
        }
    }

    /// What another file binds to a name.
    fn constant_of(&self, file: &str, name: &str) -> Option<Literal> {
        self.rely_on(file);
        self.project.constant(file, name)
    }

    /// The file of the project that an import names.
    fn file_of_import(&self, import: &StmtImportFrom) -> Option<String> {
        let module = import.module.as_deref().unwrap_or_default();
        match import.level {
            0 => self.project.module(&self.file, module),
            level => self.project.relative_module(&self.file, level, module),
        }
    }
}
