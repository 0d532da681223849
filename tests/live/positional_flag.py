# rules: WS110
# fix: safe
# before: 14.2 16.1.1
# fails: 17.4
# after: 14.2 16.1.1 17.4
"""Flags that are passed by position.

Prints `positional_flag: ok` and exits 0 when both messages arrive.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.send(b"as text", True)
    websockets.broadcast([ws], "to all", True)
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url) as ws:
            assert await ws.recv() == "as text"
            assert await ws.recv() == "to all"
    print("positional_flag: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
