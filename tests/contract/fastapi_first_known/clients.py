"""One that offers, and one that does not."""

import websockets

WANTED = {"offering": "room", "plain": "none"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/room", subprotocols=["room"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/room") as ws:
        return ws.subprotocol
