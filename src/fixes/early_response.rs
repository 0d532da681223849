//! What `process_request` returns: the tuple of the old server, and the same as a response of the new one.

use ruff_python_ast::visitor::{Visitor, walk_except_handler, walk_expr, walk_stmt};
use ruff_python_ast::{
    Alias, CmpOp, ExceptHandler, Expr, ExprCall, Identifier, Parameter, Stmt, StmtFunctionDef, StmtReturn,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use crate::fixes::callback::{self, Callback, Code};
use crate::fixes::imports;
use crate::lint::rule::Context;
use crate::text::edit::Edit;
use crate::websockets::names;

/// Which of the two signatures a function was written for.
#[derive(Debug, Default)]
pub struct Signature {
    /// Path and headers.
    pub is_old: bool,
    /// Where it asks whether the path is equal to something, or one of several.
    pub compared: Option<TextRange>,
    /// What tells.
    pub place: TextRange,
}

/// Attributes of the connection and the request, which a path and headers do not have.
const NEW: &[&str] =
    &["respond", "path", "headers", "request", "remote_address", "protocol", "id", "username", "logger"];

/// Parts of what the old parameters are called.
const OLD_NAMES: &[&str] = &["path", "uri", "url", "target", "header"];

/// What a function of two parameters was written for; `None` where it works with the new server, or nothing tells.
pub fn signature<'a>(
    cx: &Context<'a>,
    callback: &Callback<'a>,
    first: &'a Parameter,
    second: &'a Parameter,
) -> Option<Signature> {
    let mut clues = Clues { names: [&first.name, &second.name], ..Clues::default() };
    match callback.code {
        Code::Function(def) => clues.visit_body(&def.body),
        Code::Lambda(lambda) => {
            clues.returned.push(&lambda.body);
            clues.visit_expr(&lambda.body);
        }
    }
    let answers: Vec<&Expr> = clues.returned.iter().flat_map(|value| leaves(value)).collect();
    let tuple = answers.iter().find(|answer| answer.as_tuple_expr().is_some_and(|tuple| tuple.len() == 3));
    let called_old = OLD_NAMES.iter().any(|part| first.name.contains(part) || second.name.contains(part));
    let does_something = clues.reads > 0 || answers.iter().any(|answer| !answer.is_none_literal_expr());
    if clues.is_asked || cx.model.is_version_guarded(callback.start()) {
        return None;
    }
    let is_old = !clues.is_new && (clues.is_old || tuple.is_some() || called_old && does_something);
    let place = if is_old { first.range.cover(second.range) } else { tuple?.range() };
    let compared = clues.compared.filter(|compared| is_old && !fails_before(callback.code, &second.name, *compared));
    Some(Signature { is_old, compared, place })
}

/// Whether the function reads the headers, whatever happens, before it comes to `compared`: then it fails with status 500 there.
fn fails_before(code: Code, headers: &str, compared: TextRange) -> bool {
    let Code::Function(def) = code else { return false };
    let is_headers = |expr: &Expr| expr.as_name_expr().is_some_and(|name| name.id.as_str() == headers);
    def.body.iter().take_while(|stmt| stmt.start() <= compared.start()).any(|stmt| {
        let first = match stmt {
            Stmt::If(choice) => &*choice.test,
            Stmt::Assign(assign) => &*assign.value,
            Stmt::Expr(expr) => &*expr.value,
            _ => return false,
        };
        let first = first.as_unary_op_expr().map_or(first, |not| &*not.operand);
        match first {
            _ if first.range().contains_range(compared) => false,
            Expr::Compare(compare) => compare.comparators.iter().any(is_headers),
            Expr::Subscript(item) => is_headers(&item.value),
            _ => false,
        }
    })
}

/// What a conditional expression may give.
fn leaves(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::If(conditional) => [leaves(&conditional.body), leaves(&conditional.orelse)].concat(),
        other => vec![other],
    }
}

#[derive(Default)]
struct Clues<'a> {
    /// The two parameters.
    names: [&'a str; 2],
    returned: Vec<&'a Expr>,
    reads: usize,
    is_old: bool,
    is_new: bool,
    /// Whether the function asks itself what it got.
    is_asked: bool,
    compared: Option<TextRange>,
}

impl Clues<'_> {
    fn is(&self, which: usize, expr: &Expr) -> bool {
        expr.as_name_expr().is_some_and(|name| name.id.as_str() == self.names[which])
    }
}

impl<'a> Visitor<'a> for Clues<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::Return(statement) => self.returned.extend(statement.value.as_deref()),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(_) => self.reads += usize::from(self.is(0, expr) || self.is(1, expr)),
            Expr::Attribute(attribute) if self.is(0, &attribute.value) || self.is(1, &attribute.value) => {
                let is_new = NEW.contains(&attribute.attr.as_str());
                self.is_new |= is_new;
                self.is_old |= !is_new;
            }
            Expr::Subscript(item) => self.is_old |= self.is(1, &item.value),
            Expr::Compare(compare) => {
                self.is_old |= compare.comparators.iter().any(|side| self.is(1, side));
                let is_path = self.is(0, &compare.left) || compare.comparators.iter().any(|side| self.is(0, side));
                self.is_old |= is_path;
                if is_path && compare.ops.iter().any(|op| matches!(op, CmpOp::Eq | CmpOp::In)) {
                    self.compared = self.compared.or(Some(compare.range));
                }
            }
            Expr::Call(call) => {
                let asks = ["isinstance", "hasattr", "getattr", "type"];
                let asks = call.func.as_name_expr().is_some_and(|name| asks.contains(&name.id.as_str()));
                let about = |argument: &Expr| self.is(0, argument) || self.is(1, argument);
                self.is_asked |= asks && call.arguments.args.first().is_some_and(about);
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

/// The edits that write a function of the old signature for the new one. `None` where a part of it is not understood.
pub fn rewritten<'a>(
    cx: &Context<'a>,
    callback: &Callback<'a>,
    signature: &Signature,
    first: &'a Parameter,
    second: &'a Parameter,
) -> Option<Vec<Edit>> {
    let connection = if signature.is_old { "connection" } else { first.name.as_str() };
    let mut edits = Vec::new();
    if signature.is_old {
        edits.extend(new_parameters(cx, callback, first, second)?);
    }
    match callback.code {
        Code::Lambda(lambda) => edits.extend(answer(cx, &lambda.body, connection)?),
        Code::Function(def) => {
            let mut answers =
                Answers { cx, connection, tries: 0, edits: Vec::new(), is_certain: true, names: names(def) };
            answers.visit_body(&def.body);
            answers.is_certain.then_some(())?;
            edits.extend(answers.edits);
            if let Some(returns) = &def.returns {
                edits.extend(annotation(cx, returns)?);
            }
        }
    }
    Some(edits)
}

/// The edits that let a return annotation say what is returned now.
fn annotation(cx: &Context, returns: &Expr) -> Option<Vec<Edit>> {
    if returns.is_none_literal_expr() {
        return Some(Vec::new());
    }
    let (name, import) = imports::name(cx, "websockets.http11", "Response", &["websockets.Response"])?;
    let is_evaluated = cx.target.python.is_none_or(|python| python < (3, 10));
    let quote = if is_evaluated { "\"" } else { "" };
    let new = Edit::replace(returns, format!("{quote}{name} | None{quote}"));
    Some([import, vec![new]].concat())
}

/// Every name in a function, whatever binds or reads it.
fn names(def: &StmtFunctionDef) -> FxHashSet<&str> {
    struct Names<'a>(FxHashSet<&'a str>);
    impl<'a> Visitor<'a> for Names<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::FunctionDef(def) => {
                    self.0.insert(&def.name);
                }
                Stmt::ClassDef(class) => {
                    self.0.insert(&class.name);
                }
                Stmt::Global(names) => self.0.extend(names.names.iter().map(Identifier::as_str)),
                Stmt::Match(_) => self.0.extend(["connection", "request", "response"]),
                _ => {}
            }
            walk_stmt(self, stmt);
        }

        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Name(name) = expr {
                self.0.insert(&name.id);
            }
            walk_expr(self, expr);
        }

        fn visit_parameter(&mut self, parameter: &'a Parameter) {
            self.0.insert(&parameter.name);
        }

        fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
            let ExceptHandler::ExceptHandler(inner) = handler;
            self.0.extend(inner.name.iter().map(Identifier::as_str));
            walk_except_handler(self, handler);
        }

        fn visit_alias(&mut self, alias: &'a Alias) {
            self.0.insert(imports::local(alias));
        }
    }
    let mut found = Names(FxHashSet::default());
    found.visit_body(&def.body);
    found.0
}

fn new_parameters<'a>(
    cx: &Context<'a>,
    callback: &Callback<'a>,
    first: &'a Parameter,
    second: &'a Parameter,
) -> Option<Vec<Edit>> {
    let taken = match callback.code {
        Code::Function(def) => names(def),
        Code::Lambda(lambda) => {
            lambda.parameters.iter().flat_map(|it| it.iter()).map(|it| it.name().as_str()).collect()
        }
    };
    let mut others = callback.parameters()?.iter().map(|it| it.name().as_str());
    let is_free = |new: &str| {
        let own = first.name.as_str() == new || second.name.as_str() == new;
        own || !taken.contains(new)
    };
    let clash = others.any(|name| {
        [first, second].iter().all(|own| own.name.as_str() != name) && matches!(name, "connection" | "request")
    });
    (is_free("connection") && is_free("request") && !clash).then_some(())?;
    let [path, headers] = [first, second].map(|parameter| callback::uses(cx, callback, parameter));
    (!path.is_opaque && !headers.is_opaque && !headers.is_rebound).then_some(())?;
    let mut edits = vec![Edit::replace(first, "connection"), Edit::replace(second, "request")];
    let is_shown = path.reads.iter().any(|read| read.is_shown);
    (!headers.reads.iter().any(|read| read.is_shown)).then_some(())?;
    edits.extend(headers.reads.iter().map(|read| Edit::replace(read.range, "request.headers")));
    match callback.code {
        Code::Function(def) if path.is_rebound || is_shown || path.reads.len() > 2 => {
            // It would be taken for the request.
            (first.name.as_str() != "request").then_some(())?;
            edits.push(callback::first_statement(cx, def, &format!("{} = request.path", first.name))?);
        }
        _ => {
            (!path.is_rebound && !is_shown).then_some(())?;
            edits.extend(path.reads.iter().map(|read| Edit::replace(read.range, "request.path")));
        }
    }
    Some(edits)
}

/// Rewrites the answers of a function.
struct Answers<'c, 'a> {
    cx: &'c Context<'a>,
    connection: &'c str,
    tries: usize,
    edits: Vec<Edit>,
    is_certain: bool,
    names: FxHashSet<&'a str>,
}

impl<'a> Answers<'_, 'a> {
    fn add(&mut self, edits: Option<Vec<Edit>>) {
        match edits {
            Some(edits) => self.edits.extend(edits),
            None => self.is_certain = false,
        }
    }

    fn returned(&mut self, statement: &'a StmtReturn) {
        let Some(value) = statement.value.as_deref() else { return };
        let edits = answer(self.cx, value, self.connection).or_else(|| {
            let tuple = value.as_tuple_expr()?;
            let [status, headers, body] = &*tuple.elts else { return None };
            self.with_headers(statement.range, Early { status, headers: Some(headers), body: Some(body) })
        });
        self.add(edits);
    }

    /// `raise AbortHandshake(status, headers, body)` answers too.
    fn raised(&mut self, range: TextRange, call: &'a ExprCall) {
        let arguments = &call.arguments;
        let early = arguments.find_argument_value("status", 0).zip(arguments.find_argument_value("headers", 1));
        let edits = early.filter(|_| self.tries == 0).and_then(|(status, headers)| {
            let early = Early { status, headers: Some(headers), body: arguments.find_argument_value("body", 2) };
            match early.plain(self.cx, self.connection) {
                Some(response) => Some(vec![Edit::replace(range, format!("return {response}"))]),
                None => self.with_headers(range, early),
            }
        });
        self.add(edits);
    }

    /// A statement of several lines, where the answer has headers of its own.
    fn with_headers(&self, range: TextRange, early: Early<'a>) -> Option<Vec<Edit>> {
        let cx = self.cx;
        (!self.names.contains("response") && !cx.text(range).contains('#')).then_some(())?;
        let line = cx.source.text().get(..range.start().to_usize())?.rsplit(['\n', '\r']).next()?;
        line.trim().is_empty().then_some(())?;
        let newline = cx.source.newline();
        let response = Early { headers: None, ..early }.plain(cx, self.connection)?;
        let mut lines = vec![format!("response = {response}")];
        for (name, value) in pairs(cx, early.headers?)? {
            let (spelled, value) = (cx.text(name), cx.text(value));
            let name = name.as_string_literal_expr()?.value.to_str().to_ascii_lowercase();
            match name.as_str() {
                // What the response has anyway.
                "connection" if value.trim_matches(['"', '\'']) == "close" => continue,
                "content-type" => lines.push(format!("del response.headers[{spelled}]")),
                "connection" | "content-length" | "date" | "server" => return None,
                _ => {}
            }
            lines.push(format!("response.headers[{spelled}] = {value}"));
        }
        lines.push("return response".to_owned());
        Some(vec![Edit::replace(range, lines.join(&format!("{newline}{line}")))])
    }
}

impl<'a> Visitor<'a> for Answers<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            Stmt::Return(statement) => self.returned(statement),
            Stmt::Raise(statement) => {
                if let Some(Expr::Call(call)) = statement.exc.as_deref()
                    && self.cx.origin(&call.func).is_one_of(names::LEGACY_CONTROL)
                {
                    self.raised(statement.range, call);
                }
            }
            Stmt::Try(_) => {
                self.tries += 1;
                walk_stmt(self, stmt);
                self.tries -= 1;
            }
            _ => walk_stmt(self, stmt),
        }
    }
}

/// The edits that make a response of an answer which is one expression.
fn answer<'a>(cx: &Context<'a>, expr: &'a Expr, connection: &str) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for leaf in leaves(expr) {
        match leaf {
            Expr::NoneLiteral(_) => {}
            Expr::Tuple(tuple) => {
                let [status, headers, body] = &*tuple.elts else { return None };
                let early = Early { status, headers: Some(headers), body: Some(body) };
                edits.push(Edit::replace(tuple, early.plain(cx, connection)?));
            }
            // Already a response.
            Expr::Call(call) if is_response(cx, call, connection) => {}
            _ => return None,
        }
    }
    Some(edits)
}

fn is_response(cx: &Context, call: &ExprCall, connection: &str) -> bool {
    cx.text(&*call.func) == format!("{connection}.respond")
}

/// `(status, headers, body)`
#[derive(Clone, Copy)]
struct Early<'a> {
    status: &'a Expr,
    headers: Option<&'a Expr>,
    body: Option<&'a Expr>,
}

impl<'a> Early<'a> {
    /// The response in one expression, where it has no headers of its own.
    fn plain(&self, cx: &Context<'a>, connection: &str) -> Option<String> {
        let own = self.headers.map_or(Some(0), |headers| Some(pairs(cx, headers)?.len()))?;
        let body = self.body.map_or(Some("\"\"".to_owned()), |body| text(cx, body))?;
        let status = cx.text(self.status);
        (own == 0 && !status.contains('#')).then(|| format!("{connection}.respond({status}, {body})"))
    }
}

/// Headers that are written out: names, which are texts, and values.
pub fn pairs<'a>(cx: &Context<'a>, headers: &'a Expr) -> Option<Vec<(&'a Expr, &'a Expr)>> {
    let pair = |element: &'a Expr| match element {
        Expr::Tuple(tuple) => match &*tuple.elts {
            [name, value] if name.is_string_literal_expr() => Some((name, value)),
            _ => None,
        },
        _ => None,
    };
    match headers {
        Expr::List(list) => list.elts.iter().map(pair).collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().map(pair).collect(),
        Expr::Dict(dict) => {
            let items = dict.items.iter().map(|item| Some((item.key.as_ref()?, &item.value)));
            items.map(|pair| pair.filter(|(name, _)| name.is_string_literal_expr())).collect()
        }
        Expr::Call(call) if cx.origin(&call.func).library_name().is_some_and(is_headers) => {
            match (&*call.arguments.args, &*call.arguments.keywords) {
                ([], []) => Some(Vec::new()),
                ([one], []) => pairs(cx, one),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_headers(name: &str) -> bool {
    name.starts_with("websockets.") && name.ends_with(".Headers")
}

/// The body as text: `b"OK\n"`, `page.encode()`.
fn text(cx: &Context, body: &Expr) -> Option<String> {
    match body {
        Expr::BytesLiteral(literal) => {
            let part = literal.as_single_part_bytestring()?;
            let spelled = cx.text(part);
            let quote = spelled.find(['"', '\''])?;
            let prefix: String = spelled.get(..quote)?.chars().filter(|it| !matches!(it, 'b' | 'B')).collect();
            let rest = spelled.get(quote..)?;
            // `\xff` is another byte as text, and `\u` no escape in bytes.
            let escapes = rest.split('\\').skip(1).all(|escape| escape.starts_with(['n', 'r', 't', '"', '\'']));
            (rest.is_ascii() && (escapes || !prefix.is_empty())).then(|| format!("{prefix}{rest}"))
        }
        Expr::Call(call) => {
            let method = call.func.as_attribute_expr().filter(|method| method.attr.as_str() == "encode")?;
            let is_utf8 = |name: &Expr| {
                let name = name.as_string_literal_expr().map(|name| name.value.to_str().to_ascii_lowercase());
                name.is_some_and(|name| matches!(&*name, "utf-8" | "utf8"))
            };
            let plain = match (&*call.arguments.args, &*call.arguments.keywords) {
                ([], []) => true,
                ([name], []) => is_utf8(name),
                _ => false,
            };
            let receiver = cx.text(&*method.value);
            (plain && !receiver.contains('#')).then(|| receiver.to_owned())
        }
        _ => None,
    }
}
