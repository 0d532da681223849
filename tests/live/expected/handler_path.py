# rules: WS601
# fix: safe
# warnings: error
"""Handlers of every kind that take the path.

Prints `handler_path: ok` and exits 0 when each of them sends it back.
"""

import asyncio
from functools import partial

import websockets


async def once(ws):
    await ws.send(ws.request.path)


async def often(ws):
    """Does more with it."""
    path = ws.request.path

    # The query does not count.
    path, _, query = path.partition("?")
    await ws.send(f"{path}?{query}")


class Hub:
    def __init__(self, name):
        self.name = name

    async def method(self, ws):
        await ws.send(ws.request.path if self.name else "")

    async def __call__(self, ws):
        await ws.send(ws.request.path if self.name else "")

    def serve(self):
        return websockets.serve(self.method, "127.0.0.1", 0)


async def applied(hub, ws, word):
    await ws.send(ws.request.path if hub.name == word else "")


def servers():
    return [
        websockets.serve(once, "127.0.0.1", 0),
        websockets.serve(often, "127.0.0.1", 0),
        Hub("hub").serve(),
        websockets.serve(Hub("hub"), "127.0.0.1", 0),
        websockets.serve(partial(applied, Hub("hub"), word="hub"), "127.0.0.1", 0),
        websockets.serve(lambda ws: ws.send(ws.request.path), "127.0.0.1", 0),
    ]


async def main():
    for pending in servers():
        async with pending as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/room?q=1"
            async with websockets.connect(url) as ws:
                assert await ws.recv() == "/room?q=1"
    print("handler_path: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
