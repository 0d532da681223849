"""It offers."""

import websockets

WANTED = {"offering": "feed.v1"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/feed", subprotocols=["feed.v1"]) as ws:
        return ws.subprotocol
