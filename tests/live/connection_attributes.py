# rules: WS504 WS505
# fix: report
"""What a connection knew of itself.

Prints `connection_attributes: ok` and exits 0 when it still does.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}/") as ws:
            assert (ws.host, ws.port, ws.secure) == ("127.0.0.1", port, False)
            assert ws.is_client and ws.max_size == 2**20 and ws.origin is None
            await ws.ensure_open()
            assert not ws.messages
    print("connection_attributes: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
