//! Clients in scripts: `new WebSocket(url, [...])` in JavaScript and TypeScript, also inside of pages and components.
//!
//! A test in JavaScript is no client: whom it connects to is most often a stand-in, and an offer there says what a test wants to see, not that
//! somebody comes with it. That is other than in Python, where a test has the application in its hand.
//!
//! A script that does not say `WebSocket(` is never parsed. Neither is one that is too large or nested too deep ([`weight`]): what is
//! not parsed has no clients.

mod blocks;
mod clients;
mod names;
mod servers;
mod value;
mod weight;

use std::path::Path;

use memchr::memmem;
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use ruff_text_size::{TextRange, TextSize};

use super::facts::{Facts, Offer, code_at};
use blocks::{Element, Language};
use clients::Client;

pub use servers::ScriptServer;
pub use weight::{MOST_BYTES, STACK};

/// What every script with a client says.
const CLIENT: &str = "WebSocket(";

/// What all of them say that can matter, in whatever way.
const ALL: &str = "ebSocket";

/// What servers in JavaScript say: the clients of the project may mean that one.
const SERVERS: &[&str] = &["WebSocketServer(", "WebSocket.Server(", "upgradeWebSocket("];

/// What tests say, whatever they are called.
const TESTERS: &[&str] = &[
    "mock-socket",
    "websocket-mock",
    "from 'vitest'",
    "from \"vitest\"",
    "@jest/globals",
    "@playwright/test",
    "@testing-library/",
    "node:test",
    "bun:test",
    "jest.mock(",
    "jest.fn(",
    "vi.mock(",
    "vi.fn(",
    "cy.visit(",
];

/// What the names of tests have before their last ending.
const TEST_ENDINGS: &[&str] = &[".test", ".spec", ".e2e", ".cy", ".mock", ".stories", "_test", "-test"];

/// Directories that hold nothing but tests.
const TEST_DIRECTORIES: &[&str] = &["__tests__", "__mocks__", "e2e", "cypress"];

/// Scripts by the ends of their names, and what they are written in.
const ENDINGS: &[(&str, Language)] = &[
    (".js", Language::JavaScript),
    (".jsx", Language::JavaScript),
    (".mjs", Language::JavaScript),
    (".cjs", Language::JavaScript),
    (".ts", Language::TypeScript),
    (".mts", Language::TypeScript),
    (".cts", Language::TypeScript),
    (".tsx", Language::Tsx),
    (".vue", Language::Component),
    (".svelte", Language::Component),
    (".html", Language::Page),
    (".htm", Language::Page),
];

/// What builds and declarations are called: others are made of them, or they are of others.
const MADE: &[&str] = &[".min.js", ".bundle.js", ".d.ts"];

/// What the scripts of a project say.
#[derive(Debug, Default)]
pub struct Scripts {
    /// By file, those that say something.
    pub facts: Vec<Facts>,
}

/// Whether a file is a script, as far as its name says.
pub fn is_script(name: &str) -> bool {
    language(name).is_some() && !MADE.iter().any(|ending| name.ends_with(ending))
}

fn language(name: &str) -> Option<Language> {
    ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, language)| *language)
}

/// Whether a script is a test or stands in for something in tests, as far as its name says.
fn is_test(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let around = path.parent().into_iter().flat_map(Path::components);
    TEST_ENDINGS.iter().any(|ending| stem.ends_with(ending))
        || around.into_iter().any(|part| TEST_DIRECTORIES.iter().any(|name| part.as_os_str() == *name))
}

/// What is said in one script.
#[derive(Debug)]
pub enum Said {
    /// Nothing about WebSockets.
    Nothing,
    /// Here are clients.
    Clients(Box<Facts>),
    /// Here are servers: clients may mean these.
    Servers(Vec<ScriptServer>),
}

impl Scripts {
    /// Puts together what the scripts of a project say: clients that may mean a server in a script are left out.
    pub fn new(said: Vec<Said>) -> Self {
        let (mut facts, mut servers) = (Vec::new(), Vec::new());
        for one in said {
            match one {
                Said::Nothing => {}
                Said::Clients(clients) => facts.push(*clients),
                Said::Servers(more) => servers.extend(more),
            }
        }
        for one in &mut facts {
            one.offers.retain(|offer| !servers.iter().any(|server| server.may_be_meant(offer)));
        }
        facts.retain(|one| !one.is_empty());
        facts.sort_by(|a, b| a.path.cmp(&b.path));
        Self { facts }
    }
}

/// Whether a script has anything to say. Most have not, and this is all that they cost.
pub fn can_matter(bytes: &[u8]) -> bool {
    has(bytes, &[ALL]) && (has(bytes, &[CLIENT]) || has(bytes, SERVERS))
}

fn has(bytes: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| memmem::find(bytes, word.as_bytes()).is_some())
}

/// Looks for clients in a script. Takes a stack of [`STACK`] bytes.
pub fn collect(path: &Path, bytes: &[u8]) -> Said {
    if is_test(path) || has(bytes, TESTERS) {
        return Said::Nothing;
    }
    let has_server = has(bytes, SERVERS);
    if !has_server && !has(bytes, &[CLIENT]) {
        return Said::Nothing;
    }
    let unread = || if has_server { Said::Servers(vec![ScriptServer::default()]) } else { Said::Nothing };
    let (Ok(text), Some(name)) = (std::str::from_utf8(bytes), path.file_name()) else { return unread() };
    let Some(language) = language(&name.to_string_lossy()) else { return unread() };
    let mut facts = Facts { path: path.to_owned(), ..Facts::default() };
    let mut servers = Vec::new();
    let mut counted = (0, 1);
    for Element { start, text: script, language } in blocks::of(text, language) {
        if !can_matter(script.as_bytes()) {
            continue;
        }
        if !weight::is_light(&script) {
            servers.extend(has(script.as_bytes(), SERVERS).then(ScriptServer::default));
            continue;
        }
        let kind = match language {
            Language::JavaScript | Language::Page => SourceType::jsx(),
            Language::TypeScript | Language::Component => SourceType::ts(),
            Language::Tsx => SourceType::tsx(),
        };
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, &script, kind).parse();
        if has(script.as_bytes(), SERVERS) {
            servers.extend((!parsed.diagnostics.is_empty()).then(ScriptServer::default));
            servers.extend(servers::of(&parsed.program));
        }
        add(&mut facts, text, start, clients::of(&parsed.program), &mut counted);
    }
    match () {
        // Clients beside a server are there to talk to it.
        () if !servers.is_empty() => Said::Servers(servers),
        () if facts.is_empty() => Said::Nothing,
        () => Said::Clients(Box::new(facts)),
    }
}

/// Adds the clients of one block, which starts at the offset `start` of `text`. `counted` is how far lines are counted, and how many.
fn add(facts: &mut Facts, text: &str, start: usize, clients: Vec<Client>, counted: &mut (usize, usize)) {
    for client in clients {
        let offset = |at: u32| TextSize::try_from(start + usize::try_from(at).unwrap_or_default()).ok();
        let (Some(from), Some(to)) = (offset(client.span.start), offset(client.span.end)) else { continue };
        let before = text.as_bytes().get(counted.0..from.to_usize()).unwrap_or_default();
        let line = counted.1 + memchr::memchr_iter(b'\n', before).count();
        *counted = (from.to_usize(), line);
        let code = if client.is_secret { String::new() } else { code_at(text, from.to_usize()) };
        facts.offers.push(Offer { range: TextRange::new(from, to), line, code, ..client.offer });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websockets::contract::path::Address;

    /// For each client: line, what it offers, where it goes.
    fn said(name: &str, text: &str) -> Vec<(usize, String, String)> {
        let Said::Clients(facts) = collect(Path::new(name), text.as_bytes()) else { return Vec::new() };
        let said = facts.offers.into_iter().map(|offer| {
            let mut offered = offer.values.join(",");
            if offer.computed {
                offered.push_str("+computed");
            }
            if offer.unknown {
                offered.push_str("+unknown");
            }
            let address = match offer.address {
                Address::Path(path) => path.to_string(),
                Address::Elsewhere => "elsewhere".to_owned(),
                Address::Unknown => "unknown".to_owned(),
            };
            let port = offer.port.map(|port| format!(":{port}")).unwrap_or_default();
            (offer.line, offered, format!("{port}{address}"))
        });
        said.collect()
    }

    fn one(text: &str) -> (String, String) {
        let said = said("a.ts", text);
        let [(_, offered, address)] = &said[..] else { panic!("{text}: {said:?}") };
        (offered.clone(), address.clone())
    }

    #[test]
    fn addresses_are_followed_through_constants_and_templates() {
        for (text, expected) in [
            ("new WebSocket('ws://localhost:8000/ws/chat')", ":8000/ws/chat"),
            ("new WebSocket(`ws://${location.host}/ws/${room}/`)", "/ws/{}"),
            ("const room = 'a'; new WebSocket(`ws://${window.location.hostname}:8000/ws/${room}`)", ":8000/ws/a"),
            (
                "const s = location.protocol === 'https:' ? 'wss:' : 'ws:'; new WebSocket(s + '//' + host + '/ws')",
                "/ws",
            ),
            ("new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/ws')", "/ws"),
            ("const s = tls ? 's' : ''; new WebSocket(`ws${s}://${location.host}/ws`)", "/ws"),
            ("new WebSocket(`${scheme}//${location.host}/ws`)", "/ws"),
            ("new WebSocket(import.meta.env.VITE_WS + '/ws/chat')", ".../ws/chat"),
            ("new WebSocket(new URL('/ws/chat', location.href))", "/ws/chat"),
            ("new WebSocket(new URL('/ws', location.origin).toString().replace(/^http/, 'ws'))", "/ws"),
            ("new WebSocket(`${location.origin}/ws`.replace('http', 'ws') as string)", ".../ws"),
            ("const url = (path: string) => `ws://${location.host}${path}`; new WebSocket(url('/ws/a'))", "/ws/a"),
            ("function url(room) { return '/ws/' + room; } new window.WebSocket(url(current))", "/ws/{}"),
            ("let url = '/a'; url = '/b'; new WebSocket(url)", "unknown"),
            ("const url = '/a'; function f(url) { new WebSocket(url) }", "unknown"),
            ("const url = '/a'; { const url = '/b'; new WebSocket(url) }", "/b"),
            ("new WebSocket('wss://stream.example.com/ws')", "elsewhere"),
            ("const a = b, b = a; new WebSocket(a)", "unknown"),
        ] {
            assert_eq!(one(text).1, expected, "{text}");
        }
    }

    #[test]
    fn offers_are_one_text_or_a_list() {
        for (offered, expected) in [
            ("'chat.v1'", "chat.v1"),
            ("['v2', 'v1']", "v2,v1"),
            ("[`v1`]", "v1"),
            ("[V1]", "v1"),
            ("['bearer', token]", "+computed"),
            ("[`bearer.${token}`]", "+computed"),
            ("token", "+unknown"),
            ("[...protocols]", "+unknown"),
            ("undefined", ""),
            ("[]", ""),
            ("{ headers }", ""),
            ("tls ? ['v1'] : undefined", "v1+unknown"),
        ] {
            assert_eq!(one(&format!("const V1 = 'v1'; new WebSocket('/ws', {offered})")).0, expected, "{offered}");
        }
        assert_eq!(one("new WebSocket('/ws')").0, "");
        assert_eq!(one("new ReconnectingWebSocket('/ws', ['v1'])").0, "v1");
        let hook = "import useWebSocket from 'react-use-websocket';\nuseWebSocket('/ws', { protocols: ['v1'] })";
        assert_eq!(one(hook), ("v1".to_owned(), "/ws".to_owned()));
    }

    #[test]
    fn what_is_no_client_of_this_project_is_none() {
        for text in [
            "// new WebSocket('/ws', 'a')",
            "'new WebSocket(\"/ws\")'",
            "class WebSocket {} new WebSocket('/ws')",
            "import { WebSocket } from './fake'; new WebSocket('/ws')",
            "import { Server } from 'mock-socket'; new WebSocket('/ws')",
            "const server = new WebSocketServer({ port: 1 }); new WebSocket('/ws')",
            "import { WebSocketServer } from 'ws'; new WebSocketServer({ server }); new WebSocket('ws://localhost:1/ws')",
            "new FakeWebSocket('/ws')",
            "createWebSocket('/ws')",
            "new WebSocket()",
            "new WebSocket(...all)",
            "new WebSocket('/ws'",
        ] {
            assert_eq!(said("a.ts", text), [], "{text}");
        }
        assert!(!is_script("app.min.js") && !is_script("a.py") && is_script("a.spec.ts"));
    }

    #[test]
    fn pages_and_components_hold_scripts() {
        let page = "<p>new WebSocket('/no')</p>\n<script src='a.js'></script><SCRIPT TYPE=module>\n{% if x %}\n\
                    const s = new WebSocket('ws://{{ request.get_host }}/ws/' + {{ room|json }}, 'v1');\n{% endif %}\n</SCRIPT>\n\
                    <script type='text/template'>new WebSocket('/no')</script>";
        assert_eq!(said("a.html", page), [(4, "v1".to_owned(), "/ws/{}".to_owned())]);
        let component = "<template><b @click='x'/></template>\n<script setup lang=\"ts\">\nconst s: WebSocket = new WebSocket('/ws', <string>x)\n</script>";
        assert_eq!(said("A.vue", component), [(3, "+unknown".to_owned(), "/ws".to_owned())]);
        assert_eq!(said("a.js", "const a = <b>{new WebSocket('/ws')}</b>").len(), 1);
    }
}
