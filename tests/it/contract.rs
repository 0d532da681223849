//! The subprotocol contract over several files and frameworks: small projects, each a server and its clients.
//!
//! What is expected was seen: the server started, and clients connected with no offer, their own and an unknown one. The text of a project
//! is what `tests/it/subprotocols.rs` says; at least as many are left alone as are found.

use crate::subprotocols::check_project;

/// Projects in which something is found, where `#:` says.
const LOUD: &[&str] = &[
    // Prefixes are composed; a second route of the same tail negotiates.
    "
## app.py
from fastapi import FastAPI
from api import router as api
app = FastAPI()
app.include_router(api, prefix='/v1')
## api/__init__.py
from .rooms import router
## api/rooms.py
from fastapi import APIRouter, WebSocket
from .tickets import router as tickets
router = APIRouter(prefix='/rooms')
router.include_router(tickets, prefix='/tickets')
@router.websocket('/{key}/live')
async def live(websocket: WebSocket, key: str):
    await websocket.accept()  #: WS301
## api/tickets.py
from fastapi import APIRouter, WebSocket
router = APIRouter()
@router.websocket('/{key}/live')
async def live(websocket: WebSocket, key: str):
    offered = websocket.scope['subprotocols']
    await websocket.accept('live' if 'live' in offered else None)
## client.py
import websockets
websockets.connect('ws://localhost:8000/v1/rooms/7/live', subprotocols=['live'])
",
    // A dependency accepts.
    "
## app.py
from typing import Annotated
from fastapi import Depends, FastAPI, WebSocket
from auth import opened
app = FastAPI()
@app.websocket('/inbox')
async def inbox(websocket: WebSocket, user: Annotated[str, Depends(opened)]):
    await websocket.send_text(user)
## auth.py
from fastapi import WebSocket
async def opened(websocket: WebSocket) -> str:
    await websocket.accept()  #: WS301
## client.py
from websockets.legacy.client import connect
connect('ws://localhost:8000/inbox?user=ada', subprotocols=['inbox'])
",
    // An unannotated handler hands the WebSocket on, twice.
    "
## app.py
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from helpers import opened
async def chat(ws):
    await opened(ws)
app = Starlette(routes=[Mount('/api', routes=[WebSocketRoute('/chat', chat)])])
## helpers.py
async def opened(socket):
    await deeper(client=socket)
async def deeper(client):
    await client.accept()  #: WS301
## client.py
import httpx
from httpx_ws import aconnect_ws
async def main(client):
    async with aconnect_ws('http://localhost/api/chat', client, subprotocols=['chat.v1']) as ws: ...
",
    // An object takes it, in an attribute without an annotation.
    "
## app.py
from fastapi import FastAPI, WebSocket
from session import Session
app = FastAPI()
@app.websocket('/session')
async def endpoint(websocket: WebSocket):
    session = Session(websocket)
    await session.run()
## session.py
class Session:
    def __init__(self, ws):
        self.ws = ws
    async def run(self):
        await self.ws.accept()  #: WS301
## client.py
import websocket
websocket.create_connection('ws://localhost:8774/session', subprotocols=['s1'])
",
    // A class is the endpoint, and nothing in it accepts.
    "
## app.py
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
class Echo(WebSocketEndpoint):  #: WS301
    async def on_receive(self, websocket, data):
        await websocket.send_text(data)
app = Starlette(routes=[WebSocketRoute('/echo', Echo)])
## test_app.py
from starlette.testclient import TestClient
from app import app
def test():
    TestClient(app).websocket_connect('/echo', subprotocols=['echo.v1'])
",
    // Channels: nested routers, a consumer of another file, its base class accepts.
    "
## asgi.py
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path
from chat.routing import websocket_urlpatterns
application = ProtocolTypeRouter({'websocket': URLRouter([path('ws/', URLRouter(websocket_urlpatterns))])})
## chat/__init__.py
## chat/consumers.py
from channels.generic.websocket import AsyncJsonWebsocketConsumer
class Base(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.accept()  #: WS301
class Chat(Base):
    async def receive_json(self, content): ...
## chat/routing.py
from django.urls import re_path
from .consumers import Chat
websocket_urlpatterns = [re_path(r'^chat/(?P<room>\\w+)/$', Chat.as_asgi())]
## client.py
import websockets
websockets.connect('ws://localhost:8000/ws/chat/lobby/', subprotocols=['chat.json'])
",
    // aiohttp, Quart, Sanic, Tornado, ASGI and websockets, each with a client of its own.
    "
## server.py
from aiohttp import web
async def lamp(request):
    ws = web.WebSocketResponse(heartbeat=5)  #: WS301
    await ws.prepare(request)
    return ws
app = web.Application()
app.router.add_get('/lamp', lamp)
## client.py
import aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        await session.ws_connect('http://localhost:8080/lamp', protocols=('lamp.v1',))
",
    "
## app.py
from quart import Blueprint, Quart, websocket
blueprint = Blueprint('feed', __name__, url_prefix='/feed')
@blueprint.websocket('/<symbol>/live')  #: WS301
async def feed(symbol):
    await websocket.send(symbol)
app = Quart(__name__)
app.register_blueprint(blueprint)
## client.py
import websockets
websockets.connect('ws://localhost:5000/feed/gold/live', subprotocols=['feed.v1'])
",
    "
## server.py
from sanic import Sanic
app = Sanic('feed')
@app.websocket('/feed', subprotocols=['feed.v1'])  #: WS313
async def feed(request, ws):
    await ws.send('hello')
## client.py
import websockets
websockets.connect('ws://localhost:8000/feed')
",
    "
## server.py
from tornado.web import Application
from tornado.websocket import WebSocketHandler
class Shell(WebSocketHandler):  #: WS301
    def open(self): ...
Application([(r'/shell/(\\w+)', Shell)]).listen(8756)
## client.py
from tornado.websocket import websocket_connect
websocket_connect('ws://localhost:8756/shell/a', subprotocols=['shell.v1'])
",
    "
## app.py
async def app(scope, receive, send):
    if scope['type'] == 'websocket' and scope['path'] == '/hub':
        await receive()
        await send({'type': 'websocket.accept'})  #: WS301
## client.py
import websockets
websockets.connect('ws://localhost:8759/hub', subprotocols=['hub.v1'])
",
    "
## server.py
from websockets.asyncio.server import serve
from handlers import handler
PORT = 8762
async def main():
    async with serve(handler, 'localhost', PORT) as server:  #: WS301
        await server.serve_forever()
## handlers.py
async def handler(connection):
    await connection.send('websocket')
## client.py
import websocket
websocket.create_connection('ws://localhost:8762/', subprotocols=['lamp.v1'])
",
    "
## server.py
from websockets.sync.server import serve
with serve(handler, 'localhost', 8765, subprotocols=['cam.v2']) as server:  #: WS312
    server.serve_forever()
## client.py
from websockets.sync.client import connect
connect('ws://localhost:8765/cam', subprotocols=['cam.v1'])
",
    "
## app.py
from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket('/a')
async def a(websocket: WebSocket):
    await websocket.accept(subprotocol=websocket.headers['sec-websocket-protocol'])  #: WS309
@app.websocket('/b')
async def b(websocket: WebSocket):
    token = next((one for one in websocket.scope['subprotocols'] if one.startswith('jwt.')), None)
    await websocket.accept(subprotocol=token)  #: WS311
",
];

/// A server that selects nothing, and whose clients may be called by another name.
const ALIASED: &str = "
## app.py
from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket('/chat')
async def chat(websocket: WebSocket):
    await websocket.accept()MARK
## client.py
";

/// Projects in which nothing is found.
const SILENT: &[&str] = &[
    // The client goes to another service, whose path differs in the prefix only.
    "
## app.py
from fastapi import FastAPI
import rooms
app = FastAPI()
app.include_router(rooms.router, prefix='/api/v1')
## rooms.py
from fastapi import APIRouter, WebSocket
router = APIRouter(prefix='/rooms')
@router.websocket('/live/{room}')
async def live(websocket: WebSocket, room: int):
    await websocket.accept()
## relay.py
import websockets
websockets.connect(f'ws://localhost:9000/api/v2/rooms/live/{room}', subprotocols=['live.v2'])
",
    // Refused by a dependency of the route, of the router, or by an object.
    "
## app.py
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from guards import Guard, guard
by_object = Guard('bearer')
router = APIRouter(dependencies=[Depends(guard)])
inner = APIRouter()
app = FastAPI()
@app.websocket('/route', dependencies=[Depends(guard)])
async def of_route(websocket: WebSocket):
    await websocket.accept(subprotocol='bearer')
@router.websocket('/router')
async def of_router(websocket: WebSocket):
    await websocket.accept(subprotocol='bearer')
@inner.websocket('/inner')
async def of_inner(websocket: WebSocket):
    await websocket.accept(subprotocol='bearer')
@app.websocket('/object', dependencies=[Depends(by_object)])
async def of_object(websocket: WebSocket):
    await websocket.accept(subprotocol='bearer')
router.include_router(inner)
app.include_router(router)
## guards.py
from fastapi import WebSocket, WebSocketException
async def guard(websocket: WebSocket):
    if 'bearer' not in websocket.scope['subprotocols']:
        raise WebSocketException(code=1008)
class Guard:
    def __init__(self, name):
        self.name = name
    async def __call__(self, websocket: WebSocket):
        if self.name not in websocket.scope['subprotocols']:
            raise WebSocketException(code=1008)
",
    // A middleware negotiates for all.
    "
## app.py
from fastapi import FastAPI, WebSocket
from negotiate import Negotiate
app = FastAPI()
app.add_middleware(Negotiate, known=('v2', 'v1'))
@app.websocket('/ws')
async def endpoint(websocket: WebSocket):
    await websocket.accept()
## negotiate.py
class Negotiate:
    def __init__(self, app, known):
        self.app, self.known = app, known
    async def __call__(self, scope, receive, send):
        async def accepting(message):
            if message['type'] == 'websocket.accept':
                message = {**message, 'subprotocol': next((it for it in self.known if it in scope['subprotocols']), None)}
            await send(message)
        await self.app(scope, receive, accepting)
## client.py
import websockets
websockets.connect('ws://localhost:8772/ws', subprotocols=['v1'])
",
    // A decorator of the project refuses.
    "
## app.py
from fastapi import FastAPI, WebSocket
from guards import offering
app = FastAPI()
@app.websocket('/ws')
@offering('v1')
async def endpoint(websocket: WebSocket):
    await websocket.accept(subprotocol='v1')
## guards.py
import functools
def offering(name):
    def decorator(function):
        @functools.wraps(function)
        async def inner(websocket):
            if name in websocket.scope['subprotocols']:
                await function(websocket)
        return inner
    return decorator
",
    // A consumer answers whoever offers, and lets old clients in.
    "
## chat/consumers.py
from channels.generic.websocket import WebsocketConsumer
class Alarm(WebsocketConsumer):
    def connect(self):
        offered = self.scope.get('subprotocols') or []
        if not offered:
            return self.accept()
        if 'alarm' not in offered:
            return self.close(code=4406)
        self.accept(subprotocol='alarm')
## chat/routing.py
from django.urls import path
from chat.consumers import Alarm
websocket_urlpatterns = [path('ws/alarm/', Alarm.as_asgi())]
## client.py
import websockets
websockets.connect('ws://localhost:8741/ws/alarm/', subprotocols=['alarm'])
",
    // Frameworks that negotiate.
    "
## app.py
from litestar import Litestar, WebSocket, websocket
@websocket('/desk')
async def desk(socket: WebSocket) -> None:
    await socket.accept(subprotocols='desk.v1' if 'desk.v1' in socket.scope['subprotocols'] else None)
app = Litestar([desk])
## client.py
import websockets
websockets.connect('ws://localhost:8753/desk', subprotocols=['desk.v1'])
",
    "
## server.py
from tornado.web import Application
from tornado.websocket import WebSocketHandler
class Base(WebSocketHandler):
    def select_subprotocol(self, subprotocols):
        if len(subprotocols) == 1 and subprotocols[0].startswith('shell.'):
            return subprotocols[0]
        return next((one for one in ('shell.v2', 'shell.v1') if one in subprotocols), None)
class Shell(Base):
    def open(self): ...
Application([('/shell', Shell)]).listen(8756)
## client.py
import websocket
websocket.create_connection('ws://localhost:8756/shell', subprotocols=['shell.v1', 'shell.v2'])
",
    "
## server.py
from aiohttp import web
async def lamp(request):
    ws = web.WebSocketResponse(protocols=('lamp.v2', 'lamp.v1'))
    await ws.prepare(request)
    return ws
app = web.Application()
app.add_routes([web.get('/lamp', lamp)])
## client.py
import aiohttp
async def main(session: aiohttp.ClientSession):
    await session.ws_connect('http://localhost:8744/lamp', protocols=['lamp.v1'])
",
    "
## server.py
from websockets.asyncio.server import serve
async def main(handler):
    await serve(handler, 'localhost', 8762, select_subprotocol=lambda c, offered: pick(offered))
    await serve(handler, 'localhost', 8763, **options)
## client.py
import websockets
websockets.connect('ws://localhost:8762/', subprotocols=['lamp.v1'])
websockets.connect('ws://localhost:8763/', subprotocols=['lamp.v1'])
",
    // No port in common, or none that is known.
    "
## server.py
from websockets.asyncio.server import serve
async def main(handler, port):
    await serve(handler, 'localhost', port)
    await serve(handler, 'localhost', 8763)
## client.py
import websockets
websockets.connect('ws://localhost:8762/', subprotocols=['lamp.v1'])
",
    // A proxy, and offers that are to be refused.
    "
## app.py
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import connect
app = FastAPI()
@app.websocket('/proxy/{path}')
async def proxy(websocket: WebSocket, path: str):
    offered = websocket.scope.get('subprotocols') or None
    async with connect(f'ws://localhost:9/{path}', subprotocols=offered) as upstream:
        await websocket.accept(subprotocol=upstream.subprotocol)
@app.websocket('/plain')
async def plain(websocket: WebSocket):
    await websocket.accept()
## test_app.py
import pytest
from app import app
from fastapi.testclient import TestClient
def test(client: TestClient):
    client.websocket_connect('/proxy/a', subprotocols=['a.v1'])
    with pytest.raises(Exception):
        client.websocket_connect('/plain', subprotocols=['a.v1'])
",
    // Two applications of one file with the same path.
    "
## app.py
from fastapi import FastAPI, WebSocket
old, new = FastAPI(), FastAPI()
@old.websocket('/ws')
async def first(websocket: WebSocket):
    await websocket.accept()
@new.websocket('/ws')
async def second(websocket: WebSocket):
    await websocket.accept('v1' if 'v1' in websocket.scope['subprotocols'] else None)
## client.py
import websockets
websockets.connect('ws://localhost:8000/ws', subprotocols=['v1'])
",
    // Computed selections, and keywords that nobody can see.
    "
## app.py
from fastapi import FastAPI, WebSocket
MARKER = 'auth'
SUPPORTED = {'draw.v1', 'draw.v2'}
app = FastAPI()
def options(offered):
    return {'subprotocol': MARKER} if MARKER in offered else {}
@app.websocket('/secure')
async def secure(websocket: WebSocket):
    await websocket.accept(**options(websocket.scope.get('subprotocols', [])))
@app.websocket('/draw')
async def draw(websocket: WebSocket):
    common = SUPPORTED & set(websocket.scope['subprotocols'])
    await websocket.accept(subprotocol=max(common, default=None))
## client.py
import websockets
websockets.connect('ws://localhost:8000/secure', subprotocols=['auth', token])
websockets.connect('ws://localhost:8000/draw', subprotocols=['draw.v3'])
",
    // Other things that accept.
    "
## worker.py
import socket
from direct.showbase.DirectObject import DirectObject
async def entrypoint(request):
    await request.accept(subprotocol='websocket')
class Keys(DirectObject):
    def __init__(self, ws):
        self.ws = ws
        self.accept('escape', exit)
def listen():
    connection, _ = socket.create_server(('localhost', 0)).accept()
    return connection
## client.py
import websockets
websockets.connect('ws://localhost:8000/agent', subprotocols=['agent'])
",
];

#[test]
fn disagreements_are_found_across_files_and_frameworks() {
    for project in LOUD {
        check_project(project);
    }
}

#[test]
fn a_client_under_another_name_is_one_and_keywords_are_unpacked() {
    let url = "'ws://localhost:8000/chat'";
    for client in [
        format!("import websockets\ndial = websockets.connect\ndial({url}, subprotocols=['chat'])"),
        format!(
            "import websockets\ndial = websockets.connect\nparams = {{'subprotocols': ['chat'], 'open_timeout': 5}}\ndial({url}, **params)"
        ),
        format!("from websockets.sync.client import connect as dial\ndial({url}, **{{'subprotocols': ['chat']}})"),
        format!(
            "import websocket\nopened = websocket.create_connection\nopened({url}, **dict_of(), subprotocols=['chat'])"
        ),
    ] {
        check_project(&format!("{}{client}\n", ALIASED.replace("MARK", "  #: WS301")));
    }
    for client in [
        format!("import websockets\ndial = websockets.connect\ndial({url}, **params)"),
        format!("import websockets\ndial = websockets.connect\nparams = {{'open_timeout': 5}}\ndial({url}, **params)"),
        format!("import websockets\nfrom other import connect as dial\ndial({url}, subprotocols=['chat'])"),
        format!(
            "import websockets\ndial = websockets.connect\nif testing:\n    dial = fake\ndial({url}, subprotocols=['chat'])"
        ),
    ] {
        check_project(&format!("{}{client}\n", ALIASED.replace("MARK", "")));
    }
    // It offers nothing, and is rejected.
    check_project(
        "
## server.py
from websockets.sync.server import serve
with serve(handler, 'localhost', 8765, subprotocols=['cam.v2']) as server:  #: WS313
    server.serve_forever()
## client.py
from websockets.sync.client import connect as dial
dial('ws://localhost:8765/cam', **{'open_timeout': 5})
",
    );
}

#[test]
fn agreements_are_left_alone() {
    assert!(SILENT.len() >= LOUD.len(), "{} found, only {} left alone", LOUD.len(), SILENT.len());
    for project in SILENT {
        check_project(project);
    }
}
