//! Clients to endpoints: the files' facts put together.

use std::path::PathBuf;

use ruff_text_size::TextSize;
use rustc_hash::{FxHashMap, FxHashSet};

use super::offers::{ClientKind, Offer};
use super::routes::{Address, Fit};
use super::{Accept, Endpoint, Facts, Route, Selection};

/// How sure it is that a client reaches an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It reaches one of several, none of which selects anything.
    OneOfSeveral,
    /// Its path is unknown, but the project has no other endpoint.
    Sole,
    /// The end of the path fits this endpoint only.
    Tail,
    /// The whole path fits this endpoint only.
    Exact,
}

/// A client whose offer arrives at an endpoint that selects nothing.
#[derive(Debug, Clone)]
pub struct Reached {
    /// The client's file.
    pub file: PathBuf,
    /// What it offers.
    pub offer: Offer,
    /// How sure it is.
    pub confidence: Confidence,
}

/// Why an endpoint should not start to select a subprotocol without a person's look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A client sets the header by hand and would refuse any selection: file and line.
    HeaderByHand(PathBuf, usize),
    /// A test says that nothing is to be selected: file and line.
    NothingExpected(PathBuf, usize),
    /// A test calls the function itself, with something that is no real WebSocket.
    CalledDirectly(PathBuf),
    /// Several `accept()` calls answer on the route.
    SeveralAccepts,
}

/// Who reaches an endpoint that selects nothing.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    /// By file, then line.
    pub reached: Vec<Reached>,
    /// Why it may be right as it is.
    pub obstacles: Vec<Obstacle>,
}

/// The contract of the whole project.
#[derive(Debug, Default)]
pub struct Contract {
    clients: FxHashMap<String, Clients>,
    /// Functions with what they accept constants without: a look at the offer, by themselves or by who calls them.
    blind: FxHashSet<(String, TextSize)>,
}

/// A route that selects nothing, whatever is offered: the functions whose `accept()` answers.
struct Answer {
    functions: Vec<String>,
    several: bool,
}

impl Contract {
    /// Puts the files' facts together. The order of the files does not matter.
    pub fn link<'a>(files: impl IntoIterator<Item = &'a Facts>) -> Self {
        let mut files: Vec<&Facts> = files.into_iter().filter(|facts| !facts.is_empty()).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let linker = Linker::new(&files);
        let mut clients: FxHashMap<String, Clients> = FxHashMap::default();
        for facts in &files {
            for offer in &facts.offers {
                linker.place(facts, offer, &mut clients);
            }
        }
        clients.retain(|_, clients| !clients.reached.is_empty());
        for (key, clients) in &mut clients {
            let faking = files.iter().find(|facts| facts.faked.iter().any(|faked| faked == key));
            clients.obstacles.extend(faking.map(|facts| Obstacle::CalledDirectly(facts.path.clone())));
        }
        Self { clients, blind: linker.blind() }
    }

    /// The clients whose offers arrive at an `accept()` of `endpoint` that selects nothing.
    pub fn clients(&self, endpoint: &Endpoint) -> Option<&Clients> {
        self.clients.get(&endpoint.key)
    }

    /// Whether `accept` answers on a route, and nobody looks at what the client offers before.
    pub fn selects_blindly(&self, endpoint: &Endpoint, accept: &Accept) -> bool {
        self.blind.contains(&(endpoint.key.clone(), accept.range.start()))
    }
}

/// A route with the file that it stands in.
struct Placed<'a> {
    facts: &'a Facts,
    route: &'a Route,
}

struct Linker<'a> {
    routes: Vec<Placed<'a>>,
    /// `None` for names that several functions have.
    functions: FxHashMap<&'a str, Option<&'a Endpoint>>,
}

impl<'a> Linker<'a> {
    fn new(files: &[&'a Facts]) -> Self {
        let mut functions = FxHashMap::default();
        for endpoint in files.iter().flat_map(|facts| &facts.endpoints) {
            functions.entry(endpoint.key.as_str()).and_modify(|known| *known = None).or_insert(Some(endpoint));
        }
        let routes = files.iter().flat_map(|facts| facts.routes.iter().map(|route| Placed { facts, route })).collect();
        Self { routes, functions }
    }

    fn function(&self, key: &str) -> Option<&'a Endpoint> {
        self.functions.get(key).copied().flatten()
    }

    /// Whether a function, or one that it hands the WebSocket to, looks at the offer before `offset`.
    fn looks_before(&self, endpoint: &Endpoint, offset: TextSize) -> bool {
        endpoint.reads_offer.is_some_and(|read| read < offset)
            || endpoint
                .passes_to
                .iter()
                .any(|(at, key)| *at < offset && self.function(key).is_some_and(|helper| helper.reads_offer.is_some()))
    }

    /// The `accept()` calls with a constant that answer on a route without a look at the offer.
    fn blind(&self) -> FxHashSet<(String, TextSize)> {
        let functions = || self.functions.values().flatten();
        let routed: FxHashSet<&str> = self.routes.iter().filter_map(|it| it.route.endpoint.as_deref()).collect();
        // Only helpers that select a constant are worth a look at their callers.
        let selects = |it: &Endpoint| it.accepts.iter().any(|it| matches!(it.selection, Selection::Constant(_)));
        let mut callers: FxHashMap<&str, Vec<(&Endpoint, TextSize)>> =
            functions().filter(|it| selects(it)).map(|it| (it.key.as_str(), Vec::new())).collect();
        for caller in functions() {
            for (at, key) in &caller.passes_to {
                if let Some(callers) = callers.get_mut(key.as_str()) {
                    callers.push((caller, *at));
                }
            }
        }
        let mut blind = FxHashSet::default();
        for endpoint in functions() {
            let Some(callers) = callers.get(endpoint.key.as_str()) else { continue };
            let answers = routed.contains(endpoint.key.as_str())
                || callers.iter().any(|(caller, _)| routed.contains(caller.key.as_str()));
            if !answers || callers.iter().any(|(caller, at)| self.looks_before(caller, *at)) {
                continue;
            }
            let constants = endpoint.accepts.iter().filter(|it| matches!(it.selection, Selection::Constant(_)));
            let starts = constants.map(|accept| accept.range.start());
            let starts = starts.filter(|start| !self.looks_before(endpoint, *start));
            blind.extend(starts.map(|start| (endpoint.key.clone(), start)));
        }
        blind
    }

    /// Finds out which endpoint an offer arrives at.
    fn place(&self, facts: &Facts, offer: &Offer, clients: &mut FxHashMap<String, Clients>) {
        let (routes, confidence) = self.destinations(facts, offer);
        let answers: Option<Vec<Answer>> = routes.iter().map(|route| self.answer(route)).collect();
        // Where one of the candidates negotiates, it may be the one that is reached.
        let Some(answers) = answers else { return };
        let confidence = if routes.len() > 1 { Some(Confidence::OneOfSeveral) } else { confidence };
        let keys: FxHashSet<&String> = answers.iter().flat_map(|answer| &answer.functions).collect();
        for key in keys {
            let clients = clients.entry(key.clone()).or_default();
            let obstacle = if offer.expects_nothing {
                Obstacle::NothingExpected(facts.path.clone(), offer.line)
            } else if offer.by_hand {
                if offer.client != ClientKind::Websockets {
                    continue;
                }
                Obstacle::HeaderByHand(facts.path.clone(), offer.line)
            } else {
                let Some(confidence) = confidence else { continue };
                let offer = offer.clone();
                clients.reached.push(Reached { file: facts.path.clone(), offer, confidence });
                if answers.iter().any(|answer| answer.several) && !clients.obstacles.contains(&Obstacle::SeveralAccepts)
                {
                    clients.obstacles.push(Obstacle::SeveralAccepts);
                }
                continue;
            };
            clients.obstacles.push(obstacle);
        }
    }

    /// The routes that a client may reach; `None` as confidence where not even one is sure.
    fn destinations(&self, facts: &Facts, offer: &Offer) -> (Vec<&'a Route>, Option<Confidence>) {
        let path = match &offer.address {
            Address::Path(path) => path,
            Address::Elsewhere => return (Vec::new(), None),
            Address::Unknown => {
                let only = if let [only] = self.routes.as_slice() { vec![only.route] } else { Vec::new() };
                let sure = offer.client == ClientKind::TestClient;
                return (only, sure.then_some(Confidence::Sole));
            }
        };
        let mut fitting: Vec<(Fit, &Placed<'a>)> = Vec::new();
        for placed in &self.routes {
            match &placed.route.path {
                Some(route) => fitting.extend(route.reached_by(path).map(|fit| (fit, placed))),
                // Any path may be this one; a client next to it most likely knows.
                None if placed.facts.path == facts.path => fitting.push((Fit::Possible, placed)),
                None => {}
            }
        }
        // A test that brings its own application along means that one.
        if fitting.iter().any(|(_, placed)| placed.facts.path == facts.path) {
            fitting.retain(|(_, placed)| placed.facts.path == facts.path);
        }
        if !offer.by_hand && fitting.iter().any(|(fit, _)| *fit > Fit::Possible) {
            fitting.retain(|(fit, _)| *fit > Fit::Possible);
        }
        let confidence = fitting.iter().map(|(fit, _)| *fit).min().and_then(|fit| match fit {
            Fit::Possible => None,
            Fit::Tail => Some(Confidence::Tail),
            Fit::Exact => Some(Confidence::Exact),
        });
        let mut routes: Vec<&Route> = Vec::new();
        for (_, placed) in fitting {
            let seen = routes.iter().any(|route| route.endpoint.is_some() && route.endpoint == placed.route.endpoint);
            if !seen {
                routes.push(placed.route);
            }
        }
        (routes, confidence)
    }

    /// The functions that accept on a route, if none of them selects anything or looks at the offer before.
    fn answer(&self, route: &Route) -> Option<Answer> {
        let endpoint = self.function(route.endpoint.as_deref()?)?;
        let helpers: Vec<(TextSize, Option<&Endpoint>)> =
            endpoint.passes_to.iter().map(|(at, key)| (*at, self.function(key))).collect();
        let mut accepting: Vec<(&Endpoint, &Accept, TextSize)> =
            endpoint.accepts.iter().map(|accept| (endpoint, accept, accept.range.start())).collect();
        for (at, helper) in &helpers {
            let Some(helper) = helper else { continue };
            accepting.extend(helper.accepts.iter().map(|accept| (*helper, accept, *at)));
        }
        let untouched = accepting.iter().all(|(function, accept, at)| {
            let looks_inside = function.reads_offer.is_some_and(|read| read < accept.range.start());
            accept.selection == Selection::Nothing && !self.looks_before(endpoint, *at) && !looks_inside
        });
        if accepting.is_empty() || !untouched {
            return None;
        }
        let mut functions: Vec<String> = accepting.iter().map(|(function, ..)| function.key.clone()).collect();
        functions.dedup();
        Some(Answer { functions, several: accepting.len() > 1 })
    }
}
