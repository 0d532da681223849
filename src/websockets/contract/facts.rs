//! What one file says about the contract: owned data, made by looking forward only.
//!
//! Things of the project are named as [`crate::python::Name`] spells them: `/src/app.py::Session.run`. Whether such a name leads
//! anywhere is found out when the facts of all files are linked.

use std::path::PathBuf;

use ruff_text_size::{TextRange, TextSize};

use super::framework::{ClientKind, Framework, Selection};
use super::path::Address;

/// The name of something that the project defines.
pub type Key = String;

/// What one file says about the contract.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The file, as messages name it.
    pub path: PathBuf,
    /// Functions and methods that may have a part in a handshake.
    pub functions: Vec<Participant>,
    /// Classes that may answer, or hold the WebSocket.
    pub classes: Vec<EndpointClass>,
    /// Applications and routers.
    pub hosts: Vec<Host>,
    /// Which router is put under which.
    pub mounts: Vec<Mount>,
    /// Which function or class answers on which path.
    pub routes: Vec<Route>,
    /// Clients.
    pub offers: Vec<Offer>,
    /// Functions that a test calls itself with something that is no real WebSocket.
    pub faked: Vec<Key>,
    /// Whether an ASGI middleware of the file looks at the offer: it may answer for every route.
    pub has_middleware: bool,
    /// What `SOCK_SERVER_OPTIONS` of flask-sock says, where the file sets it.
    pub sock_options: Option<Selection>,
}

impl Facts {
    /// Whether the file says nothing about the contract.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
            && self.classes.is_empty()
            && self.hosts.is_empty()
            && self.mounts.is_empty()
            && self.routes.is_empty()
            && self.offers.is_empty()
            && self.faked.is_empty()
            && !self.has_middleware
            && self.sock_options.is_none()
    }
}

impl Facts {
    /// Whether something in the file can be found fault with, now that the clients of other files are known.
    pub fn answers(&self) -> bool {
        let answers = |function: &Participant| !function.accepts.is_empty() || !function.firsts.is_empty();
        self.functions.iter().any(answers)
            || !self.classes.is_empty()
            || !self.routes.is_empty()
            || self.sock_options.is_some()
    }
}

/// What may hold the WebSocket, seen from inside a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// It certainly is one: its annotation or the library says so.
    Known,
    /// The parameter of this name.
    Parameter(String),
    /// `self.name`.
    Attribute(String),
    /// `self`: a consumer is its own WebSocket.
    Own,
}

/// A function or a method.
#[derive(Debug, Clone)]
pub struct Participant {
    /// Its name.
    pub key: Key,
    /// The class whose method it is.
    pub class: Option<Key>,
    /// Its name in the text.
    pub range: TextRange,
    /// Its parameters, `self` included.
    pub parameters: Vec<String>,
    /// Where it accepts, in the order of the text.
    pub accepts: Vec<Accept>,
    /// Where it first looks at what the client offers.
    pub reads_offer: Option<TextSize>,
    /// The first of an offer that may be empty.
    pub firsts: Vec<TextRange>,
    /// Functions of the project that it calls, the dependencies in its signature included.
    pub calls: Vec<Call>,
    /// Functions of the project that decorate it.
    pub decorators: Vec<Key>,
}

impl Participant {
    /// Its own name.
    pub fn name(&self) -> &str {
        self.key.rsplit(['.', ':']).next().unwrap_or_default()
    }
}

/// A call that may hand the WebSocket over.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where.
    pub at: TextSize,
    /// A function, a method or a class.
    pub callee: Key,
    /// Which arguments may hold the WebSocket.
    pub arguments: Vec<(Slot, Holder)>,
}

/// The place of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// From 0, `self` not counted.
    Position(usize),
    /// By name.
    Keyword(String),
}

/// A place that answers a handshake.
#[derive(Debug, Clone)]
pub struct Accept {
    /// The call, the class or the function that a finding points at.
    pub range: TextRange,
    /// Its line, from 1.
    pub line: usize,
    /// Whose function it is.
    pub framework: Framework,
    /// On what it is called.
    pub holder: Holder,
    /// What it selects.
    pub selection: Selection,
    /// The argument that selects.
    pub argument: Option<Argument>,
    /// Where a selection can be inserted.
    pub insertion: Option<Insertion>,
}

/// An argument that selects.
#[derive(Debug, Clone)]
pub struct Argument {
    /// In the text.
    pub range: TextRange,
    /// As the code spells it, where that can be repeated.
    pub spelled: Option<String>,
}

/// How a selection can be inserted.
#[derive(Debug, Clone)]
pub struct Insertion {
    /// Where.
    pub at: TextSize,
    /// Before it.
    pub before: String,
    /// After it.
    pub after: String,
    /// The expression for what the client offers; empty for a framework that looks itself.
    pub offer: String,
}

/// A class.
#[derive(Debug, Clone)]
pub struct EndpointClass {
    /// Its name.
    pub key: Key,
    /// Its name in the text.
    pub range: TextRange,
    /// Its line, from 1.
    pub line: usize,
    /// The framework whose endpoint it derives from.
    pub framework: Option<Framework>,
    /// Its bases in the project.
    pub bases: Vec<Key>,
    /// The attributes that may hold the WebSocket, and the parameters of `__init__` that are assigned to them.
    pub attributes: Vec<(String, Holder)>,
    /// For a framework that asks a method or an attribute: what the class selects, where its body says so.
    pub selection: Option<Selection>,
    /// The expression that selects.
    pub argument: Option<Argument>,
}

/// An application or a router.
#[derive(Debug, Clone)]
pub struct Host {
    /// The variable.
    pub key: Key,
    /// Whether paths begin here.
    pub is_application: bool,
    /// What stands before its paths, `None` where that is computed.
    pub prefix: Option<String>,
    /// What runs before its endpoints.
    pub dependencies: Vec<Key>,
}

/// Where a route or a router is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// On an application: its path is whole.
    Application,
    /// On the variable of this name.
    On(Key),
    /// On something unknown.
    Somewhere,
}

/// A router that is put under another.
#[derive(Debug, Clone)]
pub struct Mount {
    /// Under what.
    pub parent: Registered,
    /// What stands before its paths there, `None` where that is computed.
    pub prefix: Option<String>,
    /// The variable of the router, the application or the list of routes.
    pub child: Key,
    /// Whether the prefix stands for that of the router, instead of before it.
    pub replaces: bool,
    /// What runs before its endpoints.
    pub dependencies: Vec<Key>,
}

/// A path that a function or class answers on.
#[derive(Debug, Clone)]
pub struct Route {
    /// The framework.
    pub framework: Framework,
    /// The function or class, `None` where it is not known.
    pub target: Option<Key>,
    /// Where it is registered.
    pub host: Registered,
    /// The path there, `None` where it is not literal.
    pub path: Option<String>,
    /// Whether it answers on every path.
    pub any_path: bool,
    /// The port, where the code says it.
    pub port: Option<u16>,
    /// What runs before.
    pub dependencies: Vec<Key>,
    /// For frameworks that select where the route is registered.
    pub accept: Option<Accept>,
    /// The registration.
    pub range: TextRange,
    /// Its line, from 1.
    pub line: usize,
}

/// A client.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact that stands alone")]
pub struct Offer {
    /// The call.
    pub range: TextRange,
    /// Its line, from 1.
    pub line: usize,
    /// The line as it is in the file; empty where it may show a secret.
    pub code: String,
    /// The library.
    pub client: ClientKind,
    /// The offered subprotocols that are spelled out, in the order of preference.
    pub values: Vec<String>,
    /// Whether there are others: computed ones, or such that look like a token.
    pub computed: bool,
    /// Whether it may offer something that nobody can see.
    pub unknown: bool,
    /// Whether it sets the `Sec-WebSocket-Protocol` header itself, so that its library knows of no offer.
    pub by_hand: bool,
    /// Whether a test around says that nothing is to be selected.
    pub expects_nothing: bool,
    /// Where it connects to.
    pub address: Address,
    /// The port, where the code says it.
    pub port: Option<u16>,
}

/// No more of a line is shown than this.
const LONGEST_CODE: usize = 120;

/// Lines that start farther from what they are shown for were made by a program.
const FAR: usize = 1_000;

/// The line around an offset of a file, as messages about other files show it; of a very long one, the rest from there.
pub(super) fn code_at(text: &str, offset: usize) -> String {
    let near = |at: usize| text.floor_char_boundary(at);
    let before = text.get(near(offset.saturating_sub(FAR))..offset).unwrap_or_default();
    let after = text.get(offset..near(offset.saturating_add(FAR))).unwrap_or_default();
    let start = match before.rfind(['\n', '\r']) {
        Some(at) => at + 1,
        None if before.len() == offset => 0,
        None => before.len(),
    };
    let end = after.find(['\n', '\r']).unwrap_or(after.len());
    let line = [before.get(start..), after.get(..end)].map(Option::unwrap_or_default).concat();
    let line = line.trim();
    line.get(..line.floor_char_boundary(LONGEST_CODE)).unwrap_or_default().to_owned()
}

impl Offer {
    /// Whether it offers anything.
    pub fn offers(&self) -> bool {
        !self.values.is_empty() || self.computed
    }
}
