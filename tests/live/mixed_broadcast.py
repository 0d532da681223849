# rules: WS111
# fix: report
"""The legacy `broadcast()` and the connections of the top level's `serve()`.

Prints `mixed_broadcast: ok` and exits 0 when the message arrives.
"""

import asyncio

import websockets
from websockets.legacy.server import broadcast

CLIENTS = set()


async def handler(ws):
    CLIENTS.add(ws)
    broadcast(CLIENTS, "hello")
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url) as ws:
            assert await ws.recv() == "hello"
    print("mixed_broadcast: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
