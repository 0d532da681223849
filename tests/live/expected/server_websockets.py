# rules: WS506
# fix: unsafe
# after: 14.2 17.4
"""The connections of a server.

Prints `server_websockets: ok` and exits 0 when each of them gets a message.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url) as first, websockets.connect(url) as second:
            while len(server.connections) < 2:
                await asyncio.sleep(0.01)
            websockets.broadcast(server.connections, "hello")
            assert await first.recv() == await second.recv() == "hello"
    print("server_websockets: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
