//! Paths: what a server's route and a client's address say, and whether one reaches the other.

use std::fmt;

/// Stands for a part that the code computes: the hole of an f-string, the parameter of a route.
pub const HOLE: char = '\0';

/// The path of a route or of a client's address, split at its slashes. Holes are [`HOLE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
    /// Whether more may stand before it: a router's prefix, a base URL that is computed.
    open: bool,
}

/// Where a client connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Another machine, by name.
    Elsewhere,
    /// Nothing can be said about the path.
    Unknown,
    /// This path, on a host that may be the project's own.
    Path(Path),
}

/// How well an address fits a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A hole of the address stands where the route has a word.
    Possible,
    /// The end of the path fits, with a word at least.
    Tail,
    /// The whole path fits, with a word at least.
    Exact,
}

impl Path {
    /// The path of a route: `/agents/{agent}/chat`. `open` where a prefix may stand before it. `None` for a route that takes
    /// slashes in a parameter.
    pub fn route(text: &str, open: bool) -> Option<Self> {
        let segments = text.split('/').filter(|segment| !segment.is_empty());
        let takes_slashes = |segment: &str| segment.contains(":path}") || segment.contains("<path:");
        let segments = segments.map(|segment| if takes_slashes(segment) { None } else { Some(holes(segment)) });
        Some(Self { segments: segments.collect::<Option<_>>()?, open })
    }

    /// Whether a client of the address `client` gets to this route.
    pub fn reached_by(&self, client: &Self) -> Option<Fit> {
        if self.segments.len() > client.segments.len() && !client.open
            || client.segments.len() > self.segments.len() && !self.open
        {
            return None;
        }
        let mut words = 0;
        let mut certain = true;
        for (own, other) in self.segments.iter().rev().zip(client.segments.iter().rev()) {
            match (own.contains(HOLE), other.contains(HOLE)) {
                (false, false) if own == other => words += 1,
                (false, false) => return None,
                (true, false) if fills(own, other, 1) => {}
                (true, false) => return None,
                (true, true) => certain &= own.chars().eq([HOLE]) || own == other,
                (false, true) if fills(other, own, 0) => certain = false,
                (false, true) => return None,
            }
        }
        let whole = self.segments.len() == client.segments.len() && !self.open;
        // One common word at the end of a longer route is what an unrelated service has, too.
        let enough = if self.segments.len() > client.segments.len() { 2 } else { 1 };
        match (certain && words >= enough, words) {
            (_, 0) => None,
            (false, _) => Some(Fit::Possible),
            (true, _) => Some(if whole { Fit::Exact } else { Fit::Tail }),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.open {
            f.write_str("...")?;
        }
        self.segments.iter().try_for_each(|segment| write!(f, "/{}", segment.replace(HOLE, "{}")))
    }
}

impl Address {
    /// What a client's URL says. `in_process` for test clients, which reach the application whatever the host.
    pub fn of(url: &str, in_process: bool) -> Self {
        let end = url.find(['?', '#']).unwrap_or(url.len());
        let url = url.get(..end).unwrap_or(url);
        let (path, open) = match url.split_once("://") {
            Some((_, rest)) => {
                let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                if !in_process && !may_be_local(host) {
                    return Self::Elsewhere;
                }
                // `ws://{host}{path}`: the path is in one of the holes.
                if path.is_empty() && host.ends_with(HOLE) {
                    return Self::Unknown;
                }
                (path, false)
            }
            None if url.starts_with('/') => (url, false),
            None => match url.find('/') {
                Some(slash) if url.contains(HOLE) => (url.get(slash..).unwrap_or_default(), true),
                _ => return Self::Unknown,
            },
        };
        let segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if segments.is_empty() && open { Self::Unknown } else { Self::Path(Path { segments, open }) }
    }
}

/// The port that a URL spells out.
pub fn port(url: &str) -> Option<u16> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    host.rsplit_once(':')?.1.parse().ok()
}

/// The path that a regular expression of a route stands for, with a [`HOLE`] for each group; `None` where it is more than that.
pub fn of_regex(pattern: &str) -> Option<String> {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').or_else(|| pattern.strip_suffix("\\Z")).unwrap_or(pattern);
    let pattern = pattern.strip_suffix("/?").unwrap_or(pattern);
    let (mut text, mut depth, mut escaped) = (String::new(), 0_usize, false);
    for c in pattern.chars() {
        match c {
            _ if escaped => {
                escaped = false;
                match c {
                    _ if depth > 0 => {}
                    '.' | '-' | '/' | '_' => text.push(c),
                    _ => return None,
                }
            }
            '\\' => escaped = true,
            '(' => {
                if depth == 0 {
                    text.push(HOLE);
                }
                depth += 1;
            }
            ')' => depth = depth.checked_sub(1)?,
            _ if depth > 0 => {}
            '[' | ']' | '*' | '+' | '?' | '|' | '.' | '{' | '}' | '^' | '$' => return None,
            c => text.push(c),
        }
    }
    (depth == 0 && !escaped).then_some(text)
}

/// Puts holes in the places of `{name}`, `{name:int}` and `<int:name>`.
fn holes(segment: &str) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    for c in segment.chars() {
        match c {
            '{' | '<' => {
                if depth == 0 {
                    text.push(HOLE);
                }
                depth += 1;
            }
            '}' | '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    text
}

/// Whether `word` is `pattern` with each hole filled by at least `least` characters.
fn fills(pattern: &str, word: &str, least: usize) -> bool {
    let Some((before, after)) = pattern.split_once(HOLE) else { return pattern == word };
    let Some(rest) = word.strip_prefix(before) else { return false };
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]).skip(least);
    ends.into_iter().any(|at| fills(after, rest.get(at..).unwrap_or_default(), least))
}

/// Whether a host, with its port, can be this machine: a loopback name, or all of it computed.
fn may_be_local(host: &str) -> bool {
    let host = host.rsplit('@').next().unwrap_or(host);
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => host.split(':').next().unwrap_or(host),
    };
    let loopback = matches!(name, "localhost" | "0.0.0.0" | "::1" | "testserver" | "test");
    loopback || name.starts_with("127.") || (name.contains(HOLE) && !name.contains(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(route: &str, open: bool, url: &str) -> Option<Fit> {
        let route = Path::route(route, open).unwrap();
        match Address::of(&url.replace("{}", "\0"), false) {
            Address::Path(client) => route.reached_by(&client),
            Address::Elsewhere | Address::Unknown => None,
        }
    }

    #[test]
    fn a_whole_path_that_fits_is_exact() {
        for url in
            ["ws://localhost:8000/agents/ada/chat", "{}/agents/{}/chat", "ws://127.0.0.1:{}/agents/{}/chat/?room=7"]
        {
            assert_eq!(fit("/agents/{agent}/chat", false, url), Some(Fit::Exact), "{url}");
        }
        assert_eq!(fit("/ws/", false, "{}/ws"), Some(Fit::Exact));
        assert_eq!(fit("/items/{id:int}", false, "/items/5"), Some(Fit::Exact));
    }

    #[test]
    fn the_end_of_a_path_fits_where_a_prefix_is_unknown() {
        assert_eq!(fit("/{agent}/chat", true, "ws://localhost/agents/ada/chat"), Some(Fit::Tail));
        assert_eq!(fit("/api/agents/{agent}/chat", false, "{}/agents/ada/chat"), Some(Fit::Tail));
        assert_eq!(fit("/api/v1/ws", false, "{}/ws"), Some(Fit::Possible));
    }

    #[test]
    fn other_paths_and_other_hosts_do_not_fit() {
        for url in [
            "ws://localhost/agents/ada/status",
            "ws://localhost/agents/ada/chat/log",
            "ws://localhost/ada/chat",
            "wss://chat.example.com/agents/ada/chat",
            "wss://{}.example.com/agents/ada/chat",
            "ws://backend:8000/agents/ada/chat",
            "{}",
            "{}/{}/{}/{}",
        ] {
            assert_eq!(fit("/agents/{agent}/chat", false, url), None, "{url}");
        }
        assert_eq!(fit("/", false, "ws://localhost/"), None, "no word to go by");
        assert_eq!(fit("/{room}", false, "ws://localhost/chat"), None, "no word to go by");
        assert_eq!(Path::route("/files/{name:path}", false), None);
    }

    #[test]
    fn regular_expressions_and_angle_brackets_are_routes() {
        assert_eq!(of_regex(r"^ws/chat/(?P<room>\w+)/$").as_deref(), Some("ws/chat/\0/"));
        assert_eq!(of_regex(r"/shell/([^/]+)/?").as_deref(), Some("/shell/\0"));
        assert_eq!(of_regex(r"ws/\w+/$"), None);
        assert_eq!(of_regex(r"/ws.*"), None);
        assert_eq!(fit("ws/account/<int:pk>/", false, "{}/ws/account/{}/"), Some(Fit::Exact));
        assert_eq!(port("ws://localhost:8762/"), Some(8762));
        assert_eq!(port("ws://localhost/a:1"), None);
    }

    #[test]
    fn a_hole_in_the_place_of_a_word_is_only_possible() {
        assert_eq!(fit("/agents/{agent}/chat", false, "{}/agents/ada/{}"), Some(Fit::Possible));
        assert_eq!(fit("/agents/{agent}/chat", false, "{}/agents/{}/chat{}"), Some(Fit::Possible));
        assert_eq!(fit("/agents/{agent}/chatroom", false, "{}/agents/{}/chat{}"), Some(Fit::Possible));
    }
}
