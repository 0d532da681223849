//! Clients in scripts and pages, on whole projects: which are read, and what is found at the Python side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::time::Instant;

use crate::support::Sandbox;

const SERVER: &str = "from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket('/ws/notes')
async def notes(websocket: WebSocket):
    await websocket.accept()
";

const NEGOTIATES: &str = "from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket('/ws/notes')
async def notes(websocket: WebSocket):
    offered = websocket.scope['subprotocols']
    await websocket.accept(subprotocol='notes.v2' if 'notes.v2' in offered else None)
";

const LIST: &str = "from websockets.asyncio.server import serve
async def main(handler):
    await serve(handler, 'localhost', 8765, subprotocols=['notes'])
";

const CLIENT: &str = "const socket = new WebSocket(`ws://${location.host}/ws/notes`, ['notes']);\n";

/// Files, and the findings: the first word of each, and what else it says.
type Case<'c> = (&'c [(&'c str, &'c str)], &'c [(&'c str, &'c str)]);

fn holds((files, expected): Case) {
    let sandbox = Sandbox::new(files);
    let ran = sandbox.run("check --select WS3 --output-format concise");
    let found: Vec<&str> = ran.out.lines().filter(|line| line.contains(" WS3")).collect();
    assert_eq!(found.len(), expected.len(), "{files:?}: {}{}", ran.out, ran.err);
    for (line, (place, says)) in found.iter().zip(expected) {
        assert!(line.starts_with(place) && line.contains(says), "{files:?}: {line}");
    }
    assert!(ran.code == i32::from(!expected.is_empty()), "{files:?}: {}", ran.err);
}

#[test]
fn a_script_that_offers_is_a_client() {
    let page = "<script>\n  new WebSocket('ws://{{ request.get_host }}/ws/notes', 'notes');\n</script>\n";
    let component = "<template/>\n<script setup lang=\"ts\">\nnew WebSocket(import.meta.env.VITE_WS + '/ws/notes', ['notes'])\n</script>\n";
    let cases: &[Case] = &[
        (&[("app.py", SERVER), ("web/src/notes.ts", CLIENT)], &[("app.py:5:", "WS301")]),
        (&[("app.py", SERVER), ("templates/notes.html", page)], &[("app.py:5:", "JavaScript refuses")]),
        (&[("app.py", SERVER), ("web/Notes.vue", component)], &[("app.py:5:", "`notes`")]),
        (&[("app.py", SERVER), ("web/Notes.svelte", component)], &[("app.py:5:", "`notes`")]),
        (
            &[
                ("app.py", SERVER),
                ("web/notes.jsx", "export const N = () => <a href={new WebSocket('/ws/notes', 'notes')}/>"),
            ],
            &[("app.py:5:", "WS301")],
        ),
        (&[("app.py", NEGOTIATES), ("a.mjs", CLIENT)], &[("app.py:6:", "only `notes.v2` can be selected")]),
        (&[("app.py", LIST), ("a.js", "new WebSocket('ws://localhost:8765/')")], &[("app.py:3:", "WS313")]),
        (&[("app.py", LIST), ("a.js", "new WebSocket('ws://localhost:8765/', 'nots')")], &[("app.py:3:", "WS312")]),
    ];
    for case in cases {
        holds(*case);
    }
}

#[test]
fn a_script_that_is_none_of_the_projects_or_agrees_is_left_alone() {
    let fits = "new WebSocket('/ws/notes', ['notes.v1', 'notes.v2'])";
    let cases: &[Case] = &[
        (&[("app.py", NEGOTIATES), ("a.ts", fits)], &[]),
        (&[("app.py", NEGOTIATES), ("a.ts", "new WebSocket('/ws/notes')")], &[]),
        (&[("app.py", SERVER), ("a.ts", "new WebSocket('/ws/notes')")], &[]),
        (&[("app.py", SERVER), ("a.ts", "new WebSocket('/ws/others', 'notes')")], &[]),
        (&[("app.py", SERVER), ("a.ts", "new WebSocket('wss://example.com/ws/notes', 'notes')")], &[]),
        (&[("app.py", SERVER), ("a.ts", "new WebSocket(url, 'notes')")], &[]),
        (&[("app.py", SERVER), ("a.ts", "new WebSocket('/ws/notes', protocols)")], &[]),
        (&[("app.py", SERVER), ("a.ts", "new WebSocket('/ws/notes', 'graphql-transport-ws')")], &[]),
        (&[("app.py", SERVER), ("node_modules/a/a.js", CLIENT)], &[]),
        (&[("app.py", SERVER), (".gitignore", "dist/\n"), ("dist/a.js", CLIENT)], &[]),
        (&[("app.py", SERVER), ("a.min.js", CLIENT)], &[]),
        (&[("app.py", SERVER), ("a.js", CLIENT), ("server.js", "new WebSocketServer({ port: 8000 })")], &[]),
        (&[("app.py", SERVER), ("a.test.js", &format!("import {{ Server }} from 'mock-socket';\n{CLIENT}"))], &[]),
        (&[("app.py", LIST), ("a.js", "new WebSocket('ws://localhost:8766/')")], &[]),
        (&[("app.py", "print('websocket.accept(')\n"), ("a.js", CLIENT)], &[]),
    ];
    for case in cases {
        holds(*case);
    }
}

/// A page or component that holds a client somewhere, and whether it is one.
fn is_client(name: &str, text: &str, expected: bool) {
    let text = text.replace("CLIENT", "new WebSocket(`ws://${location.host}/ws/notes`, ['notes']);");
    let found: &[(&str, &str)] = if expected { &[("app.py:5:", "WS301")] } else { &[] };
    holds((&[("app.py", SERVER), (name, &text)], found));
}

#[test]
fn what_stands_in_a_comment_of_a_page_is_no_client() {
    for page in [
        "<p><!-- <script>CLIENT</script> -->",
        "<!--[if IE]>\n<script>\nCLIENT\n</script>\n<![endif]--><script>let a = 1</script>",
        "<!-- <script>CLIENT</script>",
        "{# <script>CLIENT</script> #}",
        "{% comment \"old\" %}<script>CLIENT</script>{% endcomment %}",
        "<script>\n{% comment %}\nCLIENT\n{% endcomment %}\n</script>",
        "<textarea><script>CLIENT</script></textarea>",
        "<%-- <script>CLIENT</script> --%>",
    ] {
        is_client("a.html", page, false);
    }
    is_client("A.vue", "<!-- <script>CLIENT</script> --><script>export default {}</script>", false);
    for page in [
        "<!-- <script> --><script>CLIENT</script><!-- </script> -->",
        "<!--><script>CLIENT</script>",
        "<script>const start = '<!--'; CLIENT</script>",
        "<script>{% comment %}old{% endcomment %} CLIENT</script>",
        "<b>{#</b><script>CLIENT</script>",
        "<script>/* {{ a */ CLIENT</script>",
        "<textarea>a</textarea><script>CLIENT</script>",
        "<script>class A { #url = '/' } CLIENT</script>",
    ] {
        is_client("a.html", page, true);
    }
    is_client("A.svelte", "{#if a}<b/>{/if}<script>CLIENT</script>", true);
}

#[test]
fn a_test_in_javascript_is_no_client() {
    for name in
        ["a.test.js", "src/a.spec.ts", "a.test.tsx", "src/__tests__/a.js", "e2e/chat.ts", "a_test.ts", "A.stories.jsx"]
    {
        is_client(name, "CLIENT", false);
    }
    is_client("checks.ts", "import { it } from 'vitest';\nit('connects', () => { CLIENT })", false);
    is_client("setup.js", "jest.mock('./socket'); CLIENT", false);
    for name in ["a.js", "latest.js", "src/contest.ts", "spec.ts", "src/testing.js", "test.mjs", "e2e.js"] {
        is_client(name, "CLIENT", true);
    }
    // What a test starts is not what the clients mean.
    let server = ("a.test.js", "const server = new WebSocketServer({ port: 8000 })");
    holds((&[("app.py", SERVER), ("a.js", CLIENT), server], &[("app.py:5:", "WS301")]));
}

#[test]
fn what_a_page_says_to_the_tool_that_serves_it_is_none_of_the_backends() {
    for text in [
        "new WebSocket('/ws/notes', 'vite-hmr')",
        "const kind = 'vite-ping';\nnew WebSocket('/ws/notes', [kind])",
        "new WebSocket(new URL('/ws/notes', import.meta.url), 'esm-hmr')",
    ] {
        is_client("client.mjs", text, false);
        is_client("a.html", &format!("<script type=module>{text}</script>"), false);
    }
    let proxy = "import websockets\nwebsockets.connect('ws://localhost:8000/ws/notes', subprotocols=['vite-hmr'])\n";
    holds((&[("app.py", SERVER), ("proxy.py", proxy)], &[]));
    for text in [
        "new WebSocket('/ws/notes', 'vite-hmr-like')",
        "new WebSocket('/ws/notes', 'vite')",
        "new WebSocket('/ws/notes', ['hmr'])",
    ] {
        is_client("vite.mjs", text, true);
    }
}

/// A server in a script silences the clients that may mean it, and no others.
#[test]
fn a_server_in_a_script_is_meant_by_those_who_may_reach_it() {
    let to_port = "new WebSocket('ws://localhost:8000/ws/notes', ['notes'])";
    for server in [
        "new WebSocketServer({ port: 8000 })",
        "new WebSocketServer({ server, path: '/ws/notes' })",
        "new WebSocket.Server({ noServer: true })",
        "const wss = new ws.WebSocketServer({ ...options, port: 3001 })",
        "new WebSocketServer({ port: process.env.PORT || 3001 })",
        "Deno.upgradeWebSocket(request)",
        "new WebSocketServer({ port: 3001 }); new WebSocketServer(options)",
        "new WebSocketServer({ port: 3001",
    ] {
        holds((&[("app.py", SERVER), ("a.js", to_port), ("server.js", server)], &[]));
    }
    for server in [
        "new WebSocketServer({ port: 3001 })",
        "const PORT = 3001;\nconst wss = new WebSocket.Server({ port: PORT })",
        "new ws.WebSocketServer({ server, path: '/live' })",
        "// new WebSocketServer({ port: 8000 })",
        "const usage = 'new WebSocketServer('",
    ] {
        let found: &[(&str, &str)] = &[("app.py:5:", "WS301")];
        holds((&[("app.py", SERVER), ("a.js", to_port), ("server.mjs", server)], found));
    }
    // The page comes from somewhere that nobody knows: from that server, perhaps.
    holds((&[("app.py", SERVER), ("a.js", CLIENT), ("server.js", "new WebSocketServer({ port: 3001 })")], &[]));
}

/// Each of these asks for what was the same work again for each client.
#[test]
fn the_time_for_many_clients_in_one_script_grows_with_their_number() {
    let many = |count: usize| {
        let numbers = || 0..count;
        let list = |text: &str| text.repeat(count);
        [
            list("new WebSocket('/ws/notes', 'notes');"),
            list("new WebSocket('/ws/notes', 'notes');\n"),
            numbers().map(|at| format!("new WebSocket('/ws/notes', 'v{at}');")).collect(),
            numbers().map(|at| format!("const u{at} = '/ws/notes', W{at} = 1; new WebSocket(u{at});")).collect(),
            format!("const all = [{}];{}", list("'a',"), list("new WebSocket('/ws/notes', all);")),
            format!(
                "const f = ({}) => `/${{a1}}`; const u = f({}); {}",
                numbers().map(|at| format!("a{at},")).collect::<String>(),
                list("1,"),
                list("new WebSocket(u);")
            ),
            format!("const WebSocket = require('ws');{}", list("new WebSocket('/ws/notes', 'notes');")),
            format!("<script>{}</script>", list("{{ a }}{% b %}<!-- {# c #}")),
            list("<script>new WebSocket('/ws/notes')</script><!-- -->{#"),
        ]
    };
    let took = |text: &str| {
        let sandbox = Sandbox::new(&[("app.py", SERVER), ("a.js", text), ("a.html", text)]);
        let start = Instant::now();
        let ran = sandbox.run("check --select WS3 --output-format concise");
        assert!(ran.code <= 1, "{}", ran.err);
        start.elapsed().as_secs_f64()
    };
    for (small, large) in many(1_000).iter().zip(many(8_000)) {
        let (small, large) = (took(small).max(0.5), took(&large));
        assert!(
            large < small * 8.0 * 4.0,
            "{small} and {large}: {}",
            large.to_string().chars().take(80).collect::<String>()
        );
    }
}

#[test]
fn the_scripts_of_the_project_count_for_a_file_that_is_named() {
    let sandbox = Sandbox::new(&[("pyproject.toml", ""), ("src/app.py", SERVER), ("web/a.js", CLIENT)]);
    let ran = sandbox.run("check src/app.py");
    assert!(ran.out.contains("Offered in web/a.js:1 (`notes`)"), "{}", ran.out);
    let fixed = sandbox.run("fix --unsafe-fixes src/app.py");
    assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
    assert!(sandbox.read("src/app.py").contains("accept(subprotocol=\"notes\" if \"notes\" in websocket.scope"));
    assert!(sandbox.run("check").out.contains("All clear"));
    assert_eq!(sandbox.read("web/a.js"), CLIENT, "scripts are only read");
}

#[test]
fn scripts_that_nobody_can_read_do_no_harm() {
    let deep = format!("new WebSocket('/ws/notes', 'notes');{}", "(".repeat(100_000));
    let files = [("app.py", SERVER), ("deep.js", &deep), ("broken.ts", "new WebSocket('/ws/notes', 'notes' ((")];
    let sandbox = Sandbox::new(&files);
    sandbox.write("latin.js", b"new WebSocket('/ws/notes', '\xff')");
    sandbox.write("empty.html", b"<script");
    #[cfg(unix)]
    sandbox.other("mkfifo", &["fifo.js"], b"");
    let ran = sandbox.run("check --select WS3");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
}

#[test]
fn what_a_script_says_cannot_reach_the_terminal() {
    let sandbox = Sandbox::new(&[("app.py", SERVER), ("a\u{1b}[31m.js", CLIENT)]);
    let ran = sandbox.run("check --select WS3 --color never");
    assert!(ran.out.contains("WS301") && !ran.out.contains('\u{1b}'), "{}", ran.out);
}

#[test]
fn both_places_are_shown_also_across_files() {
    let client = "import websockets\nasync def main():\n    await websockets.connect('ws://localhost:8000/ws/notes', subprotocols=['notes'])\n";
    let here = format!("{SERVER}{client}");
    let sandbox = Sandbox::new(&[("app.py", SERVER), ("web/a.js", CLIENT)]);
    let full = sandbox.run("check --select WS301").out;
    let shown = "[web/a.js:1]\n 1 │ const socket = new WebSocket(`ws://${location.host}/ws/notes`, ['notes']);\n   · offers `notes`; no connection\n";
    assert!(full.contains(shown) && full.contains("[app.py:5:"), "{full}");
    let sarif: serde_json::Value =
        serde_json::from_str(&sandbox.run("check --select WS301 --output-format sarif").out).unwrap();
    let related = &sarif["runs"][0]["results"][0]["relatedLocations"][0];
    assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "web/a.js");
    assert_eq!(related["physicalLocation"]["region"]["startLine"], 1);
    let sandbox = Sandbox::new(&[("app.py", &here)]);
    let full = sandbox.run("check --select WS301").out;
    assert!(full.contains("selects none") && full.contains("╰── offers `notes`"), "{full}");
    let secret = "new WebSocket('/ws/notes', 'bearer.s3cret')";
    let sandbox = Sandbox::new(&[("app.py", SERVER), ("web/a.js", secret)]);
    let full = sandbox.run("check --select WS301").out;
    assert!(full.contains("WS301") && !full.contains("s3cret"), "{full}");
}

/// A client that sets the header itself connects as long as the server says nothing, and breaks with the first answer.
#[test]
fn a_server_answers_only_once_no_client_breaks() {
    let negotiates =
        "\nasync def one():\n    await websockets.connect('ws://localhost:8000/ws/notes', subprotocols=['notes'])\n";
    let by_hand = |address: &str, headers: &str| {
        format!(
            "import websockets\n{negotiates}\nasync def two(url):\n    await websockets.connect({address}, additional_headers={headers})\n"
        )
    };
    let spelled = "{'Sec-WebSocket-Protocol': 'notes'}";
    let with_others = "{'Sec-WebSocket-Protocol': 'notes', 'X-A': 'b'}";
    let address = "'ws://localhost:8000/ws/notes'";
    let parameter = "from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket('/ws/notes')
async def notes(websocket: WebSocket, subprotocols: list[str] = None):
    await websocket.accept(subprotocol='notes' if subprotocols and 'notes' in subprotocols else None)
";
    for server in [SERVER, parameter] {
        // Both ends in one run.
        let sandbox = Sandbox::new(&[("app.py", server), ("clients.py", &by_hand(address, spelled))]);
        let ran = sandbox.run("fix --unsafe-fixes --select WS3");
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        assert!(sandbox.read("app.py").contains("scope.get(\"subprotocols\", ())"), "{}", ran.out);
        assert!(sandbox.read("clients.py").contains(&format!("connect({address}, subprotocols=[\"notes\"])")));
        // Or none: the client cannot be changed, its rule is off, it goes somewhere that nobody knows, or is not to be touched.
        for (client, flags) in [
            (by_hand(address, with_others), "--select WS3"),
            (by_hand(address, spelled), "--select WS301,WS302"),
            (by_hand("url", with_others), "--select WS3"),
        ] {
            let sandbox = Sandbox::new(&[("app.py", server), ("clients.py", &client)]);
            let ran = sandbox.run(&format!("fix --unsafe-fixes {flags}"));
            assert_eq!(sandbox.read("app.py"), server, "{client}{}", ran.out);
            assert!(ran.out.contains("by hand"), "{}", ran.out);
        }
        let sandbox =
            Sandbox::new(&[("pyproject.toml", ""), ("app.py", server), ("clients.py", &by_hand(address, spelled))]);
        sandbox.run("fix --unsafe-fixes --select WS3 app.py");
        assert_eq!(sandbox.read("app.py"), server);
    }
    // What cannot break stops nothing.
    for client in [
        by_hand("'ws://localhost:8000/ws/others'", with_others),
        by_hand("'wss://example.com/ws/notes'", with_others),
        by_hand(address, "{'X-A': 'b'}"),
        by_hand("url", "{'Sec-WebSocket-Protocol': 'others', 'X-A': 'b'}"),
    ] {
        let sandbox = Sandbox::new(&[("app.py", SERVER), ("clients.py", &client)]);
        sandbox.run("fix --unsafe-fixes --select WS301");
        assert_ne!(sandbox.read("app.py"), SERVER, "{client}");
    }
}
