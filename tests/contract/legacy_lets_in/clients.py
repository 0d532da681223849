"""The old server lets in who offers nothing."""

import websockets

WANTED = {"offering": "bus.v1", "plain": "none"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/", subprotocols=["bus.v1"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/") as ws:
        return ws.subprotocol
