# rules: WS104 WS105 WS106
# fix: safe
"""Arguments that the legacy implementation knew, on both sides.

Prints `old_arguments: ok` and exits 0 when a message arrives with each of them.
"""

import asyncio
import warnings

import websockets

# The old names have warned for a long time.
warnings.simplefilter("ignore")


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def clients(url):
    yield websockets.connect(url, timeout=1)
    yield websockets.connect(url, timeout=1, close_timeout=2)
    yield websockets.connect(url, timeout=None)
    yield websockets.connect(url, loop=None)
    yield websockets.connect(url, read_limit=2**16, max_size=None)
    yield websockets.connect(
        url,
        legacy_recv=False,
    )
    params = {"timeout": 3}
    yield websockets.connect(url, **params)


async def main():
    count = 0
    async with websockets.serve(echo, "127.0.0.1", 0, timeout=1, read_limit=2**16) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async for client in clients(url):
            async with client as ws:
                await ws.send("hello")
                assert await ws.recv() == "hello"
                count += 1
    assert count == 7, count
    print("old_arguments: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 10))
