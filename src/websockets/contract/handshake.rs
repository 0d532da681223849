//! One handshake, followed through the project: from the route through dependencies, decorators and helpers to what accepts.

use std::collections::BTreeSet;
use std::path::Path;

use ruff_text_size::{TextRange, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{Accept, Call, EndpointClass, Facts, Holder, Key, Participant, Route, Slot};
use super::framework::{Framework, Selection};

/// Calls that are nested deeper than this are not followed.
const DEPTH: u32 = 24;

/// A function, and the file that it is in.
#[derive(Debug)]
pub(super) struct Placed<'a, T> {
    pub facts: &'a Facts,
    pub it: &'a T,
}

impl<T> Clone for Placed<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Placed<'_, T> {}

/// A place that answers.
#[derive(Debug, Clone)]
pub(super) struct Answered<'a> {
    pub path: &'a Path,
    /// Whose place it is, as messages name it.
    pub name: String,
    pub accept: Accept,
    /// Whether somebody looked at the offer before.
    pub looked: bool,
}

/// What happens when a client comes.
#[derive(Debug, Default)]
pub(super) struct Handshake<'a> {
    pub answers: Vec<Answered<'a>>,
    /// Whether somebody looks at the offer.
    pub looked: bool,
    /// Where the first of the offer is taken and nobody makes sure that there is one.
    pub firsts: Vec<(&'a Path, TextRange)>,
    /// The functions on the way.
    pub functions: Vec<Key>,
}

/// All functions and classes of the project.
pub(super) struct Handshakes<'a> {
    /// `None` for names that several functions have.
    functions: FxHashMap<&'a str, Option<Placed<'a, Participant>>>,
    classes: FxHashMap<&'a str, Placed<'a, EndpointClass>>,
    /// What flask-sock was configured with.
    sock: Option<&'a Selection>,
}

/// What is known while a handshake is followed.
struct Walk<'a> {
    done: Handshake<'a>,
    seen: FxHashSet<(Key, BTreeSet<Holder>)>,
    /// Attributes that hold the WebSocket, by class.
    held: FxHashSet<(Key, String)>,
    framework: Framework,
}

impl<'a> Handshakes<'a> {
    pub(super) fn new(files: &[&'a Facts]) -> Self {
        let mut functions = FxHashMap::default();
        let mut classes = FxHashMap::default();
        for facts in files {
            for it in &facts.functions {
                let placed = Some(Placed { facts, it });
                functions.entry(it.key.as_str()).and_modify(|known| *known = None).or_insert(placed);
            }
            classes.extend(facts.classes.iter().map(|it| (it.key.as_str(), Placed { facts, it })));
        }
        let mut options = files.iter().filter_map(|facts| facts.sock_options.as_ref());
        let sock =
            options.next().map(|first| if options.all(|other| other == first) { first } else { &Selection::Unknown });
        Self { functions, classes, sock }
    }

    fn function(&self, key: &str) -> Option<Placed<'a, Participant>> {
        self.functions.get(key).copied().flatten()
    }

    /// The classes of the project that answer handshakes whatever route names them.
    pub(super) fn endpoints(&self) -> Vec<(Framework, &'a str)> {
        let mut found: Vec<_> = (self.classes.iter())
            .filter_map(|(key, class)| Some((class.it.framework?, *key)))
            .filter(|(framework, _)| *framework != Framework::Aiohttp)
            .collect();
        found.sort_unstable_by_key(|(_, key)| *key);
        found
    }

    /// Follows a handshake on `route` with what runs before its endpoint.
    pub(super) fn follow(&self, facts: &'a Facts, route: &'a Route, before: &[Key]) -> Handshake<'a> {
        let mut walk = Walk::new(route.framework);
        for key in before {
            self.called(key, &mut walk);
        }
        if let Some(target) = &route.target {
            if self.classes.get(target.as_str()).is_some_and(|class| class.it.framework.is_some()) {
                self.class(target, &mut walk);
            } else {
                self.target(target, &mut walk);
            }
        }
        let mut done = walk.done;
        if let Some(accept) = &route.accept {
            let mut accept = accept.clone();
            let decides = match route.framework {
                Framework::FlaskSock => {
                    accept.selection = self.sock.cloned().unwrap_or(Selection::Nothing);
                    !done.looked
                }
                // Quart accepts by itself at the first `send` or `receive`.
                Framework::Quart => done.answers.is_empty() && !done.looked,
                _ => true,
            };
            if decides {
                let name = route.target.as_deref().map_or("serve", last).to_owned();
                done.answers = vec![Answered { path: &facts.path, name, accept, looked: false }];
            }
        }
        done
    }

    /// Follows a handshake that comes to a class.
    pub(super) fn follow_class(&self, framework: Framework, key: &str) -> Handshake<'a> {
        let mut walk = Walk::new(framework);
        self.class(key, &mut walk);
        walk.done
    }

    /// The function that a route names.
    fn target(&self, key: &str, walk: &mut Walk<'a>) {
        let Some(function) = self.function(key) else { return };
        let place = usize::from(function.it.class.is_some());
        let first = function.it.parameters.get(place).cloned().map(Holder::Parameter);
        self.walk(function, &first.into_iter().collect(), walk, DEPTH);
    }

    /// The class that a route names.
    fn class(&self, key: &str, walk: &mut Walk<'a>) {
        let Some(class) = self.classes.get(key) else { return };
        let Some(framework) = class.it.framework else { return };
        let nothing = |insertion| Accept {
            range: class.it.range,
            line: class.it.line,
            framework,
            holder: Holder::Known,
            selection: Selection::Nothing,
            argument: None,
            insertion,
        };
        let answer = |accept, looked| Answered { path: &class.facts.path, name: last(key).to_owned(), accept, looked };
        match framework {
            Framework::Channels => match self.method(key, &["connect", "websocket_connect"]) {
                Some(method) => self.walk(method, &BTreeSet::from([Holder::Own]), walk, DEPTH),
                None => walk.done.answers.push(answer(nothing(None), false)),
            },
            Framework::Starlette => match self.method(key, &["dispatch", "on_connect"]) {
                Some(method) => {
                    let websocket = method.it.parameters.get(1).cloned().map(Holder::Parameter);
                    self.walk(method, &websocket.into_iter().collect(), walk, DEPTH);
                }
                None => walk.done.answers.push(answer(nothing(None), false)),
            },
            Framework::Tornado => {
                let chain = self.chain(key);
                let selecting = chain.iter().find_map(|class| Some((class, class.it.selection.as_ref()?)));
                let reads = |function: &&Option<Placed<'a, Participant>>| {
                    function.is_some_and(|function| {
                        let of = function.it.class.as_deref();
                        of.is_some_and(|of| chain.iter().any(|class| class.it.key == of))
                            && function.it.reads_offer.is_some()
                    })
                };
                let firsts = self.method(key, &["select_subprotocol"]);
                if let Some(function) = firsts {
                    let path = function.facts.path.as_path();
                    walk.done.firsts.extend(function.it.firsts.iter().map(|range| (path, *range)));
                }
                match selecting {
                    Some((class, selection)) => {
                        let argument = class.it.argument.clone();
                        let range = argument.as_ref().map_or(class.it.range, |argument| argument.range);
                        let accept = Accept { range, selection: selection.clone(), argument, ..nothing(None) };
                        let path = class.facts.path.as_path();
                        walk.done.answers.push(Answered { path, ..answer(accept, false) });
                    }
                    None => {
                        let looked = self.functions.values().any(|function| reads(&function));
                        walk.done.looked |= looked;
                        walk.done.answers.push(answer(nothing(None), looked));
                    }
                }
            }
            _ => {
                if let Some(method) = self.method(key, &["get"]) {
                    self.walk(method, &BTreeSet::new(), walk, DEPTH);
                }
            }
        }
    }

    /// A class and its bases in the project, the nearest first.
    fn chain(&self, key: &str) -> Vec<Placed<'a, EndpointClass>> {
        let mut found: Vec<Placed<'a, EndpointClass>> = Vec::new();
        let mut queue = vec![key.to_owned()];
        while let Some(key) = queue.pop() {
            let Some(class) = self.classes.get(key.as_str()) else { continue };
            if found.iter().any(|known| known.it.key == key) || found.len() > 32 {
                continue;
            }
            found.push(*class);
            queue.extend(class.it.bases.iter().rev().cloned());
        }
        found
    }

    /// The first of these methods that the class or a base of it has.
    fn method(&self, class: &str, names: &[&str]) -> Option<Placed<'a, Participant>> {
        let chain = self.chain(class);
        let keys = names.iter().flat_map(|name| chain.iter().map(move |class| format!("{}.{name}", class.it.key)));
        keys.into_iter().find_map(|key| self.function(&key))
    }

    /// A function, class or method that is called with nothing known about its arguments: a dependency, a decorator.
    fn called(&self, key: &str, walk: &mut Walk<'a>) {
        if let Some(function) = self.callee(key) {
            self.walk(function, &BTreeSet::new(), walk, DEPTH);
        }
    }

    fn callee(&self, key: &str) -> Option<Placed<'a, Participant>> {
        let inherited = || {
            let (class, method) = key.rsplit_once('.')?;
            self.method(class, &[method])
        };
        self.function(key).or_else(|| self.function(&format!("{key}.__init__"))).or_else(inherited)
    }

    fn walk(&self, function: Placed<'a, Participant>, given: &BTreeSet<Holder>, walk: &mut Walk<'a>, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if !walk.seen.insert((function.it.key.clone(), given.clone())) {
            return;
        }
        walk.done.functions.push(function.it.key.clone());
        for decorator in function.it.decorators.iter().filter(|key| **key != function.it.key) {
            self.called(decorator, walk);
        }
        let Participant { accepts, calls, firsts, reads_offer, class, .. } = function.it;
        let mut outside = walk.done.looked;
        let mut events: Vec<(TextSize, Event<'a>)> = Vec::new();
        events.extend(reads_offer.map(|at| (at, Event::Read)));
        events.extend(calls.iter().map(|call| (call.at, Event::Call(call))));
        events.extend(firsts.iter().map(|range| (range.start(), Event::First(*range))));
        events.extend(accepts.iter().map(|accept| (accept.range.start(), Event::Accept(accept))));
        events.sort_by_key(|(at, _)| *at);
        for (_, event) in events {
            match event {
                Event::Read => walk.done.looked = true,
                Event::First(range) if !outside => walk.done.firsts.push((&function.facts.path, range)),
                Event::First(_) => {}
                Event::Call(call) => {
                    let looked = walk.done.looked;
                    self.follow_call(call, given, class.as_deref(), walk, depth);
                    outside |= !looked && walk.done.looked;
                }
                Event::Accept(accept) if self.holds(&accept.holder, given, class.as_deref(), walk) => {
                    let mut accept = accept.clone();
                    if !matches!(accept.holder, Holder::Known) {
                        accept.framework = walk.framework;
                    }
                    let (path, name) = (function.facts.path.as_path(), function.it.name().to_owned());
                    let looked = walk.done.looked;
                    walk.done.answers.push(Answered { path, name, accept, looked });
                }
                Event::Accept(_) => {}
            }
        }
    }

    fn follow_call(&self, call: &Call, given: &BTreeSet<Holder>, class: Option<&str>, walk: &mut Walk<'a>, depth: u32) {
        let Some(callee) = self.callee(&call.callee) else { return };
        let mut passed = BTreeSet::new();
        // A method is called on the same object.
        let is_own = callee.it.class.is_some() && class.is_some_and(|class| call.callee.starts_with(class));
        if is_own && given.contains(&Holder::Own) {
            passed.insert(Holder::Own);
        }
        let skipped = usize::from(callee.it.class.is_some());
        for (slot, holder) in &call.arguments {
            if !self.holds(holder, given, class, walk) {
                continue;
            }
            let name = match slot {
                Slot::Position(at) => callee.it.parameters.get(at + skipped).cloned(),
                Slot::Keyword(name) => Some(name.clone()),
            };
            passed.extend(name.map(Holder::Parameter));
        }
        if !call.arguments.is_empty() && passed.is_empty() {
            return;
        }
        if callee.it.name() == "__init__"
            && let Some(class) = callee.it.class.as_deref().and_then(|class| self.classes.get(class))
        {
            let held = class.it.attributes.iter().filter(|(_, holder)| passed.contains(holder));
            walk.held.extend(held.map(|(attribute, _)| (class.it.key.clone(), attribute.clone())));
        }
        self.walk(callee, &passed, walk, depth);
    }

    /// Whether what a name holds is the WebSocket of this handshake.
    fn holds(&self, holder: &Holder, given: &BTreeSet<Holder>, class: Option<&str>, walk: &Walk<'a>) -> bool {
        match holder {
            Holder::Known => true,
            Holder::Parameter(_) | Holder::Own => given.contains(holder),
            Holder::Attribute(name) => class.is_some_and(|class| {
                self.chain(class).iter().any(|class| {
                    walk.held.contains(&(class.it.key.clone(), name.clone()))
                        || class.it.attributes.iter().any(|(own, held)| own == name && *held == Holder::Known)
                })
            }),
        }
    }
}

enum Event<'a> {
    Read,
    First(TextRange),
    Call(&'a Call),
    Accept(&'a Accept),
}

impl Walk<'_> {
    fn new(framework: Framework) -> Self {
        Self { done: Handshake::default(), seen: FxHashSet::default(), held: FxHashSet::default(), framework }
    }
}

/// The last part of a name of the project.
fn last(key: &str) -> &str {
    key.rsplit(['.', ':']).next().unwrap_or_default()
}
