//! Constants and methods of the legacy `Connect` class no longer do anything.
//!
//! `websockets.connect` was the class `Connect`, whose constants said how long to wait before connecting again and how many
//! redirects to follow. The new class, which is what the top level has since websockets 14.0, has none of them. Reading one
//! raises `AttributeError`. Assigning one is worse: nothing happens, and redirects that were forbidden are followed.
//!
//! ```python
//! import websockets
//!
//! websockets.connect.MAX_REDIRECTS_ALLOWED = 0
//! websockets.connect.BACKOFF_MAX = 10
//! ```
//!
//! There is no fix. The new implementation reads environment variables when it is imported: `WEBSOCKETS_MAX_REDIRECTS`,
//! `WEBSOCKETS_BACKOFF_INITIAL_DELAY`, `WEBSOCKETS_BACKOFF_MIN_DELAY`, `WEBSOCKETS_BACKOFF_MAX_DELAY` and
//! `WEBSOCKETS_BACKOFF_FACTOR`. Since 17.0 `connect()` also takes `reconnect_delays`. A class that derives from `connect` and
//! overrides `handle_redirect` is reported too: the method is not called any more; and so is a test that patches a constant.
//!
//! ## When there is no fix
//!
//! What a constant or a method of the old class did is now set elsewhere, often outside the code.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, ModModule, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};

use crate::lint::rule::{Context, Meta, Severity};
use crate::text::edit::Applicability::DisplayOnly;
use crate::websockets::names;

pub const META: Meta = Meta {
    code: "WS112",
    since: "14.0",
    severity: Severity::Warning,
    fix: DisplayOnly,
    triggers: &["BACKOFF_", "MAX_REDIRECTS_ALLOWED", "handle_redirect", "Connect.__", "connect.__"],
};

/// What the legacy class had, and where it is said now.
const GONE: &[(&str, &str)] = &[
    ("BACKOFF_INITIAL", "WEBSOCKETS_BACKOFF_INITIAL_DELAY"),
    ("BACKOFF_MIN", "WEBSOCKETS_BACKOFF_MIN_DELAY"),
    ("BACKOFF_MAX", "WEBSOCKETS_BACKOFF_MAX_DELAY"),
    ("BACKOFF_FACTOR", "WEBSOCKETS_BACKOFF_FACTOR"),
    ("MAX_REDIRECTS_ALLOWED", "WEBSOCKETS_MAX_REDIRECTS"),
];

/// How a string names the client.
const PATHS: &[&str] = &["websockets.connect", "websockets.asyncio.client.connect"];

#[derive(Clone, Copy, PartialEq)]
enum Deed {
    Reads,
    Assigns,
    Overrides,
    Patches,
    /// A method of the legacy class.
    Replaces,
}

/// The legacy class under its own paths.
const LEGACY_CLASS: &[&str] =
    &["websockets.legacy.client.Connect", "websockets.legacy.client.connect", "websockets.client.connect"];

pub fn check<'a>(module: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let mut search = Search { cx, found: Vec::new() };
    search.visit_body(&module.body);
    for (range, name, deed) in search.found {
        if cx.model.is_version_guarded(range.start()) {
            continue;
        }
        let consequence = match deed {
            Deed::Reads => "reading it raises AttributeError",
            Deed::Assigns => "assigning it does nothing",
            Deed::Overrides => "this method is never called",
            Deed::Patches => "patching it raises AttributeError",
            Deed::Replaces => "replacing it does nothing",
        };
        let help = match GONE.iter().find(|(gone, _)| *gone == name) {
            Some((_, variable)) if name.starts_with("BACKOFF") => format!(
                "Set the environment variable `{variable}` before websockets is imported; or pass `reconnect_delays`, since 17.0."
            ),
            Some((_, variable)) => format!("Set the environment variable `{variable}` before websockets is imported."),
            None if deed == Deed::Replaces => {
                "Do what it does where `connect()` is used: with `process_exception`, or in a class that derives from `connect`."
                    .to_owned()
            }
            None => "`connect()` follows redirects itself; a redirect that it refuses raises an exception.".to_owned(),
        };
        let severity = match deed {
            Deed::Reads | Deed::Patches => Severity::Error,
            Deed::Assigns | Deed::Overrides | Deed::Replaces => Severity::Warning,
        };
        let message = match deed {
            Deed::Replaces => {
                format!("the `{name}` of the legacy client is replaced here: the new `connect` does not call it")
            }
            _ => format!("`connect` no longer has `{name}` (removed in websockets 14.0): {consequence}"),
        };
        cx.report(range, message).help(help).severity(severity);
    }
    Some(())
}

struct Search<'c, 'a> {
    cx: &'c Context<'a>,
    found: Vec<(TextRange, String, Deed)>,
}

impl Search<'_, '_> {
    fn is_connect(&self, expr: &Expr) -> bool {
        self.cx.origin(expr).is_one_of(&[names::TOP_LEVEL_CONNECT, names::ASYNCIO_CONNECT].concat())
    }

    /// What a class that derives from `connect` says about itself.
    fn class(&mut self, class: &StmtClassDef) {
        for stmt in &class.body {
            match stmt {
                Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.class_constant(target)),
                Stmt::AnnAssign(assign) => self.class_constant(&assign.target),
                Stmt::FunctionDef(def) if def.name.as_str() == "handle_redirect" => {
                    self.found.push((def.name.range, def.name.to_string(), Deed::Overrides));
                }
                _ => {}
            }
        }
    }

    /// `setattr(connect, "BACKOFF_MAX", 1)`, `patch.object(connect, ...)`, `patch("websockets.connect.BACKOFF_MAX", 1)`.
    fn by_name(&mut self, call: &ExprCall) -> Option<()> {
        let arguments = &call.arguments.args;
        let (object, name) = split(arguments.first()?, arguments.get(1))?;
        (is_gone(name) && object.is_none_or(|object| self.is_connect(object))).then_some(())?;
        let deed = if self.cx.model.is_builtin(&call.func, "setattr") { Deed::Assigns } else { Deed::Patches };
        self.found.push((call.range(), name.to_owned(), deed));
        Some(())
    }

    fn class_constant(&mut self, target: &Expr) {
        if let Expr::Name(name) = target
            && is_gone(&name.id)
        {
            self.found.push((target.range(), name.id.to_string(), Deed::Assigns));
        }
    }
}

/// What a call names in a string, of an object that it names or in the same string.
fn split<'s>(first: &'s Expr, second: Option<&'s Expr>) -> Option<(Option<&'s Expr>, &'s str)> {
    match (first, second) {
        (Expr::StringLiteral(path), _) => {
            let (object, name) = path.value.to_str().rsplit_once('.')?;
            PATHS.contains(&object).then_some((None, name))
        }
        (object, Some(Expr::StringLiteral(name))) => Some((Some(object), name.value.to_str())),
        _ => None,
    }
}

fn is_gone(name: &str) -> bool {
    GONE.iter().any(|(gone, _)| *gone == name)
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::ClassDef(class) = stmt
            && class.arguments.iter().flat_map(|arguments| &arguments.args).any(|base| self.is_connect(base))
        {
            self.class(class);
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Attribute(attribute) = expr
            && is_gone(&attribute.attr)
            && self.is_connect(&attribute.value)
        {
            let deed = if attribute.ctx.is_store() { Deed::Assigns } else { Deed::Reads };
            self.found.push((attribute.range, attribute.attr.to_string(), deed));
        }
        if let Expr::Attribute(attribute) = expr
            && attribute.ctx.is_store()
            && attribute.attr.starts_with("__")
            && (self.is_connect(&attribute.value) || self.cx.origin(&attribute.value).is_one_of(LEGACY_CLASS))
        {
            self.found.push((attribute.range, attribute.attr.to_string(), Deed::Replaces));
        }
        if let Expr::Call(call) = expr {
            self.by_name(call);
        }
        walk_expr(self, expr);
    }
}
