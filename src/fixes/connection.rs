//! Reading the attributes of connections and servers: where it happens, and what the object is.
//!
//! Only what is certain counts: every value that can arrive is an object of the new API. An annotation that names the legacy
//! class by its name at the top level (`ws: websockets.WebSocketClientProtocol`) counts too, because since 14.0 that is not
//! what `websockets.connect()` gives; but not in a file that uses the legacy implementation under its own path, or that asks
//! with `isinstance` for the legacy class.
//!
//! Code that has already thought about it is left alone: what is read behind a version check, behind `hasattr` or `getattr` of
//! the same object, or inside `try ... except AttributeError`.

use std::cell::LazyCell;

use ruff_python_ast::{Expr, ExprAttribute, ExprUnaryOp, UnaryOp};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::fixes::imports;
use crate::lint::registry::CONNECTION_NAMES;
use crate::lint::rule::Context;
use crate::python::Origin;
use crate::python::references::Role;
use crate::syntax::places::{Place, Site};
use crate::syntax::scope::Value;
use crate::target::Side;
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names::{self, Family};

/// What is known about an object of a [`Family`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The side on which the object is: what has a path of its own is new everywhere.
    pub side: Side,
    /// Whether only an annotation with the name of the legacy class says so.
    pub is_declared: bool,
}

/// A place that reads an attribute.
pub struct Read<'a> {
    /// The attribute.
    pub attribute: &'a ExprAttribute,
    /// What the object is.
    pub known: Known,
    /// The `not` right before it.
    pub not: Option<&'a ExprUnaryOp>,
    /// The quote that can be used here, if any: f-strings around it have theirs.
    pub quote: Option<char>,
    /// What binds tightest around it.
    tightness: Tightness,
    /// Whether it is spelled in the output: `f"{ws.open=}"`.
    pub is_shown: bool,
}

/// Which expressions can stand in a place without parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Tightness {
    /// Any.
    Loose,
    /// A comparison, but no conditional expression.
    Logical,
    /// Neither.
    Tight,
}

/// Modules of the legacy implementation: a file that imports them may hold legacy objects.
const LEGACY_MODULES: &[&str] = &["websockets.client", "websockets.server", "websockets.auth"];

impl Read<'_> {
    /// The edits that put `new` in the place of the attribute's name, where the whole becomes a comparison.
    pub fn become_comparison(&self, new: &str) -> Vec<Edit> {
        let mut edits = vec![Edit::replace(&self.attribute.attr, new)];
        if self.tightness == Tightness::Tight {
            edits.push(Edit::insert(self.attribute.start(), "("));
            edits.push(Edit::insert(self.attribute.end(), ")"));
        }
        edits
    }

    /// The edits that put a conditional expression in the place of the attribute.
    pub fn become_conditional(&self, new: &str) -> Vec<Edit> {
        let text = if self.tightness == Tightness::Loose { new.to_owned() } else { format!("({new})") };
        vec![Edit::replace(self.attribute, text)]
    }

    /// Whether the object can be spelled twice: a name, or attributes of one.
    pub fn is_repeatable(&self) -> bool {
        let mut object = &*self.attribute.value;
        while let Expr::Attribute(attribute) = object {
            object = &attribute.value;
        }
        object.is_name_expr()
    }

    /// The word `not` in front, with the space behind it.
    pub fn negation(&self, cx: &Context) -> Option<TextRange> {
        let not = self.not?;
        let rest = cx.text(TextRange::new(not.start(), not.operand.start()));
        let space = rest.get(3..)?.len() - rest.get(3..)?.trim_start_matches([' ', '\t']).len();
        Some(TextRange::at(not.start(), TextSize::try_from(3 + space).ok()?))
    }
}

/// All reads of `names` from what is certainly an object of `family`, in the order of the text.
pub fn reads<'a>(cx: &Context<'a>, family: Family, names: &[&str]) -> Vec<Read<'a>> {
    let trusts = LazyCell::new(|| trusts(cx, family));
    let places = cx.model.places().attributes(names).into_iter();
    places.filter_map(|(attribute, place)| read(cx, family, &trusts, attribute, place)).collect()
}

fn read<'a>(
    cx: &Context<'a>,
    family: Family,
    trusts: &LazyCell<bool, impl FnOnce() -> bool>,
    attribute: &'a ExprAttribute,
    place: &Place<'a>,
) -> Option<Read<'a>> {
    let name = attribute.attr.as_str();
    attribute.ctx.is_load().then_some(())?;
    // What is called was no attribute of the old object either: these hold plain values.
    let is_called = matches!(place.site, Site::Called(_));
    (!is_called || !matches!(name, "open" | "closed" | "path")).then_some(())?;
    (cx.model.names_library() || is_called_like_one(&attribute.value)).then_some(())?;
    let origin = cx.origin(&attribute.value);
    (origin != Origin::Unknown).then_some(())?;
    let known = classify(cx, family, &origin, **trusts)?;
    let is_asked = is_asked_beside(cx, place, &attribute.value) || cx.is_asked_before(&attribute.value, name);
    (!is_asked).then_some(())?;
    let tightness = place.parent.map_or(Tightness::Loose, |parent| tightness(parent, attribute));
    let not = place.parent.and_then(Expr::as_unary_op_expr).filter(|unary| unary.op == UnaryOp::Not);
    Some(Read {
        attribute,
        known,
        not,
        quote: place.quotes.quote(cx.target.python),
        tightness,
        is_shown: place.is_shown,
    })
}

/// `hasattr(ws, "open") and ws.open`, `getattr(ws, "closed", False) or ws.closed`.
fn is_asked_beside(cx: &Context, place: &Place, object: &Expr) -> bool {
    let Some(condition) = place.condition else { return false };
    let said: String = cx.text(condition).split_whitespace().collect();
    ["hasattr", "getattr"].iter().any(|probe| said.contains(&format!("{probe}({},", cx.text(object))))
}

/// Whether an object is called like a connection or a server. In a file that does not name the library only those are looked up: every
/// `x.path` of a project leads through its other files, and that is most of the time that a check of a large tree takes.
fn is_called_like_one(object: &Expr) -> bool {
    let name = match object {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Call(_) | Expr::Await(_) | Expr::Subscript(_) => return true,
        _ => return false,
    };
    let name = name.to_ascii_lowercase();
    CONNECTION_NAMES.iter().any(|word| name.contains(word))
}

/// Reports the attributes of the objects of `family`, called `what`, that are gone since `since`, each with the advice that stands
/// beside it. One walk looks for all.
pub fn report_gone(cx: &mut Context, (family, what): (Family, &str), since: &str, gone: &[(&str, &str)]) -> Option<()> {
    let names: Vec<&str> = gone.iter().map(|(name, _)| *name).collect();
    for read in reads(cx, family, &names) {
        let name = read.attribute.attr.as_str();
        let (_, advice) = gone.iter().find(|(gone, _)| *gone == name)?;
        let message =
            format!("{what} no longer have `{name}` (removed in websockets {since}): reading it raises AttributeError");
        let finding = cx.report(read.attribute, message);
        finding.on(read.known.side).help(*advice);
    }
    Some(())
}

/// What is known about `object`, unless code around it has asked already.
pub fn known(cx: &Context, family: Family, object: &Expr) -> Option<Known> {
    classify(cx, family, &cx.origin(object), trusts(cx, family))
}

fn classify(cx: &Context, family: Family, origin: &Origin, trusts: bool) -> Option<Known> {
    let certain = origin.is_instance_of(&[family.top_level, family.asyncio].concat());
    if certain && !origin.may_be_instance_of(family.top_level) {
        return Some(Known { side: Side::Modern, is_declared: false });
    }
    if certain {
        return Some(Known { side: cx.target.side, is_declared: false });
    }
    let declared = trusts && origin.is_instance_of(&[family.top_level, family.asyncio, family.declared].concat());
    declared.then_some(Known { side: cx.target.side, is_declared: true })
}

/// Whether an annotation with the legacy class means the new one: nothing in the file is of the legacy implementation for sure.
fn trusts(cx: &Context, family: Family) -> bool {
    let is_legacy = |module: &str| LEGACY_MODULES.contains(&module) || module.starts_with("websockets.legacy");
    let asks =
        cx.model.references(family.declared).iter().any(|it| matches!(it.role, Role::Instance(_) | Role::Pattern(_)));
    !asks
        && !cx.model.scopes().bindings.iter().any(|binding| match binding.value {
            Value::Import(path) => is_legacy(path),
            Value::ImportFrom(import, _) => import.level == 0 && import.module.as_deref().is_some_and(is_legacy),
            _ => false,
        })
        && cx.model.references(&[names::LEGACY_CONNECT, names::LEGACY_SERVE].concat()).is_empty()
}

/// Reports every read of `name`, which is now a comparison of the state with `state`.
pub fn report_state(cx: &mut Context, name: &str, state: &str) -> Option<()> {
    for read in reads(cx, names::CONNECTIONS, &[name]) {
        let imported = match read.known.side {
            // Both implementations share it since 11.0.
            Side::Both if cx.target.starts_at([11]) => imports::name(cx, "websockets.protocol", "State", &[]),
            Side::Both => None,
            _ => imports::name(cx, "websockets.protocol", "State", &["websockets.State"]),
        };
        let is_spelled = imported.is_some() || read.quote.is_some();
        let quote = read.quote.unwrap_or('"');
        let (is, is_not, value, import) = match imported {
            Some((class, import)) => ("is", "is not", format!("{class}.{state}"), import),
            None => (".name ==", ".name !=", format!("{quote}{state}{quote}"), Vec::new()),
        };
        let spelled =
            |operator: &str| format!("state{}{operator} {value}", if operator.starts_with('.') { "" } else { " " });
        let mut edits = match read.negation(cx) {
            Some(not) => {
                let comparison = Edit::replace(&read.attribute.attr, spelled(is_not));
                vec![Edit::delete(not), comparison]
            }
            None => read.become_comparison(&spelled(is)),
        };
        edits.extend(import);
        let object = cx.text(&*read.attribute.value).to_owned();
        let help = format!("Ask for the state: `{object}.{}`.", spelled(is));
        let message = format!(
            "connections no longer have `{name}` (removed in websockets 14.0): reading it raises AttributeError"
        );
        let finding = cx.report(read.attribute, message);
        finding.on(read.known.side).here("now in `state`").help(help);
        if is_spelled {
            finding.fix(if read.is_shown { Unsafe } else { Safe }, edits);
        }
    }
    Some(())
}

/// What can stand without parentheses in the place of `child`, directly inside `parent`.
fn tightness(parent: &Expr, child: &ExprAttribute) -> Tightness {
    match parent {
        Expr::Call(call) if call.func.range().contains_range(child.range) => Tightness::Tight,
        Expr::Call(_) | Expr::List(_) | Expr::Tuple(_) | Expr::FString(_) | Expr::Yield(_) => Tightness::Loose,
        Expr::Subscript(subscript) if subscript.slice.range().contains_range(child.range) => Tightness::Loose,
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => Tightness::Logical,
        Expr::BoolOp(_) | Expr::If(_) | Expr::Lambda(_) | Expr::Named(_) => Tightness::Logical,
        Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => Tightness::Logical,
        Expr::Set(_) | Expr::Dict(_) => Tightness::Logical,
        _ => Tightness::Tight,
    }
}
