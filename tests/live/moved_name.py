# rules: WS404
"""Names under their old paths, all of which a handshake needs."""

import asyncio

import websockets
from websockets.connection import State
from websockets.frames import OP_TEXT
from websockets.http import Headers


async def handler(ws, *_):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        uri = websockets.parse_uri(f"ws://127.0.0.1:{port}/chat")
        assert (uri.host, uri.port) == ("127.0.0.1", port)
        async with websockets.connect(f"ws://{uri.host}:{uri.port}") as ws:
            assert ws.state is State.OPEN
    assert Headers([("A", "b")])["a"] == "b"
    assert OP_TEXT == 1


asyncio.run(main())
