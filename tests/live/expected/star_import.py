# rules: WS407
# fix: unsafe
"""The names of a star."""

import asyncio

from websockets import Origin, ServerConnection, connect, serve


async def handler(ws: ServerConnection, *_):
    await ws.wait_closed()


async def main():
    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", subprotocols=None, origin=Origin("http://localhost")) as ws:
            await ws.ping()


asyncio.run(main())
