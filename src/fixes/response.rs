//! Reading the status and the headers of a rejected handshake: from the exception itself (`InvalidStatusCode`), or from its
//! `response` (`InvalidStatus`).

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::rule::Context;
use crate::python::Origin;
use crate::target::Side;
use crate::text::edit::Edit;
use crate::text::nested;
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
    reads.found.sort_by_key(|read| read.range.start());
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

/// Where objects are read for what moved, in places that are not among the reads of what may be an exception, and where nothing else is
/// known of them: then the file says too little about what they are there. By the text of the object.
#[derive(Default)]
pub struct Unseen<'a>(FxHashMap<&'a str, Vec<TextRange>>);

impl<'a> Unseen<'a> {
    /// Looks at all places of the file but `reads`.
    pub fn new(cx: &Context<'a>, reads: &[Read]) -> Self {
        let known: FxHashSet<TextRange> = reads.iter().map(|read| read.range).collect();
        let mut unseen = Self::default();
        for (attribute, _) in cx.model.places().attributes(MOVED) {
            if !known.contains(&attribute.range) && cx.origin(&attribute.value) == Origin::Unknown {
                let object = cx.source.slice(attribute.value.range());
                unseen.0.entry(object).or_default().push(attribute.range);
            }
        }
        for ranges in unseen.0.values_mut() {
            ranges.sort_by_key(Ranged::start);
        }
        unseen
    }

    /// Whether `object` is read so in `range`.
    pub fn is_read(&self, object: &str, range: TextRange) -> bool {
        let places = self.0.get(object).map(Vec::as_slice).unwrap_or_default();
        nested::within(places, range, |place| *place).next().is_some()
    }
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
