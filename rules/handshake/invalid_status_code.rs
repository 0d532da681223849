//! `InvalidStatusCode` is no longer raised: the new client raises `InvalidStatus`.
//!
//! When a server rejects the handshake, the top-level `connect()` raises `InvalidStatus` since websockets 14.0, and the status
//! is in `exc.response.status_code`. `InvalidStatusCode` can still be imported up to 17.4 (with a `DeprecationWarning`), but
//! neither class derives from the other: an old handler is dead, an old `isinstance` is false, and nobody is told.
//!
//! ```python
//! import websockets
//! from websockets.exceptions import InvalidStatusCode
//!
//! async def main(uri):
//!     try:
//!         await websockets.connect(uri)
//!     except InvalidStatusCode as exc:
//!         print(exc.status_code, exc.headers["Retry-After"])
//! ```
//! becomes
//! ```python
//! import websockets
//! from websockets.exceptions import InvalidStatus
//!
//! async def main(uri):
//!     try:
//!         await websockets.connect(uri)
//!     except InvalidStatus as exc:
//!         print(exc.response.status_code, exc.response.headers["Retry-After"])
//! ```
//!
//! Imports, handlers, tuples, `isinstance`, `pytest.raises`, `assertRaises` and the attributes change together. Where every use
//! of the name in the file is understood, they are one fix, and the import is renamed; otherwise each place has its own, and the
//! new name is imported beside the old one. The text of both exceptions is the same, so messages stay what they were.
//!
//! The fix is unsafe where the exception is stored or passed on, because other code may read its old attributes; where the class
//! is used as a value; and in a file that names no client, because what it calls may still use the legacy one; and in a file that builds
//! an `InvalidStatusCode` itself, which is the business of WS703.
//!
//! Where the project supports both sides of 14.0, both classes are caught.
//!
//! Files that use the legacy client under its own path are left alone: it raises `InvalidStatusCode` in every version.
//!
//! ## When there is no fix
//!
//! The exception is also used in a way that is not understood, or goes to code that is not visible.

use ruff_python_ast::{Expr, ModModule, PatternMatchClass};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fixes::imports;
use crate::fixes::raising::Raising;
use crate::fixes::response::{self, Unseen};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::references::{Reference, Role};
use crate::python::uses;
use crate::target::Side;
use crate::text::edit::Applicability::{self, Safe, Unsafe};
use crate::text::edit::{Edit, Fix};
use crate::text::nested;
use crate::websockets::names;

pub const META: Meta =
    Meta { code: "WS201", since: "14.0", severity: Severity::Error, fix: Safe, triggers: &["InvalidStatusCode"] };

/// A place that names the class, and what would change there.
struct Site<'a> {
    reference: Reference<'a>,
    /// The place alone, the new name taken as imported. `None` where a person has to decide.
    edits: Option<Vec<Edit>>,
    applicability: Applicability,
    /// Why there is no fix.
    reason: Option<&'static str>,
}

const RAISED_BESIDE: &str = "What runs in the `try` raises `InvalidStatusCode` itself, or through the legacy client: catch both \
                             classes, or change that first.";
const BELOW_TEN: &str =
    "Versions before 10.0 do not have `InvalidStatus`: require 10.0, or import it in `try` with `except ImportError`.";

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let references = cx.model.references(names::INVALID_STATUS_CODE);
    if references.is_empty() || !cx.model.references(names::LEGACY_CONNECT).is_empty() {
        return None;
    }
    let raising = Raising::default();
    // Who raises what is caught here? Without a client in sight, a library could still use the legacy one.
    let client = names::new_connect();
    let most = if cx.model.references(&client).is_empty() { Unsafe } else { Safe };
    let attributes = response::attributes(cx, names::INVALID_STATUS_CODE);
    let all = references.len();
    // What the file raises itself is what it catches, until both are changed.
    let is_built = |it: &Reference| matches!(it.role, Role::Construction(_));
    let most = if references.iter().any(is_built) { Unsafe } else { most };
    let seen = Seen { reads: &attributes, unseen: Unseen::new(cx, &attributes), raising, tested: tested(cx) };
    let mut caught: FxHashMap<TextRange, bool> = FxHashMap::default();
    let sites: Vec<Site> = references
        .iter()
        .filter(|it| !is_built(it) && !is_handled(cx, it, &seen, &mut caught))
        .map(|it| site(cx, *it, most, &seen))
        .collect();
    let whole = if sites.len() == all { whole_file(cx, &sites, &attributes) } else { None };
    for site in sites {
        let fix = whole.clone().or_else(|| alone(cx, &site, &attributes));
        report(cx, &site, fix, &attributes);
    }
    Some(())
}

/// What is known of the whole file.
struct Seen<'r, 'a> {
    reads: &'r [response::Read],
    unseen: Unseen<'a>,
    raising: Raising,
    /// What is tested for the new class.
    tested: FxHashSet<&'a str>,
}

impl<'r> Seen<'r, '_> {
    fn reads_in(&self, range: TextRange) -> impl Iterator<Item = &'r response::Read> {
        nested::within(self.reads, range, |read| read.range)
    }
}

fn tested<'a>(cx: &Context<'a>) -> FxHashSet<&'a str> {
    let tests = cx.model.references(names::INVALID_STATUS);
    let objects = tests.iter().filter_map(|test| match test.role {
        Role::Instance(test) => Some(test.arguments.args.first()?.as_name_expr()?.id.as_str()),
        _ => None,
    });
    objects.collect()
}

/// Whether the code around already catches the new class as well, or chooses by version.
fn is_handled(cx: &Context, reference: &Reference, seen: &Seen, caught: &mut FxHashMap<TextRange, bool>) -> bool {
    let new = |expr: &Expr| cx.origin(expr).is_one_of(names::INVALID_STATUS);
    let within = |classes: &Expr| match classes {
        Expr::Tuple(tuple) => tuple.elts.iter().any(new),
        one => new(one),
    };
    let start = reference.expr.start();
    let beside = match reference.role {
        Role::Handler(statement, _) => {
            let mut handlers = statement.handlers.iter().filter_map(|it| it.as_except_handler()?.type_.as_deref());
            *caught.entry(statement.range).or_insert_with(|| handlers.any(within))
        }
        Role::Instance(call) => {
            let asked = call.arguments.args.first();
            let object = asked.and_then(Expr::as_name_expr);
            asked.is_some_and(|it| cx.model.is_probed_beside(it, "response"))
                || object.is_some_and(|object| seen.tested.contains(object.id.as_str()))
        }
        Role::Expected(call) => call.arguments.args.iter().any(within),
        _ => false,
    };
    // The legacy client, which may be in another file, raises the old exception.
    let is_alive = match reference.role {
        Role::Handler(statement, _) => {
            let raised = seen.raising.below(cx.model, statement);
            raised.old && !raised.new
        }
        _ => false,
    };
    let in_tuple = is_alive || reference.tuple.is_some_and(|tuple| tuple.elts.iter().any(new));
    in_tuple || beside || cx.model.is_version_guarded(start) || cx.model.is_chosen(start)
}

fn site<'a>(cx: &Context, reference: Reference<'a>, most: Applicability, seen: &Seen) -> Site<'a> {
    let mut none = Site { reference, edits: None, applicability: Unsafe, reason: None };
    if cx.target.starts_before([10, 0]) {
        none.reason = Some(BELOW_TEN);
        return none;
    }
    let (applicability, body) = match reference.role {
        Role::Base => return none,
        Role::Handler(statement, _) if seen.raising.below(cx.model, statement).old => {
            none.reason = Some(RAISED_BESIDE);
            return none;
        }
        Role::Pattern(class) => match pattern(cx, class) {
            Some(edits) => return Site { edits: Some(edits), ..none },
            None => return none,
        },
        Role::Value => (Unsafe, None),
        Role::Instance(call) => {
            let Some(object) = call.arguments.args.first() else { return none };
            let unseen = seen.unseen.is_read(cx.text(object), cx.model.function_around(call.range()));
            (if unseen { Unsafe } else { Safe }, None)
        }
        // The exceptions of `except*` are inside a group.
        Role::Handler(statement, _) if statement.is_star => return none,
        Role::Handler(_, handler) => {
            let name = handler.name.as_ref();
            if name.is_some_and(|name| seen.unseen.is_read(name, handler.range)) {
                return none;
            }
            let escapes = name.is_some_and(|name| uses::escapes(name, &handler.body));
            (if escapes { Unsafe } else { Safe }, Some(handler.range))
        }
        _ => (Safe, None),
    };
    let Some(mut edits) = spell(cx, &reference) else { return none };
    for read in body.into_iter().flat_map(|body| seen.reads_in(body)) {
        let Some(edit) = &read.edit else { return none };
        edits.push(edit.clone());
    }
    Site { reference, edits: Some(edits), applicability: applicability.min(most), reason: None }
}

/// `case InvalidStatusCode(status_code=401)` becomes `case InvalidStatus(response=object(status_code=401))`.
fn pattern(cx: &Context, class: &PatternMatchClass) -> Option<Vec<Edit>> {
    let mut edits = match &*class.cls {
        _ if cx.target.side != Side::Modern || !class.arguments.patterns.is_empty() => return None,
        Expr::Name(_) if is_renamed_import(cx, &class.cls) => Vec::new(),
        Expr::Attribute(attribute) if !cx.origin(&attribute.value).is_one_of(&["websockets.legacy.exceptions"]) => {
            vec![Edit::replace(&attribute.attr, "InvalidStatus")]
        }
        name @ Expr::Name(_) => vec![Edit::replace(name, "InvalidStatus")],
        _ => return None,
    };
    let keywords = &class.arguments.keywords;
    let is_moved = |name: &str| response::MOVED.contains(&name);
    if let (Some(first), Some(last)) = (keywords.first(), keywords.last()) {
        (keywords.iter().all(|keyword| is_moved(&keyword.attr)) && imports::is_free(cx, "object")).then_some(())?;
        edits.push(Edit::insert(first.start(), "response=object("));
        edits.push(Edit::insert(last.end(), ")"));
    }
    Some(edits)
}

/// The class where it is named, in the spelling that is there: `X`, `module.X`.
fn spell(cx: &Context, reference: &Reference) -> Option<Vec<Edit>> {
    // The module of the legacy exceptions does not have the new one.
    let module = reference.expr.as_attribute_expr().map(|attribute| cx.origin(&attribute.value));
    if module.is_some_and(|module| module.is_one_of(&["websockets.legacy.exceptions"])) {
        return None;
    }
    let name = match reference.expr {
        Expr::Attribute(attribute) => TextRange::new(attribute.value.start(), attribute.attr.start()),
        // `import InvalidStatusCode as X`: only the import knows the name.
        other => TextRange::empty(other.start()),
    };
    let new = format!("{}InvalidStatus", cx.source.slice(name));
    match cx.target.side {
        Side::Both if matches!(reference.role, Role::Annotation | Role::Pattern(_) | Role::Value) => None,
        Side::Both if reference.tuple.is_some() || is_variadic(reference) => {
            Some(vec![Edit::insert(reference.expr.start(), format!("{new}, "))])
        }
        Side::Both => Some(vec![Edit::replace(reference.expr, format!("({new}, {})", cx.text(reference.expr)))]),
        _ if is_renamed_import(cx, reference.expr) => Some(Vec::new()),
        _ => Some(vec![Edit::replace(reference.expr, new)]),
    }
}

/// `contextlib.suppress(A, B)` takes no tuple.
fn is_variadic(reference: &Reference) -> bool {
    matches!(reference.role, Role::Expected(call) if call.func.as_attribute_expr().is_some_and(|it| it.attr.as_str() == "suppress")
        || call.func.as_name_expr().is_some_and(|it| it.id == "suppress"))
}

fn is_renamed_import(cx: &Context, expr: &Expr) -> bool {
    cx.model.import_of(expr).is_some_and(|imported| imported.alias.asname.is_some())
}

/// All places at once, with the imports renamed, or the new name added to one of them where both are caught. `None` unless
/// every place is certain.
fn whole_file(cx: &Context, sites: &[Site], attributes: &[response::Read]) -> Option<Fix> {
    let modern = cx.target.side != Side::Both;
    if modern && response::is_named_in_string(cx, "InvalidStatusCode") {
        return None;
    }
    let mut edits = Vec::new();
    for site in sites {
        edits.extend(site.edits.clone()?);
    }
    let mut names = sites.iter().map(|site| site.reference.expr).filter(|expr| expr.is_name_expr());
    if modern {
        edits.extend(
            names
                .map(|name| imports::replace(cx, name, "InvalidStatus", names::INVALID_STATUS))
                .collect::<Option<Vec<_>>>()?,
        );
    } else if let Some(name) = names.next() {
        edits.extend(imports::beside(cx, name, "InvalidStatus", names::INVALID_STATUS)?);
    }
    for read in attributes {
        edits.push(read.edit.clone()?);
    }
    Fix::new(edits, sites.iter().map(|site| site.applicability).min()?)
}

/// One place on its own.
fn alone(cx: &Context, site: &Site, attributes: &[response::Read]) -> Option<Fix> {
    // On both sides, what is read behind an `isinstance` has to change with it, or not at all.
    let separate =
        cx.target.side == Side::Modern || matches!(site.reference.role, Role::Handler(..)) || attributes.is_empty();
    let mut edits = site.edits.clone().filter(|_| separate)?;
    if site.reference.expr.is_name_expr() {
        if edits.is_empty() {
            edits.push(Edit::replace(site.reference.expr, "InvalidStatus"));
        }
        edits.extend(imports::beside(cx, site.reference.expr, "InvalidStatus", names::INVALID_STATUS)?);
    }
    Fix::new(edits, site.applicability)
}

fn report(cx: &mut Context, site: &Site, fix: Option<Fix>, attributes: &[response::Read]) {
    let consequence = match site.reference.role {
        Role::Handler(..) => "this handler never runs",
        Role::Instance(_) => "this test is always false",
        Role::Pattern(_) => "this pattern never matches",
        Role::Expected(_) if is_variadic(&site.reference) => "rejections are no longer suppressed",
        Role::Expected(_) => "this expectation is never met",
        Role::Construction(_) | Role::Annotation | Role::Base | Role::Value => "this has no effect",
    };
    let help = match (site.reference.role, cx.target.side) {
        _ if site.reason.is_some() => site.reason.unwrap_or_default(),
        (Role::Base, _) => "Derive from `InvalidStatus`, which has `response` instead of `status_code` and `headers`.",
        (_, Side::Both) => "Catch both classes, and read the status from `exc.response` where there is one.",
        _ => "Use `InvalidStatus`, and `exc.response.status_code` for `exc.status_code`.",
    };
    let message = format!("`connect()` no longer raises `InvalidStatusCode` (since websockets 14.0): {consequence}");
    let finding = cx.report(site.reference.expr, message);
    finding.here("now `InvalidStatus`").help(help);
    if let Role::Handler(_, handler) = site.reference.role {
        for read in nested::within(attributes, handler.range, |read| read.range).take(3) {
            finding.label(read.range, format!("now in `response.{}`", read.attribute));
        }
    }
    finding.fix = fix;
}
