# rules: WS406
"""The legacy client as an attribute of the package, which used to have it once another name had been used."""

import asyncio

import websockets
import websockets.legacy.client


async def handler(ws, *_):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}") as ws:
            await ws.ping()
        async with websockets.legacy.client.connect(f"ws://127.0.0.1:{port}") as ws:
            assert ws.open


asyncio.run(main())
