"""It offers nothing."""

import websockets

WANTED = {"plain": "none"}


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/feed") as ws:
        return ws.subprotocol
