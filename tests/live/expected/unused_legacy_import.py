# rules: WS408
# warnings: error
"""An import that nobody needs, in a program that takes deprecations for errors."""

import asyncio
import warnings

warnings.simplefilter("error", DeprecationWarning)

import websockets


async def handler(ws, *_):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}") as ws:
            await ws.ping()


asyncio.run(main())
