//! Classes of the library that stand in the place of the class of a connection or a server: where they are named, and the fix.

use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_text_size::{Ranged, TextRange};

use crate::fixes::imports;
use crate::fixes::imports::moves::{self, Brought, Move};
use crate::lint::rule::Context;
use crate::python::questions::Implementations;
use crate::python::quoted::is_generic;
use crate::python::references::{Reference, Role};
use crate::target::Side;
use crate::text::edit::Applicability::{self, Safe, Unsafe};
use crate::text::edit::{Edit, Fix};
use crate::websockets::names::{self, ReplacedType};

/// The imports that bring the class, and the places that name it; those aside that choose by version.
pub fn find<'a>(cx: &Context<'a>, class: &ReplacedType) -> (Vec<Brought<'a>>, Vec<Reference<'a>>) {
    let free = |range: TextRange| !cx.model.is_version_guarded(range.start()) && !cx.model.is_chosen(range.start());
    let mut brought = moves::brought(cx, class.paths);
    brought.retain(|it| free(it.alias.range));
    let mut references = cx.model.references(class.paths);
    references.retain(|it| free(it.expr.range()));
    (brought, references)
}

/// Whether a reference is a plain name that this import brings.
pub fn is_of(cx: &Context, reference: &Reference, brought: &Brought) -> bool {
    cx.model.import_of(reference.expr).is_some_and(|it| it.alias.range == brought.alias.range)
}

/// How sure it is that the new class is meant in all these places; `None` where a person has to decide.
pub fn certainty(cx: &Context, references: &[&Reference], used: Implementations) -> Option<Applicability> {
    let decides = cx.target.side == Side::Modern && !used.legacy;
    let is_odd = references.iter().any(|it| matches!(it.role, Role::Base | Role::Construction(_)));
    (decides && !is_odd).then_some(())?;
    let is_type = |it: &&Reference| match it.role {
        Role::Annotation | Role::Instance(_) | Role::Pattern(_) => true,
        _ => is_type_argument(cx, it.expr),
    };
    Some(if used.new && references.iter().all(is_type) { Safe } else { Unsafe })
}

/// Where a file only calls clients, the class of a server in an annotation is a mistake that the new name would repeat.
fn kind(cx: &Context, class: &ReplacedType) -> Applicability {
    let calls = |names: &[&[&str]]| !cx.model.references(&names.concat()).is_empty();
    let clients = calls(&[names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT]);
    let servers = calls(&[names::TOP_LEVEL_SERVE, names::ASYNCIO_SERVE]);
    match class.name {
        "ServerConnection" | "Server" if clients && !servers => Unsafe,
        "ClientConnection" if servers && !clients => Unsafe,
        _ => Safe,
    }
}

/// The module and the name of the new class, for an import from `module` or a name in it.
fn new_place(cx: &Context, class: &ReplacedType, module: &str) -> &'static str {
    if module == "websockets" && class.is_top_level && cx.target.is_at_least(&[14, 2]) {
        "websockets"
    } else {
        class.module
    }
}

/// The new class in the place of an imported one, wherever the file names it.
pub fn import_fix(
    cx: &Context,
    class: &ReplacedType,
    it: &Brought,
    own: &[&Reference],
    used: Implementations,
) -> Option<Fix> {
    let applicability = certainty(cx, own, used)?.min(kind(cx, class));
    let module = new_place(cx, class, it.import.module.as_deref()?);
    let also = [format!("websockets.{}", class.name), format!("{}.{}", class.module, class.name)];
    let also: Vec<&str> = also.iter().map(String::as_str).collect();
    let edits = moves::edits(cx, &[Move { from: *it, module, name: class.name, also: &also }])?;
    Fix::new(edits, applicability)
}

/// `websockets.WebSocketClientProtocol` becomes `websockets.ClientConnection`; what comes from elsewhere is imported.
pub fn attribute_fix(cx: &Context, class: &ReplacedType, reference: &Reference, used: Implementations) -> Option<Fix> {
    let applicability = certainty(cx, &[reference], used)?.min(kind(cx, class));
    let mut root = &**reference.expr.as_attribute_expr().map(|attribute| &attribute.value)?;
    while let Expr::Attribute(attribute) = root {
        root = &attribute.value;
    }
    let is_root = cx.origin(root).is_one_of(&["websockets"]);
    let edits = if is_root && new_place(cx, class, "websockets") == "websockets" {
        vec![Edit::replace(reference.expr, format!("{}.{}", cx.text(root), class.name))]
    } else {
        let also = format!("websockets.{}", class.name);
        let (spelled, mut edits) = imports::name(cx, class.module, class.name, &[&also])?;
        edits.push(Edit::replace(reference.expr, spelled));
        edits
    };
    Fix::new(edits, applicability)
}

/// Whether a class stands where a type is expected outside of an annotation: `Optional[X]`, `cast(X, ...)`, `TypeVar("T", X)`.
fn is_type_argument(cx: &Context, class: &Expr) -> bool {
    struct Types<'c, 'a> {
        cx: &'c Context<'a>,
        class: TextRange,
        found: bool,
    }
    impl<'a> Visitor<'a> for Types<'_, 'a> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            let around = |range: TextRange| range.contains_range(self.class);
            if !around(expr.range()) {
                return;
            }
            self.found |= match expr {
                Expr::Subscript(subscript) => is_generic(&subscript.value) && around(subscript.slice.range()),
                Expr::Call(call) => {
                    let typing = ["typing.cast", "typing.TypeVar", "typing.NewType", "typing_extensions.TypeVar"];
                    call.arguments.args.iter().any(|argument| argument.range() == self.class)
                        && self.cx.origin(&call.func).is_one_of(&typing)
                }
                _ => false,
            };
            walk_expr(self, expr);
        }
    }
    let mut types = Types { cx, class: class.range(), found: false };
    types.visit_body(&cx.module.body);
    types.found
}
