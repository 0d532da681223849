"""It wants the marker back, and not its secret."""

import websockets

WANTED = {"signed_in": "bearer"}


async def signed_in():
    async with websockets.connect("ws://127.0.0.1:8765/room", subprotocols=["bearer", "jwt.c2VjcmV0"]) as ws:
        return ws.subprotocol
