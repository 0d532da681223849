"""An old one, and a new one."""

import websockets

WANTED = {"old": "cam.v1", "new": "cam.v2"}


async def old():
    async with websockets.connect("ws://127.0.0.1:8765/", subprotocols=["cam.v1"]) as ws:
        return ws.subprotocol


async def new():
    async with websockets.connect("ws://127.0.0.1:8765/", subprotocols=["cam.v2"]) as ws:
        return ws.subprotocol
