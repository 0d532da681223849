//! Paths, composed from the application down: `include_router(prefix=)`, mounts, blueprints, nested lists of routes.

use rustc_hash::FxHashMap;

use super::facts::{Facts, Host, Key, Mount, Registered, Route};
use super::path::{HOLE, Path};

/// Routers that are nested deeper than this are unknown.
const DEPTH: u32 = 8;

/// A router that is mounted in more places than this is unknown.
const MOST_PLACES: usize = 16;

/// One place where a route answers.
#[derive(Debug, Clone)]
pub(super) struct MountedPath {
    /// `None` where nothing is known about the path.
    pub path: Option<Path>,
    /// What runs before the endpoint.
    pub dependencies: Vec<Key>,
}

/// What stands before the paths of a router.
#[derive(Debug, Clone, Default)]
struct Prefix {
    text: String,
    /// Whether more may stand before it.
    is_open: bool,
    dependencies: Vec<Key>,
}

/// The applications and routers of the project.
pub(super) struct Routing<'a> {
    hosts: FxHashMap<&'a str, &'a Host>,
    mounts: FxHashMap<&'a str, Vec<&'a Mount>>,
}

impl<'a> Routing<'a> {
    pub(super) fn new(files: &[&'a Facts]) -> Self {
        let hosts = files.iter().flat_map(|facts| &facts.hosts).map(|host| (host.key.as_str(), host)).collect();
        let mut mounts: FxHashMap<&str, Vec<&Mount>> = FxHashMap::default();
        for mount in files.iter().flat_map(|facts| &facts.mounts) {
            mounts.entry(mount.child.as_str()).or_default().push(mount);
        }
        Self { hosts, mounts }
    }

    /// Where a route answers.
    pub(super) fn places(&self, route: &Route) -> Vec<MountedPath> {
        let place = |prefix: Prefix| {
            let own = route.path.as_ref();
            let path = own.and_then(|own| composed(&prefix, own));
            let dependencies = [prefix.dependencies, route.dependencies.clone()].concat();
            MountedPath { path, dependencies }
        };
        self.prefixes(&route.host, DEPTH).into_iter().map(place).collect()
    }

    fn prefixes(&self, registered: &Registered, depth: u32) -> Vec<Prefix> {
        let unknown = || Prefix { is_open: true, ..Prefix::default() };
        let Some(depth) = depth.checked_sub(1) else { return vec![unknown()] };
        let key = match registered {
            Registered::Application => return vec![Prefix::default()],
            Registered::Somewhere => return vec![unknown()],
            Registered::On(key) => key.as_str(),
        };
        let host = self.hosts.get(key);
        let own = Prefix {
            text: host.and_then(|host| host.prefix.clone()).unwrap_or_default(),
            is_open: host.is_none_or(|host| host.prefix.is_none()),
            dependencies: host.map(|host| host.dependencies.clone()).unwrap_or_default(),
        };
        let Some(mounts) = self.mounts.get(key) else {
            let is_application = host.is_some_and(|host| host.is_application);
            return vec![Prefix { is_open: own.is_open || !is_application, ..own }];
        };
        let mut all = Vec::new();
        for mount in mounts {
            for parent in self.prefixes(&mount.parent, depth) {
                let dependencies = [&parent.dependencies[..], &mount.dependencies[..], &own.dependencies[..]].concat();
                let replaced = mount.replaces && mount.prefix.as_deref().is_some_and(|prefix| !prefix.is_empty());
                let rest = if replaced { "" } else { &own.text };
                let (text, is_open) = match &mount.prefix {
                    // A list of routes has no prefix of its own that could be computed.
                    Some(prefix) => {
                        (format!("{}/{prefix}/{rest}", parent.text), parent.is_open || host.is_some() && own.is_open)
                    }
                    None => (rest.to_owned(), true),
                };
                all.push(Prefix { text, is_open, dependencies });
            }
        }
        if all.len() > MOST_PLACES { vec![unknown()] } else { all }
    }
}

fn composed(prefix: &Prefix, own: &str) -> Option<Path> {
    let text = format!("{}/{own}", prefix.text);
    // `f"{settings.API}/ws"`: what is computed may be several segments.
    let text = text.trim_start_matches('/');
    let (text, is_open) = match text.strip_prefix(HOLE) {
        Some(rest) => (rest.trim_start_matches(|c| c != '/'), true),
        None => (text, prefix.is_open),
    };
    let is_empty = text.trim_matches('/').is_empty();
    if is_empty && is_open { None } else { Path::route(text, is_open) }
}
