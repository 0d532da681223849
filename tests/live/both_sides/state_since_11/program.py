# rules: WS501 WS502
# fix: safe
# after: 11.0.3 12.0 13.1 14.2 15.0.1 16.1.1 17.4
"""The state of connections, read in the usual ways on both sides, before and after closing.

Prints `connection_state: ok` and exits 0 when every reading is right.
"""

import asyncio

import websockets


async def handler(ws):
    async for message in ws:
        await ws.send(f"{message} {ws.open}")


class Client:
    def __init__(self):
        self.ws = None

    async def run(self, url):
        self.ws = await websockets.connect(url)
        await self.ws.send("open:")
        reply = await self.ws.recv()
        await self.ws.close()
        return reply, self.ws is not None and self.ws.open


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url) as ws:
            seen = [ws.open, not ws.open, ws.closed, not ws.closed, ws.open is True, ws.closed is False]
            assert seen == [True, False, False, True, True, True], seen
        seen = [ws.open, not ws.open, ws.closed, not ws.closed, ws.open is True, ws.closed is False]
        assert seen == [False, True, True, False, False, False], seen
        assert await Client().run(url) == ("open: True", False)
    print("connection_state: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
