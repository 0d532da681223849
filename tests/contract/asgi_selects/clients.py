"""One that offers, and one that does not."""

import websockets

WANTED = {"offering": "hub.v1", "plain": "none"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/hub", subprotocols=["hub.v1"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/hub") as ws:
        return ws.subprotocol
