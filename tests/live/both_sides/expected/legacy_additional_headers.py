# rules: WS109
# fix: safe
# before: none
# fails: 13.1 17.4
"""The new name of an argument, and the import of the old client.

Prints `legacy_additional_headers: ok` and exits 0 when the header arrives.
"""

import asyncio

from websockets.legacy.client import connect
from websockets.legacy.server import serve


async def echo_header(ws, path):
    await ws.send(ws.request_headers["X-Token"])


async def main():
    async with serve(echo_header, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with connect(url, extra_headers={"X-Token": "t"}) as ws:
            assert await ws.recv() == "t"
    print("legacy_additional_headers: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
