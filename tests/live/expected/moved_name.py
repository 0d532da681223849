# rules: WS404
"""Names under their old paths, all of which a handshake needs."""

import asyncio

import websockets
from websockets.datastructures import Headers
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri


async def handler(ws, *_):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        uri = parse_uri(f"ws://127.0.0.1:{port}/chat")
        assert (uri.host, uri.port) == ("127.0.0.1", port)
        async with websockets.connect(f"ws://{uri.host}:{uri.port}") as ws:
            assert ws.state is State.OPEN
    assert Headers([("A", "b")])["a"] == "b"
    assert Opcode.TEXT == 1


asyncio.run(main())
