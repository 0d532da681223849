# rules: WS507
# fix: report
"""A connection that is asked by name whether it is open.

Prints `dead_connection_probe: ok` and exits 0 when the message is sent.
"""

import asyncio

import websockets


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def main():
    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url) as ws:
            if getattr(ws, "open", False):
                await ws.send("hello")
            assert await asyncio.wait_for(ws.recv(), 1) == "hello"
    print("dead_connection_probe: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
