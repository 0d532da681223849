"""It sets the header with its offer, and others beside it."""

from websockets.legacy.client import connect

WANTED = {"bus": "bus.v1"}


async def bus():
    async with connect("ws://127.0.0.1:8765/", subprotocols=["bus.v1"], extra_headers={"X-Bus": "1"}) as ws:
        return ws.subprotocol
