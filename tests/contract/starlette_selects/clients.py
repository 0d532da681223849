"""Every client there is, each with the same offer."""

import aiohttp
import httpx_ws
import websocket
import websockets
from starlette.testclient import TestClient
from tornado.websocket import websocket_connect
from websockets.legacy.client import connect as legacy_connect
from websockets.sync.client import connect as sync_connect

from server import app

WANTED = {
    "new": "chat",
    "sync": "chat",
    "legacy": "chat",
    "plain": "none",
    "websocket_client": "chat",
    "aiohttp_client": "chat",
    "httpx": "chat",
    "tornado_client": "chat",
    "in_process": "chat",
    "node": "chat",
    "page": "chat",
}


async def new():
    async with websockets.connect("ws://127.0.0.1:8765/chat", subprotocols=["chat"]) as ws:
        return ws.subprotocol


def sync():
    with sync_connect("ws://127.0.0.1:8765/chat", subprotocols=["chat"]) as ws:
        return ws.subprotocol


async def legacy():
    async with legacy_connect("ws://127.0.0.1:8765/chat", subprotocols=["chat"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/chat") as ws:
        return ws.subprotocol


def websocket_client():
    ws = websocket.create_connection("ws://127.0.0.1:8765/chat", subprotocols=["chat"])
    try:
        return ws.getsubprotocol()
    finally:
        ws.close()


async def aiohttp_client():
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect("http://127.0.0.1:8765/chat", protocols=["chat"]) as ws:
            return ws.protocol


async def httpx():
    async with httpx_ws.aconnect_ws("http://127.0.0.1:8765/chat", subprotocols=["chat"]) as ws:
        return ws.subprotocol


async def tornado_client():
    ws = await websocket_connect("ws://127.0.0.1:8765/chat", subprotocols=["chat"])
    try:
        return ws.selected_subprotocol
    finally:
        ws.close()


def in_process():
    with TestClient(app).websocket_connect("/chat", subprotocols=["chat"]) as ws:
        return ws.accepted_subprotocol
