//! Clients in scripts: `new WebSocket(url, [...])` in JavaScript and TypeScript, also inside of pages and components.
//!
//! A script that does not say `WebSocket(` is never parsed. Neither is one that is too large or nested too deep ([`weight`]): what is
//! not parsed has no clients.

mod blocks;
mod clients;
mod names;
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

pub use weight::{MOST_BYTES, STACK};

/// What every script with a client says.
const CLIENT: &str = "WebSocket(";

/// What all of them say that can matter, in whatever way.
const ALL: &str = "ebSocket";

/// What servers in JavaScript say: the clients of the project may mean that one.
const SERVERS: &[&str] = &["WebSocketServer(", "WebSocket.Server(", "upgradeWebSocket("];

/// What tests say that put a server of their own in place.
const FAKES: &[&str] = &["mock-socket", "websocket-mock"];

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

/// What is said in one script.
#[derive(Debug)]
pub enum Said {
    /// Nothing about WebSockets.
    Nothing,
    /// Here are clients.
    Clients(Box<Facts>),
    /// Here is a server: nobody knows whom the clients mean.
    Server,
}

impl Scripts {
    /// Puts together what the scripts of a project say.
    pub fn new(said: Vec<Said>) -> Self {
        if said.iter().any(|one| matches!(one, Said::Server)) {
            return Self::default();
        }
        let clients = |one| if let Said::Clients(facts) = one { Some(*facts) } else { None };
        let mut facts: Vec<Facts> = said.into_iter().filter_map(clients).collect();
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
    if has(bytes, SERVERS) {
        return Said::Server;
    }
    if !has(bytes, &[CLIENT]) || has(bytes, FAKES) {
        return Said::Nothing;
    }
    let (Ok(text), Some(name)) = (std::str::from_utf8(bytes), path.file_name()) else { return Said::Nothing };
    let Some(language) = language(&name.to_string_lossy()) else { return Said::Nothing };
    let mut facts = Facts { path: path.to_owned(), ..Facts::default() };
    for Element { start, text: script, language } in blocks::of(text, language) {
        if has(script.as_bytes(), &[CLIENT]) && weight::is_light(&script) {
            add(&mut facts, text, start, &script, language);
        }
    }
    if facts.is_empty() { Said::Nothing } else { Said::Clients(Box::new(facts)) }
}

/// Adds the clients of one block, which starts at the offset `start` of `text`.
fn add(facts: &mut Facts, text: &str, start: usize, script: &str, language: Language) {
    let kind = match language {
        Language::JavaScript | Language::Page => SourceType::jsx(),
        Language::TypeScript | Language::Component => SourceType::ts(),
        Language::Tsx => SourceType::tsx(),
    };
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, script, kind).parse();
    for client in clients::of(&parsed.program) {
        let offset = |at: u32| TextSize::try_from(start + usize::try_from(at).unwrap_or_default()).ok();
        let (Some(from), Some(to)) = (offset(client.span.start), offset(client.span.end)) else { continue };
        let before = text.as_bytes().get(..from.to_usize()).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
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
