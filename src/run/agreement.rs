//! The subprotocol contract of a project as data: to be shown, committed, and compared with what it was.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::text::printable::printable;
use crate::text::read;
use crate::websockets::contract::framework::{ClientKind, Framework, Selection, Verdict};
use crate::websockets::contract::path::Address;
use crate::websockets::contract::{Contract, ContractRow, Offer, Reached};

/// The version of the format.
const VERSION: u32 = 1;

/// Who offers what to whom, and what comes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The version of the format.
    pub version: u32,
    /// By path.
    pub routes: Vec<AgreedRoute>,
    /// Clients that offer something and reach no route that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strays: Vec<AgreedClient>,
}

/// What happens on one route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedRoute {
    /// The path, `{}` for what is computed.
    pub route: String,
    /// The server's framework.
    pub framework: String,
    /// The server's file.
    pub file: String,
    /// The line of what answers there, from 1.
    pub line: usize,
    /// What is selected, in words.
    pub selects: String,
    /// Who connects, by file.
    pub clients: Vec<AgreedClient>,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedClient {
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its library.
    pub library: String,
    /// What it offers, in words.
    pub offers: String,
    /// Where it goes, for one that reaches nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// What it makes of the answer.
    pub verdict: Judgement,
    /// How sure it is that it reaches the route.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub confidence: String,
}

/// What a client makes of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// It goes on with what it asked for.
    Agreed,
    /// Nobody can tell.
    Unknown,
    /// It goes on without the subprotocol that it asked for.
    Without,
    /// It refuses the connection, or is refused.
    Refused,
}

impl Judgement {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Unknown => "unknown",
            Self::Without => "goes on without",
            Self::Refused => "refused",
        }
    }
}

impl From<Option<Verdict>> for Judgement {
    fn from(verdict: Option<Verdict>) -> Self {
        match verdict {
            Some(Verdict::Agreed) => Self::Agreed,
            Some(Verdict::Without) => Self::Without,
            Some(Verdict::Refused) => Self::Refused,
            None => Self::Unknown,
        }
    }
}

impl Agreement {
    /// What a contract says, with paths as `shown` gives them.
    pub fn new(contract: &Contract, shown: &dyn Fn(&Path) -> String) -> Self {
        let mut routes: Vec<AgreedRoute> = contract.rows().iter().map(|row| route(row, shown)).collect();
        routes.sort_by(|a, b| (&a.route, &a.file, a.line).cmp(&(&b.route, &b.file, b.line)));
        routes.dedup();
        let strays = contract.strays().iter().map(|stray| AgreedClient {
            address: address(&stray.offer),
            ..client(&stray.file, &stray.offer, Judgement::Unknown, shown)
        });
        Self { version: VERSION, routes, strays: strays.collect() }
    }

    /// Reads a committed one.
    ///
    /// # Errors
    /// When the file cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = read::named(path, read::MOST_METADATA).map_err(|error| format!("cannot be read: {error}"))?;
        let written = "Write one with `wsupgrade contract --output-format json`.";
        let agreement: Self =
            serde_json::from_slice(&bytes).map_err(|error| format!("is no contract: {error}. {written}"))?;
        if agreement.version != VERSION {
            return Err(format!("is a contract of another version, {}. {written}", agreement.version));
        }
        Ok(agreement)
    }

    /// All clients that reach a route.
    pub fn clients(&self) -> impl Iterator<Item = &AgreedClient> {
        self.routes.iter().flat_map(|route| &route.clients)
    }

    /// How many clients come to this.
    pub fn count(&self, judgement: Judgement) -> usize {
        self.clients().filter(|client| client.verdict == judgement).count()
    }

    /// What moved since `before`, a sentence each. Lines may move, they are no part of what was agreed to.
    pub fn moved_since(&self, before: &Self) -> Vec<String> {
        let mut moved = Vec::new();
        let (old, new) = (by_route(before), by_route(self));
        for (key, routes) in &old {
            let Some(now) = new.get(key) else {
                moved.extend(routes.iter().map(|route| format!("{} ({}): the route is gone", key.0, route.file)));
                continue;
            };
            for (at, was) in routes.iter().enumerate() {
                match now.get(at) {
                    Some(is) => route_moved(was, is, &mut moved),
                    None => moved.push(format!("{} ({}): the route is gone", key.0, was.file)),
                }
            }
        }
        for (key, routes) in &new {
            let known = old.get(key).map_or(0, Vec::len);
            let added = routes.iter().skip(known);
            moved.extend(added.map(|route| format!("{} ({}): the route is new", key.0, route.file)));
        }
        clients_moved("no known route", &before.strays, &self.strays, &mut moved);
        moved.iter().map(|line| printable(line).into_owned()).collect()
    }
}

/// Routes by path and framework: what answers there may move to another file.
fn by_route(agreement: &Agreement) -> BTreeMap<(&str, &str), Vec<&AgreedRoute>> {
    let mut routes: BTreeMap<(&str, &str), Vec<&AgreedRoute>> = BTreeMap::new();
    for route in &agreement.routes {
        routes.entry((&route.route, &route.framework)).or_default().push(route);
    }
    routes
}

fn route_moved(was: &AgreedRoute, is: &AgreedRoute, moved: &mut Vec<String>) {
    let route = &is.route;
    if was.file != is.file {
        moved.push(format!("{route}: the server is in {}, and was in {}", is.file, was.file));
    }
    if was.selects != is.selects {
        moved.push(format!("{route} ({}): selects {}, and selected {}", is.file, is.selects, was.selects));
    }
    clients_moved(route, &was.clients, &is.clients, moved);
}

/// Clients are the same where file, library and offer are, in the order of the text.
fn clients_moved(route: &str, was: &[AgreedClient], is: &[AgreedClient], moved: &mut Vec<String>) {
    let key = |client: &AgreedClient| (client.file.clone(), client.library.clone(), client.address.clone());
    let group = |clients: &[AgreedClient]| {
        let mut groups: BTreeMap<_, Vec<AgreedClient>> = BTreeMap::new();
        for client in clients {
            groups.entry(key(client)).or_default().push(client.clone());
        }
        groups
    };
    let (old, mut new) = (group(was), group(is));
    for (key, before) in old {
        let mut after = new.remove(&key).unwrap_or_default();
        // Those that did not change say nothing about the others.
        let mut changed = Vec::new();
        for client in before {
            let same = |other: &AgreedClient| other.offers == client.offers && other.verdict == client.verdict;
            match after.iter().position(same) {
                Some(at) => drop(after.remove(at)),
                None => changed.push(client),
            }
        }
        let mut after = after.into_iter();
        for client in changed {
            let place = &client.file;
            match after.next() {
                Some(now) if now.offers != client.offers => {
                    moved.push(format!("{route}: {place} offers {}, and offered {}", now.offers, client.offers));
                }
                Some(now) => {
                    let (now, then) = (now.verdict.name(), client.verdict.name());
                    moved.push(format!("{route}: {place} offers {}: {now}, and was: {then}", client.offers));
                }
                None => moved.push(format!("{route}: {place} does not connect any more (offered {})", client.offers)),
            }
        }
        moved.extend(after.map(|client| came(route, &client)));
    }
    moved.extend(new.values().flatten().map(|client| came(route, client)));
}

fn came(route: &str, client: &AgreedClient) -> String {
    format!("{route}: {} is a new client, offers {}: {}", client.file, client.offers, client.verdict.name())
}

fn route(row: &ContractRow, shown: &dyn Fn(&Path) -> String) -> AgreedRoute {
    let reached = |it: &Reached| AgreedClient {
        confidence: it.confidence.name().to_owned(),
        ..client(&it.file, &it.offer, it.verdict.into(), shown)
    };
    let mut clients: Vec<AgreedClient> = row.clients.iter().map(reached).collect();
    clients.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    AgreedRoute {
        route: row.paths.join(", "),
        framework: row.framework.name().to_owned(),
        file: shown(&row.file),
        line: row.line,
        selects: selects(row.framework, &row.selection),
        clients,
    }
}

fn client(file: &Path, offer: &Offer, verdict: Judgement, shown: &dyn Fn(&Path) -> String) -> AgreedClient {
    AgreedClient {
        file: shown(file),
        line: offer.line,
        library: offer.client.name().to_owned(),
        offers: offers(offer),
        address: String::new(),
        verdict,
        confidence: String::new(),
    }
}

fn address(offer: &Offer) -> String {
    let port = offer.port.map(|port| format!(":{port}")).unwrap_or_default();
    match &offer.address {
        Address::Path(path) => format!("{port}{path}"),
        Address::Unknown if port.is_empty() => "computed".to_owned(),
        _ => port,
    }
}

fn selects(framework: Framework, selection: &Selection) -> String {
    let several = |values: &[String]| values.join(" or ");
    match selection {
        Selection::Nothing => "nothing".to_owned(),
        Selection::Constant(value) => format!("{value}, whatever is offered"),
        Selection::OneOf(values) => format!("{} if offered", several(values)),
        Selection::List(values) if framework.list_rejects() => format!("{}, else status 400", several(values)),
        Selection::List(values) => format!("{} if offered", several(values)),
        Selection::First => "the first of the offer".to_owned(),
        Selection::WholeHeader => "the whole header".to_owned(),
        Selection::Token => "a secret of the client".to_owned(),
        Selection::Unknown => "unknown".to_owned(),
    }
}

fn offers(offer: &Offer) -> String {
    let mut all = offer.values.clone();
    if offer.computed {
        all.push("a computed one".to_owned());
    }
    match (&all[..], offer.unknown) {
        ([], true) => "unknown".to_owned(),
        ([], false) => "nothing".to_owned(),
        (all, true) => format!("{}, maybe more", all.join(", ")),
        (all, false) if offer.by_hand && offer.client == ClientKind::Websockets => {
            format!("{} (header by hand)", all.join(", "))
        }
        (all, false) => all.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(file: &str, offers: &str, verdict: Judgement) -> AgreedClient {
        AgreedClient {
            file: file.into(),
            line: 1,
            library: "websockets".into(),
            offers: offers.into(),
            address: String::new(),
            verdict,
            confidence: "exact".into(),
        }
    }

    fn agreement(file: &str, selects: &str, clients: &[AgreedClient]) -> Agreement {
        let (route, framework) = ("/ws".to_owned(), "Starlette".to_owned());
        let (file, selects, clients) = (file.to_owned(), selects.to_owned(), clients.to_vec());
        let route = AgreedRoute { route, framework, file, line: 3, selects, clients };
        Agreement { version: VERSION, routes: vec![route], strays: Vec::new() }
    }

    #[test]
    fn what_moved_is_told() {
        let was = agreement("app.py", "a if offered", &[client("x.py", "a", Judgement::Agreed)]);
        for (is, expected) in [
            (
                agreement("b.py", "a if offered", &was.routes[0].clients),
                "/ws: the server is in b.py, and was in app.py",
            ),
            (
                agreement("app.py", "nothing", &was.routes[0].clients),
                "/ws (app.py): selects nothing, and selected a if offered",
            ),
            (
                agreement("app.py", "a if offered", &[client("x.py", "b", Judgement::Without)]),
                "/ws: x.py offers b, and offered a",
            ),
            (
                agreement("app.py", "a if offered", &[client("x.py", "a", Judgement::Refused)]),
                "/ws: x.py offers a: refused, and was: agreed",
            ),
            (agreement("app.py", "a if offered", &[]), "/ws: x.py does not connect any more (offered a)"),
            (
                agreement(
                    "app.py",
                    "a if offered",
                    &[was.routes[0].clients[0].clone(), client("y.js", "a", Judgement::Agreed)],
                ),
                "/ws: y.js is a new client, offers a: agreed",
            ),
            (Agreement { version: VERSION, ..Agreement::default() }, "/ws (app.py): the route is gone"),
        ] {
            assert_eq!(is.moved_since(&was), [expected]);
        }
        assert_eq!(was.moved_since(&Agreement::default()), ["/ws (app.py): the route is new"]);
    }

    #[test]
    fn lines_and_order_are_no_part_of_it() {
        let clients = [client("x.py", "a", Judgement::Agreed), client("x.py", "b", Judgement::Without)];
        let was = agreement("app.py", "a if offered", &clients);
        let mut is = was.clone();
        is.routes[0].line = 80;
        is.routes[0].clients.reverse();
        is.routes[0].clients[0].line = 7;
        assert_eq!(is.moved_since(&was), Vec::<String>::new());
    }
}
