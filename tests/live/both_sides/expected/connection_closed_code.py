# rules: WS206
# fix: safe
# before: 10.4 12.0
# fails: 13.1 17.4
# warnings: error
"""Why a connection ended, with and without a close frame, and with warnings as errors.

Prints `connection_closed_code: ok` and exits 0 when code and reason are right.
"""

import asyncio
import warnings

import websockets

warnings.simplefilter("error", DeprecationWarning)


async def handler(ws):
    if await ws.recv() == "close":
        await ws.close(4000, "done")
    else:
        ws.transport.abort()


async def outcome(url, message):
    async with websockets.connect(url) as ws:
        await ws.send(message)
        try:
            await ws.recv()
        except websockets.ConnectionClosed as exc:
            return exc.rcvd.code if exc.rcvd else 1006, f"{exc.rcvd.reason if exc.rcvd else ''}", "gone" if (exc.rcvd.code if exc.rcvd else 1006) == 1006 else "closed"


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await outcome(url, "close") == (4000, "done", "closed")
        assert await outcome(url, "abort") == (1006, "", "gone")
    print("connection_closed_code: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
