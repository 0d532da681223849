# rules: WS403
# before: none
"""A connection told by the class of the protocol without a network."""

import asyncio

import websockets
from websockets.client import ClientConnection


def is_ours(ws: object) -> bool:
    return isinstance(ws, ClientConnection)


async def handler(ws, *_):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}") as ws:
            assert is_ours(ws), type(ws)


asyncio.run(main())
