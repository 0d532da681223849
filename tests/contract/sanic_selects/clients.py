"""It offers two."""

import websockets

WANTED = {"offering": "feed.v1"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/feed", subprotocols=["feed.v2", "feed.v1"]) as ws:
        return ws.subprotocol
