"""One that offers, and one that does not."""

import websockets

WANTED = {"offering": "shell.v1", "plain": "none"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/shell", subprotocols=["shell.v1"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/shell") as ws:
        return ws.subprotocol
