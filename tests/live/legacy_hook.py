# rules: WS604
# fix: report
# before: 13.1
# fails: 17.4
"""A connection class that decides who is let in.

Prints `legacy_hook: ok` and exits 0 when nobody gets in.
"""

import asyncio

import websockets


class Connection(websockets.WebSocketServerProtocol):
    async def process_request(self, path, headers):
        return 403, [], b"no\n"


if hasattr(websockets, "ServerConnection"):

    class Connection(websockets.ServerConnection):
        async def process_request(self, path, headers):
            return 403, [], b"no\n"


async def handler(ws):
    await ws.send("let in")


async def main():
    option = "create_connection" if hasattr(websockets, "ServerConnection") else "create_protocol"
    async with websockets.serve(handler, "127.0.0.1", 0, **{option: Connection}) as server:
        try:
            async with websockets.connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}") as ws:
                raise SystemExit(await ws.recv())
        except websockets.InvalidHandshake:
            print("legacy_hook: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
