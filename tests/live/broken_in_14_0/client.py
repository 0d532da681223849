# rules: WS508
# fix: report
# before: 13.1 14.2 17.4
# fails: 14.0
"""Messages without a limit, and why the connection was closed.

Prints `broken_in_14_0: ok` and exits 0 when both can be told.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.send("hello")
    await ws.close(4000, "done")


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url, max_queue=None, open_timeout=1) as ws:
            assert await ws.recv() == "hello"
            await ws.wait_closed()
            assert (ws.close_code, ws.close_reason) == (4000, "done")
    print("broken_in_14_0: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
