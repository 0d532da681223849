"""It sets the header itself."""

from websockets.legacy.client import connect

WANTED = {"bus": "bus.v1"}


async def bus():
    async with connect("ws://127.0.0.1:8765/", extra_headers={"Sec-WebSocket-Protocol": "bus.v1"}) as ws:
        return ws.subprotocol
