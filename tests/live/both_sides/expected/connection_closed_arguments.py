# rules: WS207
# fix: safe
# before: none
# fails: 10.4 17.4
"""The end of a connection, imitated in a test.

Prints `connection_closed_arguments: ok` and exits 0 when it is what the code under test takes it for.
"""

import asyncio
from unittest.mock import AsyncMock

import websockets
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close


async def outcome(ws):
    try:
        return await ws.recv()
    except websockets.ConnectionClosed as exc:
        return (exc.rcvd.code, exc.rcvd.reason) if exc.rcvd else "lost"


async def main():
    ws = AsyncMock()
    ws.recv.side_effect = ConnectionClosedError(Close(1011, "boom"), None)
    assert await outcome(ws) == (1011, "boom")
    ws.recv.side_effect = websockets.ConnectionClosed(None, None)
    assert await outcome(ws) == "lost"
    print("connection_closed_arguments: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
