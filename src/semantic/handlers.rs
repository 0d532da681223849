//! Which functions are handed to `serve()`, here or in another file, and what arrives as their parameter.

use ruff_python_ast::{Expr, ExprCall, ExprLambda};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashMap;

use super::bind::Function;
use super::{Model, Origin, stdlib};
use crate::api;

/// What arrives, by the offset of the parameter.
pub(super) type Arriving = FxHashMap<TextSize, Origin>;

/// A function of some file that is handed to a server.
#[derive(Debug, Clone)]
pub struct Handed {
    /// The file that defines it.
    pub file: String,
    /// Its qualified name there.
    pub qualname: String,
    /// Arguments that are there before the connection, `self` not counted.
    pub before: usize,
    /// Whether `self` is bound already, so that it is not the first parameter that the connection arrives at.
    pub bound: bool,
    /// The class of the connection.
    pub connection: &'static str,
}

/// Attributes that connections of one family only have. A file that asks for none of them of any object gains nothing from
/// knowing who calls its functions.
const TELLING: &[&str] = &[
    ".open",
    ".closed",
    ".path",
    ".request_headers",
    ".response_headers",
    ".host",
    ".port",
    ".secure",
    ".available_subprotocols",
    ".fail_connection",
    ".state",
];

/// What functions are called that take a handler, whatever module they are from.
const SERVERS: &[&str] = &["serve", "unix_serve", "Serve"];

impl Model<'_> {
    /// The parameters of this file's functions at which a server's connection arrives.
    pub(super) fn handler_parameters(&self) -> &Arriving {
        // Evaluating the callees must not ask for handlers again.
        if let Some(arriving) = self.handlers.get() {
            return arriving;
        }
        let found = self.find_handlers();
        self.handlers.get_or_init(|| found)
    }

    fn find_handlers(&self) -> Arriving {
        let mut arriving = Arriving::default();
        for (lambda, connection) in self.lambdas_handed_to_servers() {
            let first = lambda.parameters.iter().flat_map(|parameters| parameters.iter_non_variadic_params()).next();
            if let Some(first) = first {
                add(&mut arriving, first.parameter.start(), Origin::instance(connection));
            }
        }
        let mut handed = self.handed_to_servers();
        if !self.alone && !self.indexing && TELLING.iter().any(|attribute| self.source.text().contains(attribute)) {
            handed
                .extend(self.project.handed_to_servers(&self.file).iter().filter(|one| one.file == self.file).cloned());
        }
        for one in handed.iter().filter(|one| one.file == self.file) {
            for function in self.bound.functions.get(&one.qualname).into_iter().flatten() {
                if let Some(parameter) = self.arrives_at(function, one) {
                    add(&mut arriving, parameter, Origin::instance(one.connection));
                }
            }
        }
        arriving
    }

    /// The offset of the parameter at which the connection arrives. A decorator that is not known may add arguments of its
    /// own, unless there is room for the connection only.
    fn arrives_at(&self, function: &Function<'_>, handed: &Handed) -> Option<TextSize> {
        let decorators = self.decorators(function.def);
        let is = |name: &str| decorators.iter().any(|decorator| decorator.is_one_of(&[name]));
        let takes_self = function.class.is_some() && !is("builtins.staticmethod");
        let implicit = usize::from(takes_self && (handed.bound || is("builtins.classmethod")));
        let parameters = &function.def.parameters;
        let mut free = parameters.posonlyargs.iter().chain(&parameters.args).skip(implicit + handed.before);
        let connection = free.next()?;
        let room_for_one = free.all(|other| other.default.is_some() || other.parameter.name.as_str() == "path");
        (room_for_one || decorators.iter().all(stdlib::is_transparent)).then(|| connection.parameter.start())
    }

    /// Calls of servers with what they are given as their handler.
    fn servers(&self) -> impl Iterator<Item = (&Expr, &'static str)> {
        self.bound.calls.iter().filter_map(|call| {
            // `serve` under any name is an import, an attribute or an alias of one; nothing else is worth the look.
            if !self.may_be_called(&call.func, SERVERS) {
                return None;
            }
            let old_name = || call.arguments.find_keyword("ws_handler").map(|keyword| &keyword.value);
            let handler = call.arguments.find_argument_value("handler", 0).or_else(old_name)?;
            if !matches!(handler, Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_) | Expr::Lambda(_)) {
                return None;
            }
            let callee = self.resolve(self.local(&call.func));
            Some((handler, callee.library_name().and_then(api::handler_connection)?))
        })
    }

    fn lambdas_handed_to_servers(&self) -> Vec<(&ExprLambda, &'static str)> {
        self.servers().filter_map(|(handler, connection)| Some((handler.as_lambda_expr()?, connection))).collect()
    }

    /// The functions that this file hands to servers, its own and those of other files.
    pub fn handed_to_servers(&self) -> Vec<Handed> {
        self.servers().filter_map(|(handler, connection)| self.handed(handler, connection)).collect()
    }

    fn handed(&self, handler: &Expr, connection: &'static str) -> Option<Handed> {
        let (function, before) = match handler {
            Expr::Lambda(lambda) => passed_on(lambda)?,
            Expr::Call(call) => self.partially_applied(call)?,
            Expr::Name(name) => match self.assigned(&name.id, name.start()).as_deref() {
                // `handler = partial(chat, db)`
                Some([Expr::Call(call)]) => self.partially_applied(call)?,
                _ => (handler, 0),
            },
            plain => (plain, 0),
        };
        let Origin::Ref(name) = self.resolve(self.local(function)) else { return None };
        let (file, qualname) = name.split_project()?;
        // `hub.chat` has its `self`, `Hub.chat` has not.
        let bound = match function {
            Expr::Attribute(method) => matches!(self.origin(&method.value), Origin::Instance(_)),
            _ => true,
        };
        Some(Handed { file: file.to_owned(), qualname: qualname.to_owned(), before, bound, connection })
    }

    /// `partial(f, a, b)`: the function and how many arguments it has already.
    fn partially_applied<'e>(&self, call: &'e ExprCall) -> Option<(&'e Expr, usize)> {
        let (function, given) = call.arguments.args.split_first()?;
        let plain = !given.iter().any(Expr::is_starred_expr);
        (plain && self.resolve(self.local(&call.func)).is_one_of(&["functools.partial"]))
            .then_some((function, given.len()))
    }
}

fn add(arriving: &mut Arriving, parameter: TextSize, origin: Origin) {
    let joined = arriving.remove(&parameter).map_or(origin.clone(), |known| known.or(origin));
    arriving.insert(parameter, joined);
}

/// `lambda ws: f(db, ws)`: the function and how many arguments stand before the connection.
fn passed_on(lambda: &ExprLambda) -> Option<(&Expr, usize)> {
    let connection = &lambda.parameters.as_ref()?.iter_non_variadic_params().next()?.parameter.name;
    let Expr::Call(call) = &*lambda.body else { return None };
    let is_it = |argument: &Expr| argument.as_name_expr().is_some_and(|name| name.id == connection.id);
    let before = call.arguments.args.iter().position(is_it)?;
    (!call.arguments.args[..before].iter().any(Expr::is_starred_expr)).then_some((&*call.func, before))
}
