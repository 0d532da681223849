//! Reading the status and the headers of a rejected handshake: from the exception itself (`InvalidStatusCode`), or from its
//! `response` (`InvalidStatus`).

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::lint::rule::Context;
use crate::python::Origin;
use crate::target::Side;
use crate::text::edit::Edit;
use crate::text::quotes::Around;
use crate::websockets::names;

/// What moved from the exception to its response.
pub const MOVED: &[&str] = &["status_code", "headers"];

/// Modules whose exceptions have neither `status_code` nor `headers`, so that reading those from one of them fails as before.
const WITHOUT_STATUS: &[&str] = &["builtins.", "asyncio.", "socket.", "ssl.", "websockets."];

/// A place that reads the status or the headers of an exception.
pub struct Read {
    /// The attribute, or the call of `getattr` or `hasattr`.
    pub range: TextRange,
    /// Its name.
    pub attribute: String,
    /// Whether the name stands in a string: `getattr`, `hasattr`.
    pub by_name: bool,
    /// The exception that is read.
    pub object: String,
    /// Whether the object may be an `InvalidStatusCode`, which has these attributes itself.
    pub may_be_old: bool,
    /// How it is read from `response`. `None` where a person has to decide.
    pub edit: Option<Edit>,
}

/// All reads of what moved, from objects that may be instances of one of `classes`.
pub fn attributes(cx: &Context, classes: &[&str]) -> Vec<Read> {
    let mut reads = Reads { cx, classes, around: Around::default(), found: Vec::new() };
    reads.visit_body(&cx.module.body);
    reads.found
}

/// How `object` is spelled where its response is meant. On both sides that needs a quote, which an f-string may not leave.
pub fn of(cx: &Context, object: &Expr, quote: Option<char>) -> Option<Edit> {
    let text = cx.text(object);
    match cx.target.side {
        Side::Both => {
            let quote = quote?;
            let asked = format!("hasattr({text}, {quote}response{quote})");
            Some(Edit::replace(object, format!("({text}.response if {asked} else {text})")))
        }
        _ => Some(Edit::insert(object.end(), ".response")),
    }
}

/// Whether `object` is read in `range`, for what moved, in a place that is not among `reads` and where nothing else is known of it: then
/// the file says too little about what it is there.
pub fn is_read_unseen(cx: &Context, range: TextRange, object: &str, reads: &[Read]) -> bool {
    struct Unseen<'c, 'a> {
        cx: &'c Context<'a>,
        range: TextRange,
        object: &'c str,
        reads: &'c [Read],
        found: bool,
    }
    impl<'a> Visitor<'a> for Unseen<'_, 'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if self.range.intersect(stmt.range()).is_some() {
                walk_stmt(self, stmt);
            }
        }

        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Attribute(attribute) = expr
                && MOVED.contains(&attribute.attr.as_str())
                && self.range.contains_range(attribute.range)
                && self.cx.text(&*attribute.value) == self.object
                && !self.reads.iter().any(|read| read.range == attribute.range)
            {
                self.found |= self.cx.origin(&attribute.value) == Origin::Unknown;
            }
            walk_expr(self, expr);
        }
    }
    let mut unseen = Unseen { cx, range, object, reads, found: false };
    unseen.visit_body(&cx.module.body);
    unseen.found
}

/// Whether a string of the file names `name`: `__all__`, `patch("module.name")`, an annotation in quotes. Prose does not count.
pub fn is_named_in_string(cx: &Context, name: &str) -> bool {
    struct Strings<'n> {
        name: &'n str,
        found: bool,
    }
    impl<'a> Visitor<'a> for Strings<'_> {
        fn visit_string_literal(&mut self, literal: &'a ruff_python_ast::StringLiteral) {
            let text = &*literal.value;
            let is_code = text.chars().all(|c| c.is_alphanumeric() || "_.[], |".contains(c));
            self.found |= is_code && text.contains(self.name);
        }
    }
    let mut strings = Strings { name, found: false };
    strings.visit_body(&cx.module.body);
    strings.found
}

struct Reads<'c, 'a> {
    cx: &'c Context<'a>,
    classes: &'c [&'c str],
    /// The f-strings around.
    around: Around,
    found: Vec<Read>,
}

impl Reads<'_, '_> {
    fn read(&mut self, node: impl Ranged, object: &Expr, attribute: &str) {
        let origin = self.cx.origin(object);
        if !origin.may_be_instance_of(self.classes) || self.cx.model.is_probed_for(object, "response") {
            return;
        }
        let certain = origin.alternatives().iter().all(|one| {
            matches!(one, Origin::Instance(class) if WITHOUT_STATUS.iter().any(|module| class.as_str().starts_with(module)))
        });
        let quote = self.around.quote(self.cx.target.python);
        let edit = if certain { of(self.cx, object, quote) } else { None };
        let may_be_old = origin.may_be_instance_of(names::INVALID_STATUS_CODE);
        self.found.push(Read {
            range: node.range(),
            attribute: attribute.to_owned(),
            by_name: false,
            object: self.cx.text(object).to_owned(),
            may_be_old,
            edit,
        });
    }

    /// `getattr(e, "status_code", default)` and `hasattr(e, "status_code")` on what is certainly the one class.
    fn read_by_name(&mut self, call: &ExprCall) {
        let [object, Expr::StringLiteral(attribute), ..] = &*call.arguments.args else { return };
        let name = attribute.value.to_str();
        let asks = ["getattr", "hasattr"].iter().any(|probe| self.cx.model.is_builtin(&call.func, probe));
        if !asks || !MOVED.contains(&name) {
            return;
        }
        let before = self.found.len();
        self.read(call.range(), object, name);
        let certain = self.cx.origin(object).is_instance_of(self.classes);
        if let Some(read) = self.found.get_mut(before) {
            read.by_name = true;
            // Asking the response of something that may have none would raise where nothing was raised before.
            read.edit = read.edit.take().filter(|_| certain);
        }
    }
}

impl<'a> Visitor<'a> for Reads<'_, '_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Attribute(attribute) if MOVED.contains(&attribute.attr.as_str()) => {
                self.read(attribute, &attribute.value, &attribute.attr);
            }
            Expr::Call(call) => self.read_by_name(call),
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_f_string(&mut self, f_string: &'a ruff_python_ast::FString) {
        let outer = self.around;
        self.around = outer.inside(f_string);
        ruff_python_ast::visitor::walk_f_string(self, f_string);
        self.around = outer;
    }
}
