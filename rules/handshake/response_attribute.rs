//! The response of a rejected handshake has `status_code` and `reason_phrase`.
//!
//! `InvalidStatus` has the response of the server in `response`, whose attributes are `status_code`, `reason_phrase`, `headers` and
//! `body`. `response.status`, which is what aiohttp has, raises `AttributeError`; in `getattr(exc.response, "status", 0)` it is
//! always `0`, and nobody is told.
//!
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     try:
//!         await websockets.connect(uri)
//!     except websockets.InvalidStatus as exc:
//!         print(exc.response.status, exc.response.reason)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! async def main(uri):
//!     try:
//!         await websockets.connect(uri)
//!     except websockets.InvalidStatus as exc:
//!         print(exc.response.status_code, exc.response.reason_phrase)
//! ```
//!
//! The fix is safe for attributes: a certain `AttributeError` becomes what was meant. It is unsafe for `getattr` and `hasattr`, because
//! code that was never reached will be.
//!
//! ## When there is no fix
//!
//! The name is not written at this place.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, ModModule};
use ruff_text_size::Ranged;

use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::{Safe, Unsafe};
use crate::text::edit::Edit;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS208",
    since: "any",
    severity: Severity::Error,
    fix: Safe,
    triggers: &[".response", "http11", "Response"],
};

/// What other libraries call it, and its name here.
const NAMES: &[(&str, &str)] =
    &[("status", "status_code"), ("code", "status_code"), ("reason", "reason_phrase"), ("content", "body")];

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let mut reads = Reads { cx, attributes: Vec::new(), probes: Vec::new() };
    reads.visit_body(&module.body);
    let (attributes, probes) = (reads.attributes, reads.probes);
    for (expr, name) in attributes {
        let Expr::Attribute(attribute) = expr else { continue };
        let message = format!("a response has no `{}`: reading it raises AttributeError", attribute.attr);
        let finding = cx.report(attribute, message);
        finding.here(format!("here it is `{name}`")).help(format!("Read `{name}`."));
        finding.fix(Safe, vec![Edit::replace(&attribute.attr, name)]);
    }
    for (call, name) in probes {
        let Some(Expr::StringLiteral(asked)) = call.arguments.args.get(1) else { continue };
        let outcome = match call.arguments.args.get(2) {
            Some(default) => format!("this is always `{}`", cx.text(default)),
            None if cx.model.is_builtin(&call.func, "hasattr") => "this is always false".to_owned(),
            None => "this raises AttributeError".to_owned(),
        };
        let message = format!("a response has no `{}`: {outcome}", asked.value.to_str());
        let edit = asked.as_single_part_string().map(|part| Edit::replace(part.content_range(), name));
        let finding = cx.report(call, message);
        finding.here(format!("here it is `{name}`")).help(format!("Ask for `{name}`.")).severity(Severity::Warning);
        if let Some(edit) = edit {
            finding.fix(Unsafe, vec![edit]);
        }
    }
    Some(())
}

struct Reads<'c, 'a> {
    cx: &'c Context<'a>,
    attributes: Vec<(&'a Expr, &'static str)>,
    probes: Vec<(&'a ExprCall, &'static str)>,
}

impl Reads<'_, '_> {
    /// Whether `object` is a response for sure, and nothing around has asked it for `name`.
    fn is_response(&self, object: &Expr, name: &str) -> bool {
        self.cx.origin(object).is_instance_of(names::RESPONSE)
            && !self.cx.model.is_probed_for(object, name)
            && !self.cx.model.is_chosen(object.start())
    }
}

impl<'a> Visitor<'a> for Reads<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        let name_of = |name: &str| NAMES.iter().find(|(other, _)| *other == name).map(|(_, name)| *name);
        match expr {
            Expr::Attribute(attribute) if attribute.ctx.is_load() => {
                if let Some(name) = name_of(&attribute.attr)
                    && self.is_response(&attribute.value, &attribute.attr)
                {
                    self.attributes.push((expr, name));
                }
            }
            Expr::Call(call) => {
                if let [object, Expr::StringLiteral(asked), ..] = &*call.arguments.args
                    && ["getattr", "hasattr"].iter().any(|probe| self.cx.model.is_builtin(&call.func, probe))
                    && let Some(name) = name_of(asked.value.to_str())
                    && self.cx.origin(object).is_instance_of(names::RESPONSE)
                    && !self.cx.model.is_probed_for(object, name)
                {
                    self.probes.push((call, name));
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
