# rules: WS114
# fix: report
# before: none
"""A legacy connection class, passed by the new name of the argument.

Prints `legacy_connection_class: ok` and exits 0 when it echoes.
"""

import asyncio

import websockets


class Connection(websockets.WebSocketServerProtocol):
    async def echo(self):
        await self.send(await self.recv())


async def handler(ws):
    await ws.echo()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, create_connection=Connection) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url, open_timeout=1) as ws:
            await ws.send("hello")
            assert await ws.recv() == "hello"
    print("legacy_connection_class: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
