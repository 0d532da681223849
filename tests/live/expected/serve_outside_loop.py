# rules: WS607
# fix: unsafe
"""The server of the old tutorials.

Prints `serve_outside_loop: ok` and exits 0 when a client has been greeted.
"""

import asyncio
import os
import threading

import websockets


async def hello(ws):
    await ws.send("hello")


def client():
    async def greeted():
        for _ in range(50):
            try:
                async with websockets.connect("ws://127.0.0.1:28764") as ws:
                    return await ws.recv()
            except OSError:
                await asyncio.sleep(0.1)

    assert asyncio.run(greeted()) == "hello"
    print("serve_outside_loop: ok", flush=True)
    os._exit(0)


threading.Thread(target=client, daemon=True).start()
timer = threading.Timer(8, os._exit, [1])
timer.daemon = True
timer.start()


async def main():
    async with websockets.serve(
        hello,
        "127.0.0.1",
        28764,
    ) as server:
        await server.serve_forever()


asyncio.run(main())
