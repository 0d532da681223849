//! The subprotocol contract, on small projects of one or a few files.
//!
//! A project is one text: `## path` begins a file. A line of a server in a project ends with `#: CODE` where a finding is
//! expected; a project without any is one that has to be left alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::path::Path;

use crate::support::settled;
use wsupgrade::lint::check::check_endpoints;
use wsupgrade::lint::rule::{Finding, Severity};
use wsupgrade::project::Project;
use wsupgrade::target::Target;
use wsupgrade::text::edit::{Applicability, apply};
use wsupgrade::text::source::Source;
use wsupgrade::websockets::contract::Contract;

/// The findings of one file, and its text after all fixes.
pub(crate) struct Checked {
    path: String,
    findings: Vec<Finding>,
    fixed: String,
    wrong: Vec<String>,
}

/// Checks a project. Panics where the findings are not at the marked lines.
pub(crate) fn check_project(files: &str) -> Vec<Checked> {
    let directory = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for file in files.split("## ").skip(1) {
        let (name, text) = file.split_once('\n').unwrap();
        let path = directory.path().join(name.trim());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        sources.push(Source::new(path, text.to_owned()));
    }
    let ours = |rule: &wsupgrade::lint::rule::Rule| rule.family == "subprotocols";
    let project = Project::default();
    let checked: Vec<_> = sources.iter().map(|source| settled(source, &project, &Target::default(), &ours)).collect();
    let contract = Contract::link(checked.iter().map(|checked| &checked.facts));
    let results = sources.iter().zip(checked).map(|(source, checked)| {
        let mut findings = checked.findings;
        findings.extend(check_endpoints(&checked.facts, &contract, &ours));
        let found: Vec<(usize, &str)> =
            findings.iter().map(|it| (source.position(it.range.start()).row, it.code())).collect();
        let marked = source.text().lines().enumerate().filter_map(|(index, line)| {
            let (_, code) = line.split_once("#: ")?;
            Some((index + 1, code.trim()))
        });
        let mut found_sorted = found.clone();
        found_sorted.sort_unstable();
        let marked: Vec<(usize, &str)> = marked.collect();
        let path = source.path().strip_prefix(directory.path()).unwrap_or(Path::new("")).display().to_string();
        let messages: Vec<String> = findings.iter().map(|it| format!("{} / {:?}", it.message, it.help)).collect();
        let wrong = (found_sorted != marked)
            .then(|| format!("{path}: expected {marked:?}, found {found_sorted:?}: {messages:#?}"));
        let fixes: Vec<_> = findings.iter().filter_map(|it| it.fix.clone()).collect();
        assert!(fixes.iter().all(|fix| fix.applicability() == Applicability::Unsafe), "never safe");
        let (fixed, _) = apply(source.text(), &fixes);
        assert!(Source::new(source.path().to_owned(), fixed.clone()).parse().errors().is_empty(), "{fixed}");
        Checked { path, findings, fixed, wrong: wrong.into_iter().collect() }
    });
    let results: Vec<Checked> = results.collect();
    let wrong: Vec<&String> = results.iter().flat_map(|it| &it.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{files}");
    results
}

/// The only finding besides headers that are set by hand, and the line that its fix made.
fn only(results: &[Checked]) -> (&Finding, Option<&str>) {
    let all: Vec<_> = results.iter().flat_map(|it| it.findings.iter().map(move |finding| (it, finding))).collect();
    let all: Vec<_> = all.into_iter().filter(|(_, finding)| finding.code() != "WS307").collect();
    let [(file, finding)] = all[..] else { panic!("{} findings", all.len()) };
    let line = file.fixed.lines().find(|line| line.contains(".scope.get(\"subprotocols\", ())"));
    (finding, line.filter(|_| finding.fix.is_some()).map(|line| line.split("  #:").next().unwrap().trim()))
}

const SERVER: &str = "
## app.py
from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket('/agents/{agent}/chat')
async def chat(websocket: WebSocket, agent: str):
    await websocket.accept()  #: WS301
";

/// The same server where nothing may be found.
fn server_left_alone() -> String {
    SERVER.replace("  #: WS301", "")
}

const FIXED: &str = r#"await websocket.accept(subprotocol="agent_chat" if "agent_chat" in websocket.scope.get("subprotocols", ()) else None)"#;

fn client(body: &str) -> String {
    format!("\n## client.py\nimport websockets, aiohttp, websocket\n{body}\n")
}

#[test]
fn an_offer_of_another_file_is_selected() {
    let clients = [
        "websockets.connect('ws://localhost:8000/agents/ada/chat', subprotocols=['agent_chat'])",
        "websockets.connect(f'{base}/agents/{agent}/chat/?room=7', subprotocols=('agent_chat',))",
        "websockets.connect('ws://127.0.0.1/agents/' + agent + '/chat', subprotocols=['agent_chat'])",
        "websockets.connect('ws://{}/agents/{}/chat'.format(host, agent), subprotocols=['agent_chat'])",
        "PROTO = 'agent_chat'\nBASE = 'ws://localhost:8000'\n\
         websockets.connect(f'{BASE}/agents/ada/chat', subprotocols=[PROTO])",
        "from websockets.sync.client import connect\nPROTOS: list[str] = ['agent_chat']\n\
         connect(base + '/agents/ada/chat', subprotocols=PROTOS)",
        "from websockets.legacy.client import connect\nurl = f'{base}/agents/ada/chat'\n\
         connect(url, subprotocols=[websockets.Subprotocol('agent_chat')])",
        "class Chat:\n    def __init__(self, base):\n        self.url = f'{base}/agents/ada/chat'\n\
         \x20   def open(self):\n        return websockets.connect(self.url, subprotocols=['agent_chat'])",
        "async def ask(session: aiohttp.ClientSession):\n\
         \x20   await session.ws_connect('http://localhost/agents/ada/chat', protocols=('agent_chat',))",
        "def test(client):\n    client.websocket_connect('/agents/ada/chat', subprotocols=['agent_chat'])",
    ];
    for code in clients {
        let results = check_project(&format!("{SERVER}{}", client(code)));
        let (finding, fixed) = only(&results);
        assert_eq!(fixed, Some(FIXED), "{code}");
        assert_eq!(finding.severity, Severity::Warning, "{code}");
        assert!(finding.help.as_ref().unwrap().contains("client.py:"), "{:?}", finding.help);
    }
}

#[test]
fn a_client_that_refuses_makes_it_an_error() {
    let code = "websocket.create_connection('ws://localhost/agents/ada/chat', subprotocols=['agent_chat'])";
    let results = check_project(&format!("{SERVER}{}", client(code)));
    assert_eq!(only(&results).0.severity, Severity::Error);
}

#[test]
fn several_values_are_selected_in_the_order_of_the_offers() {
    let code = "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['v2', 'v1'])\n\
                websockets.connect(f'{base}/agents/ada/chat', subprotocols=['v1', 'v0'])";
    let results = check_project(&format!("{SERVER}{}", client(code)));
    let expected = r#"await websocket.accept(subprotocol=next((p for p in ("v2", "v1", "v0") if p in websocket.scope.get("subprotocols", ())), None))"#;
    assert_eq!(only(&results).1, Some(expected));
}

#[test]
fn routes_are_found_however_they_are_registered() {
    let handler = "async def chat(ws: 'WebSocket'):\n    await ws.accept(headers=[(b'x-a', b'b')])  #: WS301\n";
    let servers = [
        format!(
            "from starlette.websockets import WebSocket\nfrom fastapi import APIRouter\n\
                 router = APIRouter(prefix='/agents')\n@router.websocket('/{{agent}}/chat')\n{handler}"
        ),
        format!(
            "from starlette.websockets import WebSocket\n{handler}from x import app\n\
                 app.add_api_websocket_route('/agents/{{agent}}/chat', chat)"
        ),
        format!(
            "from fastapi.websockets import WebSocket\n{handler}from x import router\n\
                 router.websocket('/agents/{{agent}}/chat')(chat)"
        ),
        format!(
            "from starlette.routing import WebSocketRoute as R\nfrom starlette.websockets import WebSocket\n{handler}\
                 routes = [R('/{{agent}}/chat', endpoint=chat)]"
        ),
        format!(
            "import fastapi as f\nWebSocket = f.WebSocket\nPATH = '/agents/{{agent}}/chat'\napp = f.FastAPI()\n\
                 @app.websocket(PATH)\n{handler}"
        ),
    ];
    for server in servers {
        let code = client("websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])");
        let results = check_project(&format!("\n## app.py\n{server}\n{code}"));
        let fixed = only(&results).1.unwrap_or_default().to_owned();
        assert_eq!(
            fixed,
            FIXED.replace("websocket.", "ws.").replace("None)", "None, headers=[(b'x-a', b'b')])"),
            "{server}"
        );
    }
}

#[test]
fn a_helper_accepts_for_its_endpoint() {
    let results = check_project(
        "
## chat/__init__.py
## chat/manager.py
from fastapi import WebSocket
class Manager:
    async def connect(self, ws: WebSocket):
        await ws.accept()  #: WS301
        self.all.append(ws)
manager = Manager()
## chat/names.py
PROTOCOLS = ['agent_chat']
## chat/app.py
from fastapi import APIRouter, WebSocket
from .manager import manager
router = APIRouter()
@router.websocket('/agents/{agent}/chat')
async def chat(websocket: WebSocket, agent: str):
    await manager.connect(websocket)
## chat/client.py
import websockets
from chat.names import PROTOCOLS
websockets.connect(f'{base}/agents/ada/chat', subprotocols=PROTOCOLS)
",
    );
    let (finding, fixed) = only(&results);
    assert_eq!(fixed, Some(FIXED.replace("websocket.", "ws.")).as_deref());
    assert!(finding.message.contains("`agent_chat`"), "{}", finding.message);
    assert_eq!(results[1].path, "chat/manager.py");
}

#[test]
fn without_certainty_there_is_a_finding_and_no_fix() {
    let clients = [
        // A token is not repeated, nor shown.
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat', 'jwt.secret'])",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat', token])",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=[f'v{version}'])",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['with space'])",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['a', 'b', 'c', 'd', 'e'])",
        // Selecting would break the client that sets the header by hand.
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])\n\
         websockets.connect(f'{base}/agents/bob/chat', additional_headers={'Sec-WebSocket-Protocol': 'agent_chat'})  #: WS307",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])\n\
         h = {'sec-websocket-protocol': p}\nwebsockets.connect(f'{base}/agents/bob/{what}', extra_headers=h)  #: WS307",
        // A test that wants nothing to be selected.
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])\n\
         async def test_unknown():\n    async with websockets.connect(f'{base}/agents/ada/chat', subprotocols=['x']) as ws:\n\
         \x20       assert ws.subprotocol is None",
        // A test that calls the endpoint with a mock.
        "from unittest.mock import AsyncMock\nfrom app import chat\n\
         websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])\n\
         async def test_direct():\n    await chat(AsyncMock(), 'ada')",
    ];
    for code in clients {
        let results = check_project(&format!("{SERVER}{}", client(code)));
        let (finding, fixed) = only(&results);
        assert_eq!(fixed, None, "{code}");
        let said = format!("{}{:?}", finding.message, finding.help);
        assert!(!said.contains("secret"), "{said}");
    }
    let twice = "
    if agent == 'ada':
        return await websocket.accept()  #: WS301
    await websocket.accept()  #: WS301
";
    let server = SERVER.replace("\n    await websocket.accept()  #: WS301\n", twice);
    let code = client("websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])");
    let results = check_project(&format!("{server}{code}"));
    assert!(results[0].findings.iter().all(|finding| finding.fix.is_none()));
}

#[test]
fn one_of_two_routes_is_reported_and_not_fixed() {
    let other = "
## other.py
from fastapi import APIRouter, WebSocket
router = APIRouter()
@router.websocket('/{agent}/chat')
async def chat(websocket: WebSocket, agent: str):
    await websocket.accept()  #: WS301
";
    let code = client("websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])");
    let results = check_project(&format!("{SERVER}{other}{code}"));
    assert!(results.iter().flat_map(|it| &it.findings).all(|finding| finding.fix.is_none()));
    // Where one of the two selects, nobody knows.
    let selecting = other.replace("accept()  #: WS301", "accept(subprotocol=pick(agent))");
    check_project(&format!("{}{selecting}{code}", server_left_alone()));
}

#[test]
fn a_test_client_without_a_path_means_the_only_endpoint() {
    let code = client("def test(client, url):\n    client.websocket_connect(url, subprotocols=['agent_chat'])");
    let results = check_project(&format!("{SERVER}{code}"));
    assert_eq!(only(&results).1, None);
}

#[test]
fn clients_of_something_else_are_left_alone() {
    for code in [
        "websockets.connect(f'{base}/agents/ada/chat')",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=[])",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=None)",
        "def open(path, subprotocols=None):\n    websockets.connect(f'{base}/agents/ada/chat', subprotocols=subprotocols)",
        "websockets.connect(f'{base}/agents/ada/status', subprotocols=['agent_chat'])",
        "websockets.connect('wss://chat.example.com/agents/ada/chat', subprotocols=['agent_chat'])",
        "HOST = 'wss://chat.example.com'\nwebsockets.connect(f'{HOST}/agents/ada/chat', subprotocols=['agent_chat'])",
        "websockets.connect(url, subprotocols=['agent_chat'])",
        "websockets.connect(f'{base}{path}', subprotocols=['agent_chat'])",
        "websockets.connect(f'{base}/agents/{agent}/{what}', subprotocols=['agent_chat'])",
        "websockets.connect('ws://localhost:8765', subprotocols=['agent_chat'])",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['graphql-transport-ws'])",
        "websockets.connect(f'{base}/agents/ada/chat', subprotocols=['v4.channel.k8s.io'])",
        "def connect(url, subprotocols): ...\nconnect('/agents/ada/chat', subprotocols=['agent_chat'])",
        "class websockets:\n    pass\nwebsockets.connect('ws://localhost/agents/ada/chat', subprotocols=['agent_chat'])",
        "from fastapi import WebSocket\nasync def proxy(ws: WebSocket):\n\
         \x20   async with websockets.connect(f'{up}/agents/ada/chat', subprotocols=['agent_chat']) as other: ...",
        "async def test_unknown():\n    async with websockets.connect(f'{base}/agents/ada/chat', subprotocols=['x']) as ws:\n\
         \x20       assert ws.subprotocol is None",
    ] {
        check_project(&format!("{}{}", server_left_alone(), client(code)));
    }
}

#[test]
fn servers_that_negotiate_are_left_alone() {
    for body in [
        "await websocket.accept(subprotocol=pick(websocket))",
        "await websocket.accept(pick(websocket))",
        "await websocket.accept(subprotocol=None)",
        "await websocket.accept(**options)",
        "await websocket.accept(headers=[(b'sec-websocket-protocol', chosen)])",
        "await websocket.accept(headers=headers)",
        "chosen = set(websocket.scope['subprotocols']) & KNOWN\n    await websocket.accept(subprotocol=min(chosen, default=None))",
        // The branch of those who offered nothing.
        "if websocket.scope['subprotocols']:\n        await websocket.accept(subprotocol=pick(agent))\n\
         \x20   else:\n        await websocket.accept()",
        "if not websocket.headers.get('Sec-WebSocket-Protocol'):\n        return await websocket.close()\n    await websocket.accept()",
        "if upstream:\n        return await websocket.accept(subprotocol=upstream.subprotocol)\n    await websocket.accept()",
        "await negotiate(websocket)\n    await websocket.accept()",
        "await negotiate(websocket)",
        "agent.accept()",
    ] {
        let server = format!(
            "{}async def negotiate(ws: WebSocket, subprotocol=None):\n    if 'x' in ws.scope['subprotocols']:\n\
             \x20       await ws.accept(subprotocol=subprotocol)\n",
            SERVER.replace("await websocket.accept()  #: WS301", body)
        );
        let code = client("websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])");
        check_project(&format!("{server}{code}"));
    }
}

#[test]
fn other_things_that_accept_are_left_alone() {
    let code = client("websockets.connect(f'{base}/agents/ada/chat', subprotocols=['agent_chat'])");
    for server in [
        "from livekit.agents import JobRequest\nasync def entry(req: JobRequest):\n    await req.accept()",
        "class WebSocket: ...\n@app.websocket('/agents/{agent}/chat')\nasync def chat(ws: WebSocket):\n    await ws.accept()",
        "from fastapi import WebSocket\nasync def chat(ws: WebSocket):\n    await ws.accept()",
        "from fastapi import WebSocket\n@app.websocket(path)\nasync def chat(ws: WebSocket):\n    await ws.accept()",
    ] {
        check_project(&format!("\n## app.py\n{server}\n{code}"));
    }
}

#[test]
fn a_test_that_brings_its_own_application_means_that_one() {
    let own = "
## test_other.py
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
app = FastAPI()
@app.websocket('/agents/{agent}/chat')
async def chat(websocket: WebSocket, agent: str):
    await websocket.accept(subprotocol=websocket.scope['subprotocols'][0])  #: WS308
def test_chat():
    TestClient(app).websocket_connect('/agents/ada/chat', subprotocols=['agent_chat'])
";
    check_project(&format!("{}{own}", server_left_alone()));
}

fn endpoint(signature: &str, body: &str) -> String {
    format!(
        "\n## app.py\nfrom typing import Annotated, List, Optional\nfrom fastapi import Depends, FastAPI, Header, Query, \
         WebSocket\nfrom fastapi import Header as H\napp = FastAPI()\ndef offered(websocket: WebSocket):\n\
         \x20   return websocket.scope['subprotocols']\nNAME = 'chat'\n@app.websocket('/chat/{{room}}')\n\
         async def chat(websocket: WebSocket, room: str{signature}):\n    {body}\n"
    )
}

#[test]
fn a_parameter_that_nobody_fills_becomes_a_variable() {
    for parameter in [
        "subprotocols: Optional[List[str]] = None",
        "subprotocols: list[str] | None = None",
        "subprotocols: 'List[str]' = []",
        "subprotocols: List[str]",
        "sec_websocket_protocol: str = None",
    ] {
        let name = parameter.split(':').next().unwrap();
        let body = format!("await websocket.accept(subprotocol='a' if 'a' in {name} else None)");
        let results = check_project(
            &endpoint(&format!(", {parameter}"), &body).replace("):\n    await", "):  #: WS302\n    await"),
        );
        let (finding, fixed) = only(&results);
        assert_eq!(fixed, Some(&*format!("{name} = websocket.scope.get(\"subprotocols\", ())")), "{parameter}");
        assert!(results[0].fixed.contains("(websocket: WebSocket, room: str):"), "{}", results[0].fixed);
        assert!(finding.message.contains(&format!("`{name}`")), "{}", finding.message);
    }
    // Nothing to do with a parameter that is not read, or that is written.
    for body in ["await websocket.accept()", "subprotocols = subprotocols or []"] {
        let signature = ", subprotocols: Optional[List[str]] = None";
        let results = check_project(&endpoint(signature, body).replace("None):", "None):  #: WS302"));
        assert_eq!(only(&results).1, None, "{body}");
    }
}

#[test]
fn parameters_that_are_filled_are_left_alone() {
    for signature in [
        ", subprotocols: List[str] = Query([])",
        ", subprotocols: Optional[str] = Header(None, alias='sec-websocket-protocol')",
        ", sec_websocket_protocol: Annotated[str | None, Header()] = None",
        ", sec_websocket_protocol: Annotated[Optional[str], H()] = None",
        ", subprotocols: List[str] = Depends(offered)",
        ", subprotocols: Annotated[List[str], Depends(offered)] = None",
        ", subprotocol: Optional[str] = None",
        ", tags: Optional[List[str]] = None",
        ", subprotocols=None",
    ] {
        check_project(&endpoint(signature, "await websocket.accept()"));
    }
    check_project(
        "
## app.py
from typing import List, Optional
from fastapi import WebSocket
async def helper(websocket: WebSocket, subprotocols: Optional[List[str]] = None):
    await websocket.accept()
async def connect(url, subprotocols: Optional[List[str]] = None): ...
@sanic.websocket('/chat')
async def feed(request, ws, subprotocols: Optional[List[str]] = None): ...
@app.websocket('/{subprotocols}')
async def path(websocket: WebSocket, subprotocols: Optional[List[str]] = None): ...
@app.websocket('/called')
async def called(websocket: WebSocket, subprotocols: Optional[List[str]] = None): ...
called(w, subprotocols=['a'])
",
    );
}

#[test]
fn a_constant_is_selected_only_if_it_was_offered() {
    for (body, fixed) in [
        (
            "await websocket.accept(subprotocol='chat')",
            "await websocket.accept(subprotocol='chat' if 'chat' in O else None)",
        ),
        ("await websocket.accept('chat', [])", "await websocket.accept('chat' if 'chat' in O else None, [])"),
        ("await websocket.accept(subprotocol=NAME)", "await websocket.accept(subprotocol=NAME if NAME in O else None)"),
        (
            "websocket.path_params; await websocket.accept(subprotocol='v2' )",
            "websocket.path_params; await websocket.accept(subprotocol='v2' if 'v2' in O else None )",
        ),
    ] {
        let results = check_project(&endpoint("", &format!("{body}  #: WS303")));
        let fixed = fixed.replace('O', "websocket.scope.get(\"subprotocols\", ())");
        assert_eq!(only(&results).1, Some(&*fixed), "{body}");
    }
}

#[test]
fn selections_that_look_at_the_offer_are_left_alone() {
    for (signature, body) in [
        ("", "if 'chat' in websocket.scope['subprotocols']:\n        await websocket.accept(subprotocol='chat')"),
        ("", "if 'chat' in websocket['subprotocols']:\n        await websocket.accept('chat')"),
        (
            "",
            "if b'chat' in dict(websocket.scope['headers'])[b'sec-websocket-protocol']:\n        await websocket.accept('chat')",
        ),
        (
            "",
            "if websocket.headers.get('Sec-WebSocket-Protocol') != 'chat':\n        return\n    await websocket.accept('chat')",
        ),
        ("", "await websocket.accept(subprotocol=pick())"),
        ("", "await websocket.accept(subprotocol=upstream.subprotocol)"),
        ("", "await websocket.accept(subprotocol=None)"),
        (
            "",
            "await websocket.accept(subprotocol='chat' if 'chat' in websocket.scope.get('subprotocols', ()) else None)",
        ),
        ("", "if 'chat' in offered(websocket):\n        await websocket.accept(subprotocol='chat')"),
        ("", "require_protocol(websocket)\n    await websocket.accept(subprotocol='chat')"),
        (", ok: bool = Depends(offered)", "await websocket.accept(subprotocol='chat')"),
        (", sec_websocket_protocol: str = Header()", "await websocket.accept(subprotocol='chat')"),
        (", wanted: str = Header(alias='Sec-WebSocket-Protocol')", "await websocket.accept(subprotocol='chat')"),
        (", subprotocol=None", "if subprotocol:\n        await websocket.accept(subprotocol='chat')"),
        ("", "request.accept(subprotocol='chat')"),
    ] {
        check_project(&endpoint(signature, body));
    }
}

#[test]
fn a_helper_selects_for_its_callers() {
    let manager = "
## manager.py
from fastapi import WebSocket
class Manager:
    async def connect(self, ws: WebSocket):
        await ws.accept(subprotocol='chat')  #: WS303
manager = Manager()
";
    let app = "
## app.py
from fastapi import APIRouter, WebSocket
from manager import manager
router = APIRouter()
@router.websocket('/chat')
async def chat(websocket: WebSocket):
    await manager.connect(websocket)
";
    let results = check_project(&format!("{manager}{app}"));
    let expected = "await ws.accept(subprotocol='chat' if 'chat' in ws.scope.get(\"subprotocols\", ()) else None)";
    assert_eq!(only(&results).1, Some(expected));
    let silent = manager.replace("  #: WS303", "");
    // One that looks, nobody that is known, and somebody that cannot be seen through.
    let looking = "    if 'chat' in websocket.scope['subprotocols']:\n        await manager.connect(websocket)\n";
    check_project(&format!("{silent}{}", app.replace("    await manager.connect(websocket)\n", looking)));
    check_project(&silent);
    let method = "
## app.py
from fastapi import FastAPI, WebSocket
app = FastAPI()
class Chat:
    def __init__(self, websocket: WebSocket):
        self.websocket = websocket
    def knows(self):
        return 'chat' in self.websocket.scope['subprotocols']
    async def open(self):
        await self.websocket.accept(subprotocol='chat')
@app.websocket('/chat')
async def chat(websocket: WebSocket):
    chat = Chat(websocket)
    if chat.knows():
        await chat.open()
";
    check_project(method);
}
