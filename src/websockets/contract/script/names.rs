//! What names are bound to in a script, and the clients in it: one walk.

use std::cell::Cell;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    ArrowFunctionExpression, CallExpression, Expression, Function, ImportDeclaration, NewExpression, Program,
    VariableDeclarator,
};
use oxc_ast_visit::Visit;
use oxc_ast_visit::walk::walk_program;
use oxc_syntax::scope::{ScopeFlags, ScopeId};
use rustc_hash::{FxHashMap, FxHashSet};

/// Names that are bound farther outside are unknown.
const MOST_SCOPES: usize = 100;

/// What a name is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) enum ScriptBinding<'a> {
    /// This, evaluated in the scope.
    Value(&'a Expression<'a>, usize),
    Function(&'a Function<'a>),
    /// Something that is not known, at this offset.
    Unknown(u32),
}

/// The names and clients of a script.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// The scope around each scope.
    parents: Vec<Option<usize>>,
    /// `None` for names that are bound more than once in a scope.
    bound: FxHashMap<(&'a str, usize), Option<ScriptBinding<'a>>>,
    /// Names that are assigned to.
    assigned: FxHashSet<&'a str>,
    /// Where names are imported from.
    pub imports: FxHashMap<&'a str, &'a str>,
    /// All names that are bound in other ways.
    pub own: FxHashSet<&'a str>,
    /// The scopes of functions, by where they start.
    inner: FxHashMap<u32, usize>,
    /// `new ...WebSocket(...)`, with the scope.
    pub constructed: Vec<(&'a NewExpression<'a>, usize)>,
    /// `new WebSocketServer(...)`, `new WebSocket.Server(...)`, with the scope.
    pub servers: Vec<(&'a NewExpression<'a>, usize)>,
    /// Whether connections of an HTTP server are taken over: `upgradeWebSocket(...)`.
    pub upgrades: bool,
    /// `useWebSocket(...)`.
    pub hooked: Vec<(&'a CallExpression<'a>, usize)>,
    current: Vec<usize>,
    /// Bindings that are dealt with.
    known: FxHashSet<u32>,
    /// The function whose scope comes next.
    entered: Option<u32>,
}

impl<'a> Names<'a> {
    pub(super) fn of(program: &Program<'a>) -> Self {
        let mut names = Self::default();
        walk_program(&mut names, program);
        names
    }

    /// What a name is bound to, seen from a scope.
    pub(super) fn find(&self, name: &str, scope: usize) -> Option<ScriptBinding<'a>> {
        let mut scope = Some(scope);
        for _ in 0..MOST_SCOPES {
            let Some(id) = scope else { break };
            if let Some(bound) = self.bound.get(&(name, id)) {
                return bound.filter(|_| !self.assigned.contains(name));
            }
            scope = self.parents.get(id).copied().flatten();
        }
        None
    }

    /// Whether a name is bound to `require()` of one of these packages, and to nothing else.
    pub(super) fn requires(&self, name: &str, packages: &[&str]) -> bool {
        let bound: Vec<_> = self.bound.iter().filter(|((bound, _), _)| *bound == name).collect();
        let [(_, Some(ScriptBinding::Value(value, _)))] = bound[..] else { return false };
        let Expression::CallExpression(call) = value else { return false };
        let argument = call.arguments.first().and_then(|argument| argument.as_expression());
        let Some(Expression::StringLiteral(package)) = argument else { return false };
        called(&call.callee) == Some("require") && packages.contains(&package.value.as_str())
    }

    /// The scope inside a function that starts there.
    pub(super) fn inside(&self, start: u32) -> Option<usize> {
        self.inner.get(&start).copied()
    }

    fn scope(&self) -> usize {
        self.current.last().copied().unwrap_or_default()
    }

    fn bind(&mut self, name: &'a str, bound: ScriptBinding<'a>) {
        let scope = self.scope();
        self.bound.entry((name, scope)).and_modify(|known| *known = None).or_insert(Some(bound));
    }

    fn declarator(&mut self, it: &'a VariableDeclarator<'a>) {
        let (Some(id), Some(init)) = (it.id.get_binding_identifier(), &it.init) else { return };
        self.known.insert(id.span.start);
        self.own.insert(id.name.as_str());
        let scope = self.scope();
        self.bind(id.name.as_str(), ScriptBinding::Value(init, scope));
    }

    fn function(&mut self, it: &'a Function<'a>) {
        self.entered = Some(it.span.start);
        let Some(id) = &it.id else { return };
        self.known.insert(id.span.start);
        self.own.insert(id.name.as_str());
        self.bind(id.name.as_str(), ScriptBinding::Function(it));
    }

    fn arrow(&mut self, it: &'a ArrowFunctionExpression<'a>) {
        self.entered = Some(it.span.start);
    }

    fn import(&mut self, it: &'a ImportDeclaration<'a>) {
        for specifier in it.specifiers.iter().flatten() {
            let local = specifier.local();
            self.known.insert(local.span.start);
            self.imports.insert(local.name.as_str(), it.source.value.as_str());
        }
    }
}

impl<'a> Visit<'a> for Names<'a> {
    fn enter_scope(&mut self, _: ScopeFlags, _: &Cell<Option<ScopeId>>) {
        let id = self.parents.len();
        self.parents.push(self.current.last().copied());
        self.current.push(id);
        if let Some(start) = self.entered.take() {
            self.inner.insert(start, id);
        }
    }

    fn leave_scope(&mut self) {
        self.current.pop();
    }

    fn enter_node(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::VariableDeclarator(it) => self.declarator(it),
            AstKind::Function(it) => self.function(it),
            AstKind::ArrowFunctionExpression(it) => self.arrow(it),
            AstKind::ImportDeclaration(it) => self.import(it),
            AstKind::BindingIdentifier(it) if !self.known.contains(&it.span.start) => {
                self.own.insert(it.name.as_str());
                self.bind(it.name.as_str(), ScriptBinding::Unknown(it.span.start));
            }
            AstKind::AssignmentExpression(it) => {
                if let Some(name) = it.left.get_identifier_name() {
                    self.assigned.insert(name);
                }
            }
            AstKind::NewExpression(it) if called(&it.callee).is_some_and(|name| name.ends_with("WebSocket")) => {
                let scope = self.scope();
                self.constructed.push((it, scope));
            }
            AstKind::NewExpression(it) if is_server(&it.callee) => {
                let scope = self.scope();
                self.servers.push((it, scope));
            }
            AstKind::CallExpression(it) if called(&it.callee) == Some("useWebSocket") => {
                let scope = self.scope();
                self.hooked.push((it, scope));
            }
            AstKind::CallExpression(it) if last(&it.callee) == Some("upgradeWebSocket") => self.upgrades = true,
            _ => {}
        }
    }
}

/// The last part of what is called.
fn last<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match callee.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        _ => None,
    }
}

fn is_server(callee: &Expression<'_>) -> bool {
    let of_class = |callee: &Expression<'_>| match callee.get_inner_expression() {
        Expression::StaticMemberExpression(member) if member.property.name == "Server" => {
            last(&member.object).is_some_and(|name| name.ends_with("WebSocket"))
        }
        _ => false,
    };
    last(callee).is_some_and(|name| name.ends_with("WebSocketServer")) || of_class(callee)
}

/// The name that is called, also as an attribute of what stands for everything global.
pub(super) fn called<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match callee.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => {
            let Expression::Identifier(object) = &member.object else { return None };
            let is_global = matches!(object.name.as_str(), "window" | "globalThis" | "self" | "global");
            if is_global { Some(member.property.name.as_str()) } else { None }
        }
        _ => None,
    }
}
