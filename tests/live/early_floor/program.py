# rules: WS903
# fix: unsafe
# before: 14.2 17.4
# fails: 14.0
# after: 14.2 17.4
"""A close code that is asked for, in a project that declares `websockets>=14.0`, which 14.0 itself does not know.

Prints `early_floor: ok` and exits 0 when the code arrives.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.close(4001, "enough")


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}") as ws:
            await ws.wait_closed()
            code = getattr(ws, "close_code")
            assert code == 4001, code
    print("early_floor: ok")


asyncio.run(main())
