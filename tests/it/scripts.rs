//! Clients in scripts and pages, on whole projects: which are read, and what is found at the Python side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

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
