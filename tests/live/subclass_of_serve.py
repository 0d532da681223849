# rules: WS113
# fix: report
# before: 13.1 16.1.1
"""A server class of its own.

Prints `subclass_of_serve: ok` and exits 0 when it echoes.
"""

import asyncio

import websockets


class Uncompressed(websockets.serve):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, compression=None, **kwargs)


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def main():
    async with Uncompressed(echo, "127.0.0.1", 0) as server:
        async with websockets.connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/") as ws:
            await ws.send("hello")
            assert await ws.recv() == "hello"
    print("subclass_of_serve: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
