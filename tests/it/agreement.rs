//! `wsupgrade contract`: what it shows, in which formats, and what it compares.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::support::Sandbox;

const SERVER: &str = "from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket('/ws/<notes>')
async def notes(websocket: WebSocket):
    await websocket.accept()
@app.websocket('/feed')
async def feed(websocket: WebSocket):
    await websocket.accept(subprotocol='v1' if 'v1' in websocket.scope['subprotocols'] else None)
";

const CLIENTS: &str = "import websockets
async def main(url, token):
    await websockets.connect('ws://localhost:8000/feed', subprotocols=['v1'])
    await websockets.connect('ws://localhost:8000/feed')
    await websockets.connect('ws://localhost:8000/feed', additional_headers={'Sec-WebSocket-Protocol': 'v1'})
    await websockets.connect(url, subprotocols=['v1', token])
";

const SCRIPT: &str = "new WebSocket('/ws/a', ['notes']);\n";

fn project() -> Sandbox {
    Sandbox::new(&[("app.py", SERVER), ("clients.py", CLIENTS), ("web/a.js", SCRIPT)])
}

fn shown(format: &str) -> String {
    let ran = project().run(&format!("contract --output-format {format}"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out
}

#[test]
fn the_contract_is_a_table() {
    let expected = "\
/feed   app.py:8  Starlette  selects v1 if offered
  clients.py:3  websockets  offers v1                   agreed   exact
  clients.py:4  websockets  offers nothing              agreed   exact
  clients.py:5  websockets  offers v1 (header by hand)  refused  exact
/ws/{}  app.py:5  Starlette  selects nothing
  web/a.js:1    JavaScript  offers notes                refused  exact
no known route
  clients.py:6  websockets  offers v1, a computed one  to computed

2 routes, 4 clients, 2 refused.
";
    assert_eq!(shown("text"), expected);
    assert_eq!(Sandbox::new(&[("a.py", "print()\n")]).run("contract").out, "0 routes, 0 clients.\n");
}

#[test]
fn it_is_well_formed_in_other_formats() {
    let json: serde_json::Value = serde_json::from_str(&shown("json")).unwrap();
    assert_eq!(json["routes"][1]["clients"][0]["verdict"], "refused");
    let markdown = shown("markdown");
    let rows: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 2 + 5, "{markdown}");
    assert!(rows.iter().all(|row| row.matches(" |").count() == 7), "{markdown}");
    let mermaid = shown("mermaid");
    assert!(mermaid.starts_with("flowchart LR\n") && mermaid.contains("c1 --x|\"notes: refused\"| r1"), "{mermaid}");
    let page = shown("html");
    let well_formed = page.replace("<!doctype html>", "").replace("<meta charset=\"utf-8\">", "");
    let well_formed = well_formed.replace("initial-scale=1\">", "initial-scale=1\"/>");
    let document = roxmltree::Document::parse(&well_formed).unwrap_or_else(|error| panic!("{error}: {page}"));
    let links = document.descendants().filter(|node| {
        ["src", "href", "onclick"].iter().any(|name| node.has_attribute(*name)) || node.has_tag_name("script")
    });
    assert_eq!(links.count(), 0, "it loads nothing");
}

#[test]
fn a_hostile_project_writes_no_page_of_its_own() {
    let server = SERVER.replace("/feed", "/<b>\"|`{%}&\\x1b[31m");
    let sandbox = Sandbox::new(&[("app.py", &server), ("<i>&\u{202e}.js", SCRIPT)]);
    for format in ["text", "json", "markdown", "mermaid", "html"] {
        let out = sandbox.run(&format!("contract --output-format {format}")).out;
        assert!(!out.contains('\u{1b}') && (format == "json" || !out.contains('\u{202e}')), "{out}");
        if format == "html" {
            assert!(!out.contains("<b>") && !out.contains("<i>") && out.contains("&lt;i&gt;"), "{out}");
        }
    }
}

#[test]
fn a_committed_contract_is_compared() {
    let sandbox = project();
    sandbox.write("contract.json", sandbox.run("contract --output-format json").out.as_bytes());
    let ran = sandbox.run("contract --check contract.json");
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("The contract is what was committed: 2 routes"), "{}", ran.out);
    // Lines may move.
    sandbox.write("web/a.js", format!("\n\n{SCRIPT}").as_bytes());
    assert_eq!(sandbox.run("contract --check contract.json").code, 0);
    sandbox.write("web/a.js", SCRIPT.replace("notes", "notes.v2").as_bytes());
    sandbox.write("app.py", SERVER.replace("accept()", "accept('notes')").as_bytes());
    let ran = sandbox.run("contract --check contract.json");
    assert_eq!(ran.code, 1);
    let expected = "\
/ws/{} (app.py): selects notes, whatever is offered, and selected nothing
/ws/{}: web/a.js offers notes.v2, and offered notes
The contract moved in 2 places. `wsupgrade contract --output-format json` writes the new one.
";
    assert_eq!(ran.out, expected);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let sandbox = project();
    sandbox.write("no.json", b"[1]");
    sandbox.write("old.json", b"{\"version\": 7, \"routes\": []}");
    for (file, why) in
        [("no.json", "is no contract"), ("old.json", "another version, 7"), ("none.json", "cannot be read")]
    {
        let ran = sandbox.run(&format!("contract --check {file}"));
        assert_eq!(ran.code, 2, "{file}");
        assert!(ran.err.starts_with(&format!("error: {file}: ")) && ran.err.contains(why), "{}", ran.err);
    }
    assert_eq!(sandbox.run("contract nowhere").code, 2);
}
