# rules: WS902
# fix: report
# before: 13.1
# fails: 14.2 17.4
"""Headers of a client in legacy style, in a project that declares `websockets>=14.2` and nothing older.

Prints `declared_modern: ok` and exits 0 when the header arrives: with none of the declared versions.
"""

import asyncio

import websockets


async def handler(ws):
    headers = ws.request.headers if hasattr(ws, "request") else ws.request_headers
    await ws.send(headers["X-Token"])


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}", extra_headers={"X-Token": "t"}) as ws:
            assert await ws.recv() == "t"
    print("declared_modern: ok")


asyncio.run(main())
