//! Clients to endpoints: the files' facts put together.

use std::path::{Path as FilePath, PathBuf};

use ruff_text_size::TextRange;
use rustc_hash::FxHashSet;

use super::facts::{Accept, Facts, Offer, Route};
use super::framework::{ClientKind, Ending, Framework, Selection, Verdict, outcome, verdict};
use super::handshake::{Handshake, Handshakes};
use super::path::{Address, Fit, Path};
use super::routing::Routing;

/// How sure it is that a client reaches an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It reaches one of several that do the same.
    OneOfSeveral,
    /// Its path is unknown, but the project has no other endpoint.
    Sole,
    /// The end of the path fits this endpoint only.
    Tail,
    /// The whole path fits this endpoint only.
    Exact,
}

impl Confidence {
    /// As the contract shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneOfSeveral => "one of several",
            Self::Sole => "sole",
            Self::Tail => "tail",
            Self::Exact => "exact",
        }
    }
}

/// A client that arrives at an endpoint.
#[derive(Debug, Clone)]
pub struct Reached {
    /// The client's file.
    pub file: PathBuf,
    /// What it offers.
    pub offer: Offer,
    /// How sure it is.
    pub confidence: Confidence,
    /// How its handshake ends.
    pub outcome: Ending,
    /// What it makes of that; `None` where nobody can tell.
    pub verdict: Option<Verdict>,
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
    /// Several places answer on the route.
    SeveralAccepts,
}

/// A place of a server that answers handshakes.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its file.
    pub path: PathBuf,
    /// The function or class, as messages name it.
    pub name: String,
    /// The place, and what it selects.
    pub accept: Accept,
    /// Whether somebody looks at the offer before.
    pub looked: bool,
    /// The clients that arrive, by file, then line.
    pub reached: Vec<Reached>,
    /// Why it may be right as it is.
    pub obstacles: Vec<Obstacle>,
}

/// Where the first of an offer is taken, and nobody makes sure that there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstOffer {
    /// The file.
    pub path: PathBuf,
    /// The expression.
    pub range: TextRange,
}

/// A route, for the contract as people read it.
#[derive(Debug, Clone)]
pub struct ContractRow {
    /// The paths that it answers on, `None` where that is computed.
    pub paths: Vec<String>,
    /// The server's file.
    pub file: PathBuf,
    /// The line of what answers, from 1; of the registration where that is unknown.
    pub line: usize,
    /// The framework.
    pub framework: Framework,
    /// What is selected there.
    pub selection: Selection,
    /// The clients.
    pub clients: Vec<Reached>,
}

/// The contract of the whole project.
#[derive(Debug, Default)]
pub struct Contract {
    /// By file and place.
    endpoints: Vec<Endpoint>,
    /// By file and place.
    firsts: Vec<FirstOffer>,
    rows: Vec<ContractRow>,
    strays: Vec<Stray>,
}

/// A client that offers something, and reaches no route of the project that is known.
#[derive(Debug, Clone)]
pub struct Stray {
    /// The client's file.
    pub file: PathBuf,
    /// What it offers.
    pub offer: Offer,
}

/// A route with all that is known about it.
struct Linked<'a> {
    facts: &'a Facts,
    route: &'a Route,
    paths: Vec<Option<Path>>,
    handshake: Handshake<'a>,
    selection: Selection,
    reached: Vec<Reached>,
    /// Clients that no finding is about: those that set the header themselves, and those that expect to get nothing.
    besides: Vec<Reached>,
    obstacles: Vec<Obstacle>,
}

impl Contract {
    /// Puts the files' facts together. The order of the files does not matter.
    pub fn link<'a>(files: impl IntoIterator<Item = &'a Facts>) -> Self {
        let mut files: Vec<&Facts> = files.into_iter().filter(|facts| !facts.is_empty()).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let (routing, handshakes) = (Routing::new(&files), Handshakes::new(&files));
        let has_middleware = files.iter().any(|facts| facts.has_middleware);
        let mut routes: Vec<Linked> = Vec::new();
        for facts in &files {
            for route in &facts.routes {
                let places = routing.places(route);
                let before: Vec<String> = places.iter().flat_map(|place| place.dependencies.clone()).collect();
                let handshake = handshakes.follow(facts, route, &before);
                let is_asgi = !matches!(
                    route.framework,
                    Framework::Aiohttp
                        | Framework::Sanic
                        | Framework::Tornado
                        | Framework::FlaskSock
                        | Framework::Websockets
                        | Framework::WebsocketsLegacy
                );
                let selection = if is_asgi && has_middleware { Selection::Unknown } else { selection(&handshake) };
                routes.push(Linked {
                    facts,
                    route,
                    paths: places.into_iter().map(|place| place.path).collect(),
                    handshake,
                    selection,
                    reached: Vec::new(),
                    besides: Vec::new(),
                    obstacles: Vec::new(),
                });
            }
        }
        let mut strays = Vec::new();
        for facts in &files {
            for offer in &facts.offers {
                let is_here = arrive(facts, offer, &mut routes);
                if !is_here && offer.offers() && !matches!(offer.address, Address::Elsewhere) {
                    strays.push(Stray { file: facts.path.clone(), offer: offer.clone() });
                }
            }
        }
        let by_hand = |offer: &&Offer| {
            offer.by_hand && offer.client == ClientKind::Websockets && !matches!(offer.address, Address::Elsewhere)
        };
        for facts in &files {
            for offer in facts.offers.iter().filter(by_hand) {
                hold_back(facts, offer, &mut routes);
            }
        }
        for linked in &mut routes {
            if linked.handshake.answers.len() > 1 {
                linked.obstacles.push(Obstacle::SeveralAccepts);
            }
            let faking =
                files.iter().find(|facts| facts.faked.iter().any(|faked| linked.handshake.functions.contains(faked)));
            linked.obstacles.extend(faking.map(|facts| Obstacle::CalledDirectly(facts.path.clone())));
        }
        let mut contract = Self { strays, ..Self::default() };
        for linked in &routes {
            contract.add(&linked.handshake, &linked.reached, &linked.obstacles, &linked.selection, has_middleware);
        }
        for (framework, key) in handshakes.endpoints() {
            if !routes.iter().any(|linked| linked.route.target.as_deref() == Some(key)) {
                let handshake = handshakes.follow_class(framework, key);
                contract.add(&handshake, &[], &[], &Selection::Unknown, has_middleware);
            }
        }
        contract.rows = routes.iter().map(row).collect();
        contract.endpoints.sort_by(|a, b| (&a.path, a.accept.range.start()).cmp(&(&b.path, b.accept.range.start())));
        contract.firsts.sort_by(|a, b| (&a.path, a.range.start()).cmp(&(&b.path, b.range.start())));
        contract.firsts.dedup();
        contract
    }

    /// Adds what one route says about the places that answer on it.
    fn add(
        &mut self,
        handshake: &Handshake,
        reached: &[Reached],
        obstacles: &[Obstacle],
        selection: &Selection,
        has_middleware: bool,
    ) {
        if !has_middleware {
            let firsts = handshake.firsts.iter();
            self.firsts.extend(firsts.map(|(path, range)| FirstOffer { path: (*path).to_owned(), range: *range }));
        }
        for answer in &handshake.answers {
            let same =
                |endpoint: &&mut Endpoint| endpoint.path == answer.path && endpoint.accept.range == answer.accept.range;
            let looked = answer.looked || has_middleware;
            let endpoint = match self.endpoints.iter_mut().find(same) {
                Some(known) => {
                    known.looked |= looked;
                    known
                }
                None => {
                    self.endpoints.push(Endpoint {
                        path: answer.path.to_owned(),
                        name: answer.name.clone(),
                        accept: answer.accept.clone(),
                        looked,
                        reached: Vec::new(),
                        obstacles: Vec::new(),
                    });
                    let Some(added) = self.endpoints.last_mut() else { continue };
                    added
                }
            };
            let is_known = *selection != Selection::Unknown;
            if is_known {
                endpoint.reached.extend(reached.iter().cloned());
            }
            let counts = |obstacle: &&Obstacle| is_known || matches!(obstacle, Obstacle::HeaderByHand(..));
            endpoint.obstacles.extend(obstacles.iter().filter(counts).cloned());
            endpoint.obstacles.dedup();
        }
    }

    /// The places of a file that answer handshakes, in the order of the text.
    pub fn endpoints(&self, path: &FilePath) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(move |endpoint| endpoint.path == path)
    }

    /// Where a file takes the first of an offer that may be empty.
    pub fn firsts(&self, path: &FilePath) -> impl Iterator<Item = &FirstOffer> {
        self.firsts.iter().filter(move |first| first.path == path)
    }

    /// Whether it depends on more clients what is found: some endpoint does not select whatever is offered.
    pub fn depends_on_clients(&self) -> bool {
        self.rows.iter().any(|row| row.selection != Selection::Unknown)
    }

    /// The routes, as people read the contract.
    pub fn rows(&self) -> &[ContractRow] {
        &self.rows
    }

    /// The clients that reach no route, by file, then place.
    pub fn strays(&self) -> &[Stray] {
        &self.strays
    }
}

fn row(linked: &Linked) -> ContractRow {
    let paths = linked.paths.iter().map(|path| match path {
        _ if linked.route.any_path => linked.route.port.map_or("any path".to_owned(), |port| format!(":{port}")),
        Some(path) => path.to_string(),
        None => "computed".to_owned(),
    });
    let answer = linked.handshake.answers.first();
    ContractRow {
        paths: paths.collect(),
        file: answer.map_or_else(|| linked.facts.path.clone(), |answer| answer.path.to_owned()),
        line: answer.map_or(linked.route.line, |answer| answer.accept.line),
        framework: linked.route.framework,
        selection: linked.selection.clone(),
        clients: [&linked.reached[..], &linked.besides[..]].concat(),
    }
}

/// What is selected on a route, by all that answers there.
fn selection(handshake: &Handshake) -> Selection {
    let answers = &handshake.answers;
    match &answers[..] {
        [] => Selection::Unknown,
        [one] if !one.looked => one.accept.selection.clone(),
        all if all.iter().all(|answer| answer.accept.selection == Selection::Nothing && !answer.looked) => {
            Selection::Nothing
        }
        all => {
            // Who looks at the offer selects one of the constants, if anything.
            let mut values = Vec::new();
            for answer in all {
                match &answer.accept.selection {
                    Selection::Constant(value) if answer.looked => values.push(value.clone()),
                    Selection::OneOf(several) => values.extend(several.iter().cloned()),
                    Selection::Nothing if answer.looked => {}
                    _ => return Selection::Unknown,
                }
            }
            if values.is_empty() { Selection::Unknown } else { Selection::OneOf(values) }
        }
    }
}

/// Finds out which route a client arrives at, and how that ends. Returns whether there is one.
fn arrive(facts: &Facts, offer: &Offer, routes: &mut [Linked]) -> bool {
    let (found, confidence) = destinations(facts, offer, routes);
    let known = found.iter().all(|at| routes.get(*at).is_some_and(|linked| linked.selection != Selection::Unknown));
    let all_nothing =
        found.iter().all(|at| routes.get(*at).is_some_and(|linked| linked.selection == Selection::Nothing));
    let is_here = !found.is_empty();
    // Where one of the candidates negotiates, it may be the one that is reached.
    if found.len() > 1 && !all_nothing {
        return is_here;
    }
    let confidence = if found.len() > 1 { Some(Confidence::OneOfSeveral) } else { confidence };
    for at in found {
        let Some(linked) = routes.get_mut(at) else { continue };
        let certain = !offer.computed && !offer.unknown;
        let outcome = outcome(linked.route.framework, &linked.selection, certain.then_some(&offer.values));
        let verdict = verdict_of(offer, &outcome);
        let reached = |confidence| Reached {
            file: facts.path.clone(),
            offer: offer.clone(),
            confidence,
            outcome: outcome.clone(),
            verdict,
        };
        if known && offer.expects_nothing && offer.offers() {
            linked.obstacles.push(Obstacle::NothingExpected(facts.path.clone(), offer.line));
            linked.besides.extend(confidence.map(reached));
            continue;
        }
        if known && offer.by_hand {
            linked.besides.extend(confidence.map(reached));
            continue;
        }
        linked.reached.extend(confidence.map(reached));
    }
    is_here
}

/// Notes where a client that sets the header by hand may arrive: it connects as long as the server says nothing, and breaks with the
/// first answer.
fn hold_back(facts: &Facts, offer: &Offer, routes: &mut [Linked]) {
    let (found, _) = destinations(facts, offer, routes);
    let is_anywhere = matches!(offer.address, Address::Unknown) && offer.port.is_none();
    for (at, linked) in routes.iter_mut().enumerate() {
        let known = |value: &String| linked.reached.iter().any(|client| client.offer.values.contains(value));
        // Other clients say what would be selected; where there are none, it may be anything.
        let may_be_selected = linked.reached.is_empty() || offer.computed || offer.values.iter().any(known);
        let may_arrive = if is_anywhere { may_be_selected } else { found.contains(&at) };
        if may_arrive {
            linked.obstacles.push(Obstacle::HeaderByHand(facts.path.clone(), offer.line));
        }
    }
}

/// What a client makes of the outcome; `None` where nobody can tell.
fn verdict_of(offer: &Offer, outcome: &Ending) -> Option<Verdict> {
    if offer.unknown {
        return None;
    }
    // websockets does not know of a header that is set by hand.
    if offer.by_hand && offer.client == ClientKind::Websockets && matches!(outcome, Ending::Selected(_)) {
        return Some(Verdict::Refused);
    }
    // What is computed is offered all the same.
    let computed = [String::new()];
    let asked = if offer.values.is_empty() && offer.computed { &computed[..] } else { &offer.values };
    verdict(offer.client, asked, outcome)
}

/// The routes that a client may reach; `None` as confidence where not even one is sure.
fn destinations(facts: &Facts, offer: &Offer, routes: &[Linked]) -> (Vec<usize>, Option<Confidence>) {
    let in_process = offer.client.is_in_process();
    let of_port = |linked: &Linked| !in_process && offer.port.is_some() && linked.route.port == offer.port;
    let is_local = !matches!(offer.address, Address::Elsewhere);
    let by_port: Vec<usize> =
        (routes.iter().enumerate()).filter(|(_, linked)| is_local && of_port(linked)).map(|(at, _)| at).collect();
    if !by_port.is_empty() {
        return (by_port, Some(Confidence::Exact));
    }
    let only = || if let [_] = routes { vec![0] } else { Vec::new() };
    let path = match &offer.address {
        Address::Path(path) => path,
        Address::Elsewhere => return (Vec::new(), None),
        Address::Unknown => return (only(), in_process.then_some(Confidence::Sole)),
    };
    let mut fitting: Vec<(Fit, usize)> = Vec::new();
    for (at, linked) in routes.iter().enumerate() {
        let is_here = linked.facts.path == facts.path;
        let is_server = matches!(linked.route.framework, Framework::Websockets | Framework::WebsocketsLegacy);
        if linked.route.any_path {
            let may_be = !in_process || !is_server;
            let same_port = linked.route.port.is_none() || offer.port.is_none();
            if may_be && same_port && (routes.len() == 1 && !is_server || is_here && is_server && routes.len() == 1) {
                fitting.push((Fit::Tail, at));
            } else if may_be && same_port {
                fitting.push((Fit::Possible, at));
            }
            continue;
        }
        for own in &linked.paths {
            match own {
                Some(own) => fitting.extend(own.reached_by(path).map(|fit| (fit, at))),
                // Any path may be this one; a client next to it most likely knows.
                None if is_here => fitting.push((Fit::Possible, at)),
                None => {}
            }
        }
    }
    // A test that brings its own application along means that one.
    let is_here = |at: &usize| routes.get(*at).is_some_and(|linked| linked.facts.path == facts.path);
    if fitting.iter().any(|(_, at)| is_here(at)) {
        fitting.retain(|(_, at)| is_here(at));
    }
    if !offer.by_hand && fitting.iter().any(|(fit, _)| *fit > Fit::Possible) {
        fitting.retain(|(fit, _)| *fit > Fit::Possible);
    }
    let confidence = fitting.iter().map(|(fit, _)| *fit).min().and_then(|fit| match fit {
        Fit::Possible => None,
        Fit::Tail => Some(Confidence::Tail),
        Fit::Exact => Some(Confidence::Exact),
    });
    let mut found: Vec<usize> = Vec::new();
    for (_, at) in fitting {
        let target = |at: usize| routes.get(at).and_then(|linked| linked.route.target.as_deref());
        if !found.iter().any(|known| *known == at || target(at).is_some() && target(*known) == target(at)) {
            found.push(at);
        }
    }
    (found, confidence)
}

impl Endpoint {
    /// Where a finding about it stands.
    pub fn range(&self) -> TextRange {
        self.accept.range
    }

    /// The clients of which the rule's question is true.
    pub fn clients(&self, wanted: impl Fn(&Reached) -> bool) -> Vec<&Reached> {
        self.reached.iter().filter(|client| wanted(client)).collect()
    }

    /// What these clients offer and spell out, each once.
    pub fn offered<'c>(clients: &[&'c Reached]) -> Vec<&'c str> {
        let mut seen = FxHashSet::default();
        let values = clients.iter().flat_map(|client| &client.offer.values).map(String::as_str);
        values.filter(|value| seen.insert(*value)).collect()
    }
}
