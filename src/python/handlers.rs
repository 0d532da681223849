//! Which functions are handed to `serve()`, here or in another file, and what arrives as their parameter.

use ruff_python_ast::{Expr, ExprCall, ExprLambda};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use super::questions::{Answer, Question};
use super::{Model, Origin, stdlib};
use crate::syntax::bind::Function;
use crate::syntax::scope::ParameterOf;
use crate::websockets::names;

/// What arrives, by the offset of the parameter.
pub(super) type Arriving = FxHashMap<TextSize, Origin>;

/// What a server does with a function that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs it for each connection.
    Handler,
    /// Asks it before the handshake.
    ProcessRequest,
    /// Asks it for a subprotocol.
    SelectSubprotocol,
}

/// The keyword of each role; a handler is the first argument too.
const ROLES: &[(Role, &str)] = &[
    (Role::Handler, "handler"),
    (Role::Handler, "ws_handler"),
    (Role::ProcessRequest, "process_request"),
    (Role::SelectSubprotocol, "select_subprotocol"),
];

/// A function of some file that is handed to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The file that defines it.
    pub file: String,
    /// Its qualified name there.
    pub qualname: String,
    /// What the server does with it.
    pub role: Role,
    /// Arguments that are there before those of the server, `self` not counted.
    pub before: usize,
    /// Keywords that it is given besides.
    pub keywords: Vec<String>,
    /// Whether `self` is bound already, so that it is not the first parameter that the connection arrives at.
    pub bound: bool,
    /// Whether the server calls a lambda, which calls it.
    pub passed_on: bool,
    /// Whether that happens on one side of a version check only.
    pub guarded: bool,
    /// Where the file that hands it over names it.
    pub at: TextRange,
    /// The class of the connection.
    pub connection: &'static str,
}

impl Handed {
    /// Whether it is the same, wherever it is named.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        *self == Self { at: self.at, ..other.clone() }
    }
}

/// A function or a lambda where a call of a server names it.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The call of the server.
    pub call: &'a ExprCall,
    /// What is handed over.
    pub function: &'a Expr,
    /// What the server does with it.
    pub role: Role,
    /// The class of the connection.
    pub connection: &'static str,
}

/// How a function is called, before the server adds its own arguments.
struct Applied<'a> {
    function: &'a Expr,
    before: usize,
    keywords: Vec<String>,
    passed_on: bool,
}

impl<'a> Applied<'a> {
    fn plain(function: &'a Expr) -> Self {
        Self { function, before: 0, keywords: Vec::new(), passed_on: false }
    }
}

/// Attributes that connections of one family only have. A file that asks for none of them of any object gains nothing from
/// knowing who calls its functions.
pub(super) const TELLING: &[&str] = &[
    ".status_code",
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
pub const SERVERS: &[&str] = &["serve", "unix_serve", "Serve"];

impl<'a> Model<'a> {
    /// The server's connection that arrives at a parameter, if one does.
    pub(super) fn handed_connection(&self, of: &ParameterOf<'_>) -> Option<Origin> {
        let at = of.parameter.start();
        // Evaluating the callees must not ask for handlers again.
        let own = match self.handlers.get() {
            Some(own) => own,
            None => {
                let found = self.find_handlers();
                self.handlers.get_or_init(|| found)
            }
        };
        let elsewhere = || {
            if of.function.is_none() || !self.matters(of) {
                return None;
            }
            match self.handlers_elsewhere.get() {
                Some(found) => found.get(&at).cloned(),
                None => {
                    let found = self.arriving_from(&self.handed_elsewhere());
                    self.handlers_elsewhere.get_or_init(|| found).get(&at).cloned()
                }
            }
        };
        match (own.get(&at).cloned(), elsewhere()) {
            (Some(own), Some(other)) => Some(own.or(other)),
            (own, other) => own.or(other),
        }
    }

    fn find_handlers(&self) -> Arriving {
        let mut arriving = Arriving::default();
        for given in self.given_to_servers().filter(|given| given.role == Role::Handler) {
            let Expr::Lambda(lambda) = given.function else { continue };
            let first = lambda.parameters.iter().flat_map(|parameters| parameters.iter_non_variadic_params()).next();
            if let Some(first) = first {
                add(&mut arriving, first.parameter.start(), Origin::instance(given.connection));
            }
        }
        for (parameter, origin) in self.arriving_from(&self.handed_to_servers()) {
            add(&mut arriving, parameter, origin);
        }
        arriving
    }

    fn arriving_from(&self, handed: &[Handed]) -> Arriving {
        let mut arriving = Arriving::default();
        for one in handed.iter().filter(|one| *one.file == *self.file && one.role == Role::Handler) {
            for function in self.bound.functions.get(&one.qualname).into_iter().flatten() {
                if let Some(parameter) = self.arrives_at(function, one) {
                    add(&mut arriving, parameter, Origin::instance(one.connection));
                }
            }
        }
        arriving
    }

    /// What the files of the project hand to servers of the functions of this file.
    pub fn handed_elsewhere(&self) -> Vec<Handed> {
        match self.answer(Question::Handed) {
            Some(Answer::Handed(handed)) => handed.get(&self.file).cloned().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The offset of the parameter at which the connection arrives. A decorator that is not known may add arguments of its
    /// own, unless there is room for the connection only.
    fn arrives_at(&self, function: &Function<'_>, handed: &Handed) -> Option<TextSize> {
        let decorators = self.decorators(function.def);
        let parameters = &function.def.parameters;
        let implicit = self.implicit_parameters(function, handed);
        let mut free = parameters.posonlyargs.iter().chain(&parameters.args).skip(implicit + handed.before);
        let connection = free.next()?;
        let room_for_one = free.all(|other| other.default.is_some() || other.parameter.name.as_str() == "path");
        (room_for_one || decorators.iter().all(stdlib::is_transparent)).then(|| connection.parameter.start())
    }

    /// How many parameters, `self` or `cls`, are filled before those of [`Handed`].
    pub fn implicit_parameters(&self, function: &Function<'_>, handed: &Handed) -> usize {
        let decorators = self.decorators(function.def);
        let is = |name: &str| decorators.iter().any(|decorator| decorator.is_one_of(&[name]));
        let takes_self = function.class.is_some() && !is("builtins.staticmethod");
        usize::from(takes_self && (handed.bound || is("builtins.classmethod")))
    }

    /// Whether the decorators of a function leave its parameters alone.
    pub fn keeps_parameters(&self, function: &Function<'_>) -> bool {
        self.decorators(function.def).iter().all(stdlib::is_transparent)
    }

    /// Whether a place is the handler of what may be a server, by the looks of it. Nothing is evaluated.
    pub(super) fn is_given_to_server(&self, place: &Expr) -> bool {
        let is_it = |expr: &Expr| expr.range() == place.range();
        self.calls().iter().any(|call| {
            let is_handler = call.arguments.args.first().is_some_and(is_it)
                || call.arguments.keywords.iter().any(|keyword| {
                    is_it(&keyword.value)
                        && keyword.arg.as_ref().is_some_and(|name| ROLES.iter().any(|(_, role)| *role == name.as_str()))
                });
            is_handler && self.may_be_called(&call.func, SERVERS)
        })
    }

    /// Calls of servers with what they are given.
    pub fn given_to_servers(&self) -> impl Iterator<Item = Given<'a>> {
        self.bound.calls.iter().flat_map(|call| {
            // `serve` under any name is an import, an attribute or an alias of one; nothing else is worth the look.
            let may_be = self.may_be_called(&call.func, SERVERS);
            let connection = || {
                let callee = self.resolve(self.local(&call.func));
                callee.library_name().and_then(names::handler_connection)
            };
            let Some(connection) = may_be.then(connection).flatten() else { return Vec::new() };
            let first = call.arguments.args.first().map(|function| (Role::Handler, function));
            let named = ROLES.iter().filter_map(|(role, keyword)| {
                call.arguments.find_keyword(keyword).map(|keyword| (*role, &keyword.value))
            });
            let given = first.into_iter().chain(named);
            let either = given.flat_map(|(role, function)| one_of(function).map(move |function| (role, function)));
            either.map(|(role, function)| Given { call, function, role, connection }).collect()
        })
    }

    /// The functions that this file hands to servers, its own and those of other files.
    pub fn handed_to_servers(&self) -> Vec<Handed> {
        self.given_to_servers().filter_map(|given| self.handed(&given)).collect()
    }

    fn handed(&self, given: &Given<'a>) -> Option<Handed> {
        let applied = match given.function {
            Expr::Lambda(lambda) => passed_on(lambda)?,
            Expr::Call(call) => self.partially_applied(call).unwrap_or_else(|| Applied::plain(given.function)),
            Expr::Name(name) => match self.assigned(&name.id, name.start()).as_deref() {
                // `handler = partial(chat, db)`
                Some([Expr::Call(call)]) => {
                    self.partially_applied(call).unwrap_or_else(|| Applied::plain(given.function))
                }
                _ => Applied::plain(given.function),
            },
            Expr::Attribute(_) => Applied::plain(given.function),
            _ => return None,
        };
        let Applied { function, before, keywords, passed_on } = applied;
        // `handler = partial(chat, db)`, which is called elsewhere too.
        let is_used_more = |name: &str| self.source.text().match_indices(name).count() > 2;
        let at = match given.function {
            Expr::Name(name) if name.range != function.range() && is_used_more(&name.id) => name.range,
            _ => function.range(),
        };
        let (name, bound) = match self.resolve(self.local(function)) {
            // `hub.chat` has its `self`, `Hub.chat` has not.
            Origin::Ref(name) => match function {
                Expr::Attribute(method) => (name, matches!(self.origin(&method.value), Origin::Instance(_))),
                _ => (name, true),
            },
            // An object that can be called.
            Origin::Instance(class) if class.split_project().is_some() => (class.join("__call__"), true),
            _ => return None,
        };
        let (file, qualname) = name.split_project()?;
        Some(Handed {
            file: file.to_owned(),
            qualname: qualname.to_owned(),
            role: given.role,
            before,
            keywords,
            bound,
            passed_on,
            guarded: self.is_version_guarded(given.function.start()),
            at,
            connection: given.connection,
        })
    }

    /// `partial(f, a, b, c=d)`: the function and what it has already.
    fn partially_applied(&self, call: &'a ExprCall) -> Option<Applied<'a>> {
        let (function, given) = call.arguments.args.split_first()?;
        let keywords: Option<Vec<String>> =
            call.arguments.keywords.iter().map(|keyword| Some(keyword.arg.as_ref()?.to_string())).collect();
        let plain = !given.iter().any(Expr::is_starred_expr);
        let is_partial = || self.resolve(self.local(&call.func)).is_one_of(&["functools.partial"]);
        let keywords = keywords?;
        (plain && is_partial()).then_some(Applied { function, before: given.len(), keywords, passed_on: false })
    }
}

fn add(arriving: &mut Arriving, parameter: TextSize, origin: Origin) {
    let joined = arriving.remove(&parameter).map_or(origin.clone(), |known| known.or(origin));
    arriving.insert(parameter, joined);
}

/// `check if allowed else None` hands over one or the other.
fn one_of(function: &Expr) -> impl Iterator<Item = &Expr> {
    let arms = match function {
        Expr::If(chosen) => [Some(&*chosen.body), Some(&*chosen.orelse)],
        plain => [Some(plain), None],
    };
    arms.into_iter().flatten()
}

/// `lambda ws: f(db, ws)`: the function and how many arguments stand before the connection.
fn passed_on(lambda: &ExprLambda) -> Option<Applied<'_>> {
    let connection = &lambda.parameters.as_ref()?.iter_non_variadic_params().next()?.parameter.name;
    let Expr::Call(call) = &*lambda.body else { return None };
    let is_it = |argument: &Expr| argument.as_name_expr().is_some_and(|name| name.id == connection.id);
    let before = call.arguments.args.iter().position(is_it)?;
    let plain = !call.arguments.args[..before].iter().any(Expr::is_starred_expr);
    plain.then(|| Applied { before, passed_on: true, ..Applied::plain(&call.func) })
}
