# rules: WS602
# fix: unsafe
# before: none
# fails: 10.4 13.1 17.4
"""A handler whose path has a default.

Prints `handler_path_default: ok` and exits 0 when it gets the path.
"""

import asyncio

import websockets


async def handler(ws, path=None):
    await ws.send(f"welcome to {path}")


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/room?q=1"
        async with websockets.connect(url) as ws:
            assert await ws.recv() == "welcome to /room?q=1"
    print("handler_path_default: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
