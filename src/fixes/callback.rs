//! Functions that a server calls: what is handed to `serve()`, which parameters its arguments arrive at, and how they are used.
//!
//! Only functions of the file count whose every server is of the new API, and that no decorator changes on the way. Code that
//! chooses by version is left alone.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, ExprLambda, Parameter, ParameterWithDefault, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::lint::rule::Context;
use crate::python::handlers::{Handed, Role};
use crate::python::{Name, Origin};
use crate::syntax::bind::Function;
use crate::syntax::scope::{BindingId, ScopeId};
use crate::target::Side;
use crate::text::edit::Edit;

/// A function or a lambda of this file that servers of the new API call.
#[derive(Debug, Clone)]
pub struct Callback<'a> {
    /// What it is.
    pub code: Code<'a>,
    /// Where the arguments of the server begin among its positional parameters.
    pub first: usize,
    /// Keywords that `partial` gives it.
    pub keywords: Vec<String>,
    /// The side of its servers: what has a path of its own is new everywhere.
    pub side: Side,
    function: Option<&'a Function<'a>>,
}

/// The code of a [`Callback`].
#[derive(Debug, Clone, Copy)]
pub enum Code<'a> {
    /// `def f(...)`
    Function(&'a StmtFunctionDef),
    /// `lambda ...: ...`
    Lambda(&'a ExprLambda),
}

impl<'a> Callback<'a> {
    /// Where it is.
    pub fn start(&self) -> TextSize {
        match self.code {
            Code::Function(def) => def.start(),
            Code::Lambda(lambda) => lambda.start(),
        }
    }

    /// Its parameters.
    pub fn parameters(&self) -> Option<&'a Parameters> {
        match self.code {
            Code::Function(def) => Some(&def.parameters),
            Code::Lambda(lambda) => lambda.parameters.as_deref(),
        }
    }

    /// Its positional parameters from the first argument of the server on.
    pub fn arguments(&self) -> Vec<&'a ParameterWithDefault> {
        let Some(parameters) = self.parameters() else { return Vec::new() };
        parameters.posonlyargs.iter().chain(&parameters.args).skip(self.first).collect()
    }

    /// The request's path, read from the connection, on the side of its servers.
    pub fn path(&self, connection: &ParameterWithDefault) -> String {
        let object = &connection.parameter.name;
        match self.side {
            Side::Both => format!("getattr({object}, \"request\", {object}).path"),
            _ => format!("{object}.request.path"),
        }
    }

    /// Whether nobody else calls it, or can override it: it may lose a parameter.
    pub fn is_only_that(&self, cx: &Context<'a>) -> bool {
        let Some(function) = self.function else { return true };
        let Some(name) = cx.model.name_of(function.def) else { return false };
        cx.model.functions_named(&name) == 1
            && !may_be_overridden(cx, function, &name)
            && !cx.model.is_used_besides(&name)
    }

    /// How messages call it.
    pub fn name(&self) -> String {
        match self.code {
            Code::Function(def) => format!("`{}`", def.name),
            Code::Lambda(_) => "this lambda".to_owned(),
        }
    }
}

/// The functions and lambdas of this file that servers use in `role`, in the order of the text.
pub fn callbacks<'a>(cx: &Context<'a>, role: Role) -> Vec<Callback<'a>> {
    let mut found = Vec::new();
    for given in cx.model.given_to_servers().filter(|given| given.role == role) {
        let guarded = cx.model.is_version_guarded(given.call.start());
        if let (Expr::Lambda(lambda), Some(side), false) = (given.function, side(cx, given.connection), guarded) {
            let (keywords, function) = (Vec::new(), None);
            found.push(Callback { code: Code::Lambda(lambda), first: 0, keywords, side, function });
        }
    }
    let mut handed: FxHashMap<String, Vec<Handed>> = FxHashMap::default();
    // What a lambda calls gets from it what it likes.
    let elsewhere = if may_be_handed(cx, role) { cx.model.handed_elsewhere() } else { Vec::new() };
    let own = cx.model.handed_to_servers().into_iter().chain(elsewhere);
    for one in own.filter(|one| one.role == role && !one.passed_on) {
        let name = one.qualname.rsplit('.').next().unwrap_or_default().to_owned();
        handed.entry(name).or_default().push(one);
    }
    for function in cx.model.functions() {
        if let Some(handed) = handed.get(function.def.name.as_str()) {
            found.extend(handed_function(cx, function, handed));
        }
    }
    found.sort_by_key(Callback::start);
    // Several functions may have one decorator.
    found.dedup_by_key(|callback| callback.start());
    found
}

/// Whether the file has a function that servers may use in `role`, by the looks of it. The project is not asked for less.
fn may_be_handed(cx: &Context, role: Role) -> bool {
    let takes_path = |def: &StmtFunctionDef| {
        let mut parameters = def.parameters.iter_non_variadic_params().skip(1);
        parameters.any(|one| one.parameter.name.contains("path"))
    };
    role != Role::Handler || cx.model.functions().any(|function| takes_path(function.def))
}

/// The side of the servers that have connections of this class; `None` for the legacy ones.
fn side(cx: &Context, connection: &str) -> Option<Side> {
    match connection {
        _ if connection.starts_with("websockets.legacy.") => None,
        "websockets.ServerConnection" => Some(cx.target.side),
        _ => Some(Side::Modern),
    }
}

fn handed_function<'a>(cx: &Context<'a>, function: &'a Function<'a>, handed: &[Handed]) -> Option<Callback<'a>> {
    let name = cx.model.name_of(function.def)?;
    let own: Vec<&Handed> = handed.iter().filter(|one| is_handed(cx, function, &name, one)).collect();
    let one = own.first()?;
    let sides: Option<Vec<Side>> = own.iter().map(|one| side(cx, one.connection)).collect();
    let sides = sides?;
    // `module.gate` and `gate` are one function, and so are `hub.gate` and `partial(Hub.gate, hub)`.
    let how = |one: &Handed| (cx.model.implicit_parameters(function, one) + one.before, one.keywords.clone());
    let agree = own.iter().all(|other| how(other) == how(one) && !other.guarded);
    if !agree || cx.model.is_version_guarded(function.def.start()) {
        return None;
    }
    let first = cx.model.implicit_parameters(function, one) + one.before;
    let side = sides.into_iter().find(|side| *side != Side::Modern).unwrap_or(Side::Modern);
    let keywords = one.keywords.clone();
    let function = if cx.model.keeps_parameters(function) { function } else { wrapped(cx, function)? };
    Some(Callback { code: Code::Function(function.def), first, keywords, side, function: Some(function) })
}

/// What is called in the place of a decorated function: itself where the decorator passes on what it gets, else the function
/// inside the decorator. `None` for a decorator that is not understood.
fn wrapped<'a>(cx: &Context<'a>, function: &'a Function<'a>) -> Option<&'a Function<'a>> {
    let [decorator] = &cx.model.decorators(function.def)[..] else { return None };
    let Origin::Ref(name) = decorator else { return None };
    let named = |other: &&Function| cx.model.name_of(other.def).as_ref() == Some(name);
    let decorator = cx.model.functions().find(named)?;
    let [Expr::Name(returned)] = &decorator.returns[..] else { return None };
    let is_inner = |other: &&Function<'a>| {
        other.def.name.id == returned.id && decorator.def.body.iter().any(|stmt| stmt.range() == other.def.range)
    };
    let inner = cx.model.functions().find(is_inner)?;
    let parameters = &inner.def.parameters;
    if parameters.posonlyargs.len() + parameters.args.len() > 0 {
        return Some(inner);
    }
    let [wrapped] = &*decorator.def.parameters.args else { return None };
    let everything = &parameters.vararg.as_ref()?.name;
    let is = |expr: &Expr, name: &str| expr.as_name_expr().is_some_and(|it| it.id.as_str() == name);
    let passes_on = |call: &&ExprCall| {
        let starred = |argument: &Expr| argument.as_starred_expr().is_some_and(|it| is(&it.value, everything));
        inner.def.range.contains_range(call.range())
            && is(&call.func, &wrapped.parameter.name)
            && call.arguments.args.first().is_some_and(starred)
    };
    cx.model.calls().iter().any(passes_on).then_some(function)
}

/// Whether `one` is this function, or a method that it overrides.
fn is_handed(cx: &Context, function: &Function, name: &Name, one: &Handed) -> bool {
    let handed = Name::project(&one.file, &one.qualname);
    let Some(class) = function.class.filter(|_| handed != *name && handed.last() == name.last()) else {
        return handed == *name;
    };
    let bases = cx.model.name_of(class).map(|class| cx.model.ancestry(&class)).unwrap_or_default();
    bases.iter().any(|base| cx.model.name_of(base.def).is_some_and(|base| base.join(handed.last()) == handed))
}

/// Whether the method stands for another one, or another one for it: both take the same arguments.
fn may_be_overridden(cx: &Context, function: &Function, name: &Name) -> bool {
    let Some(class) = function.class else { return false };
    let bases = class.arguments.iter().flat_map(|arguments| &arguments.args);
    let is_plain = |origin: Origin| origin.is_one_of(PLAIN);
    let others = cx.model.functions().any(|other| {
        let of_class = other.class.is_some_and(|class| class.arguments.as_ref().is_some_and(|it| !it.args.is_empty()));
        other.def.name == function.def.name && of_class && other.def.range != function.def.range
    });
    others || !bases.into_iter().all(|base| is_plain(cx.origin(base))) || cx.model.is_overridden(name)
}

/// Base classes that call no method of the classes derived from them.
const PLAIN: &[&str] = &["builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"];

/// How a parameter is used in its function.
#[derive(Debug, Default)]
pub struct Uses {
    /// The places that read it.
    pub reads: Vec<Read>,
    /// Whether it is bound again, or deleted.
    pub is_rebound: bool,
    /// Whether code looks at names in ways that nobody can follow: `locals()`.
    pub is_opaque: bool,
}

/// A place that reads a parameter.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// The name.
    pub range: TextRange,
    /// Whether it is in a function inside.
    pub is_nested: bool,
    /// Whether it is in an f-string.
    pub in_string: bool,
    /// Whether it is spelled in the output: `f"{path=}"`.
    pub is_shown: bool,
}

/// The uses of `parameter` in its function.
pub fn uses<'a>(cx: &Context<'a>, callback: &Callback<'a>, parameter: &Parameter) -> Uses {
    let Some(binding) = binding_of(cx, &callback.code, parameter) else {
        return Uses { is_opaque: true, ..Uses::default() };
    };
    let scope = scope_of(cx, binding);
    let bindings = cx.model.scopes().bindings_of(scope, &parameter.name);
    let found = Uses { is_rebound: bindings.len() != 1, ..Uses::default() };
    let mut search = Search { cx, name: &parameter.name, binding, depth: 0, strings: 0, is_shown: false, found };
    match callback.code {
        Code::Function(def) => search.visit_body(&def.body),
        Code::Lambda(lambda) => search.visit_expr(&lambda.body),
    }
    search.found
}

fn binding_of(cx: &Context, code: &Code, parameter: &Parameter) -> Option<BindingId> {
    let inside = match code {
        Code::Function(def) => def.body.first()?.start(),
        Code::Lambda(lambda) => lambda.body.start(),
    };
    let scopes = cx.model.scopes();
    let scope = scopes.block(scopes.block_at(inside)).scope;
    let bindings = scopes.bindings_of(scope, &parameter.name);
    bindings.into_iter().find(|id| scopes.binding(*id).range == parameter.name.range)
}

fn scope_of(cx: &Context, binding: BindingId) -> ScopeId {
    let scopes = cx.model.scopes();
    scopes.block(scopes.binding(binding).block).scope
}

struct Search<'c, 'a> {
    cx: &'c Context<'a>,
    name: &'c str,
    binding: BindingId,
    depth: usize,
    strings: usize,
    is_shown: bool,
    found: Uses,
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let inside = usize::from(matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)));
        self.depth += inside;
        walk_stmt(self, stmt);
        self.depth -= inside;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.id.as_str() == self.name => {
                let bindings = self.cx.model.scopes().reaching(&name.id, name.range.start()).unwrap_or_default();
                let is_it = bindings.contains(&self.binding);
                self.found.is_rebound |= is_it && !name.ctx.is_load();
                if is_it && name.ctx.is_load() {
                    let (is_nested, in_string) = (self.depth > 0, self.strings > 0);
                    self.found.reads.push(Read { range: name.range, is_nested, in_string, is_shown: self.is_shown });
                }
            }
            Expr::Name(name) if matches!(name.id.as_str(), "locals" | "vars" | "eval" | "exec") => {
                self.found.is_opaque = true;
            }
            _ => {}
        }
        let inside = usize::from(matches!(
            expr,
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_)
        ));
        let string = usize::from(matches!(expr, Expr::FString(_) | Expr::TString(_)));
        self.depth += inside;
        self.strings += string;
        walk_expr(self, expr);
        self.depth -= inside;
        self.strings -= string;
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ruff_python_ast::InterpolatedStringElement) {
        let outer = self.is_shown;
        self.is_shown |= element.as_interpolation().is_some_and(|it| it.debug_text.is_some());
        ruff_python_ast::visitor::walk_interpolated_string_element(self, element);
        self.is_shown = outer;
    }
}

/// Takes a parameter away that is not the first one, with the comma before it. `None` where a comment would be lost.
pub fn drop_parameter(cx: &Context, parameters: &Parameters, dropped: &ParameterWithDefault) -> Option<Edit> {
    let positional: Vec<_> = parameters.posonlyargs.iter().chain(&parameters.args).collect();
    let at = positional.iter().position(|one| one.range() == dropped.range())?;
    let previous = positional.get(at.checked_sub(1)?)?;
    let between = TextRange::new(previous.end(), dropped.start());
    let lost = TextRange::new(previous.end(), dropped.end());
    // `def f(ws, /, path)`: the comma before is not its own.
    let is_plain = !cx.text(lost).contains('#') && !cx.text(between).contains('/');
    is_plain.then(|| Edit::delete(lost))
}

/// Takes the parameter away that follows the connection; what reads it reads `new`.
pub fn read_instead<'a>(
    cx: &Context<'a>,
    callback: &Callback<'a>,
    connection: &ParameterWithDefault,
    path: &ParameterWithDefault,
    new: &str,
) -> Option<Vec<Edit>> {
    let parameters: &Parameters = callback.parameters()?;
    let stays = !uses(cx, callback, &connection.parameter).is_rebound;
    let uses = uses(cx, callback, &path.parameter);
    (!uses.is_opaque).then_some(())?;
    let mut edits = vec![drop_parameter(cx, parameters, path)?];
    let is_plain = |read: &Read| !(read.is_shown || read.in_string && new.contains('"'));
    match (&uses.reads[..], callback.code) {
        ([], Code::Function(_)) if !uses.is_rebound => {}
        ([read], Code::Function(_)) if stays && !uses.is_rebound && !read.is_nested && is_plain(read) => {
            edits.push(Edit::replace(read.range, new));
        }
        (_, Code::Function(def)) => {
            let statement = format!("{} = {new}", path.parameter.name);
            edits.push(first_statement(cx, def, &statement)?);
        }
        (reads, Code::Lambda(_)) => {
            let plain = reads.iter().all(|read| is_plain(read) && !read.is_nested);
            (stays && !uses.is_rebound && plain).then_some(())?;
            edits.extend(reads.iter().map(|read| Edit::replace(read.range, new)));
        }
    }
    Some(edits)
}

/// Puts a statement in front of what a function does, behind its documentation. `None` for a lambda.
pub fn first_statement(cx: &Context, def: &StmtFunctionDef, statement: &str) -> Option<Edit> {
    let is_documentation = |stmt: &Stmt| stmt.as_expr_stmt().is_some_and(|it| it.value.is_string_literal_expr());
    let (first, rest) = def.body.split_first()?;
    let documented = is_documentation(first);
    let next = if documented { rest.first()? } else { first };
    let header = match (&def.returns, documented) {
        (_, true) => first.end(),
        (Some(returns), false) => behind_colon(cx, returns.end())?,
        (None, false) => behind_colon(cx, def.parameters.end())?,
    };
    let text = cx.source.text();
    let rest = text.get(header.to_usize()..)?;
    let line = rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len()))?;
    let newline = cx.source.newline();
    if line.trim().is_empty() || line.trim_start().starts_with('#') {
        let start = next.start().to_usize();
        let before = text.get(..start)?;
        let indent = before.get(before.rfind(['\n', '\r']).map_or(0, |at| at + 1)..)?;
        if !indent.trim().is_empty() {
            return None;
        }
        let at = header + TextSize::try_from(line.len()).ok()?;
        return Some(Edit::insert(at, format!("{newline}{indent}{statement}")));
    }
    Some(Edit::insert(next.start(), format!("{statement}; ")))
}

fn behind_colon(cx: &Context, offset: TextSize) -> Option<TextSize> {
    let rest = cx.source.text().get(offset.to_usize()..)?;
    Some(offset + TextSize::try_from(rest.find(':')? + 1).ok()?)
}
