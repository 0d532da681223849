"""One that offers, and one that does not."""

import websockets

WANTED = {"offering": "desk.v1", "plain": "none"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/desk", subprotocols=["desk.v1"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/desk") as ws:
        return ws.subprotocol
