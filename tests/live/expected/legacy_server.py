# rules: WS401 WS402 WS206
# fix: unsafe
# warnings: error
"""A chat of the legacy server, under its own path. A deprecation is an error here."""

import asyncio
import functools
import warnings

warnings.filterwarnings("error", message="websockets", category=DeprecationWarning)

import websockets
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State


class Chat:
    def __init__(self):
        self.clients: set[ServerConnection] = set()

    async def handler(self, ws: ServerConnection):
        path = ws.request.path
        assert path == "/room?name=x", path
        self.clients.add(ws)
        try:
            async for message in ws:
                broadcast({client for client in self.clients if client.state is State.OPEN}, message)
        except ConnectionClosed as exc:
            assert (exc.rcvd.code if exc.rcvd else 1006) == 4000
        finally:
            self.clients.remove(ws)

    async def main(self):
        async with serve(self.handler, "127.0.0.1", 0, max_size=2**16) as server:
            port = server.sockets[0].getsockname()[1]
            async with websockets.connect(f"ws://127.0.0.1:{port}/room?name=x", close_timeout=1) as ws:
                await ws.send("hello")
                assert await ws.recv() == "hello"
                await ws.close(4000)
            await asyncio.sleep(0.1)
            assert not self.clients


asyncio.run(Chat().main())
