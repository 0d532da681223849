# rules: WS404
"""Names under their old paths, in a project that supports old versions too."""

import asyncio

import websockets
from websockets.datastructures import Headers
from websockets.uri import parse_uri


async def handler(ws, *_):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        uri = parse_uri(f"ws://127.0.0.1:{port}/chat")
        async with websockets.connect(f"ws://{uri.host}:{uri.port}") as ws:
            await ws.ping()
    assert Headers([("A", "b")])["a"] == "b"


asyncio.run(main())
