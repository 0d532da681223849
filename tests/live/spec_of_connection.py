# rules: WS705
# fix: report
# before: none
# fails: 13.1 17.4
"""A mock of a connection, and code that asks the state.

Prints `spec_of_connection: ok` and exits 0 when the code takes the mock for an open connection.
"""

import asyncio
from unittest.mock import AsyncMock

import websockets
from websockets.protocol import State


async def send(ws, message):
    if ws.state is State.OPEN:
        await ws.send(message)


async def main():
    ws = AsyncMock(spec=websockets.WebSocketClientProtocol)
    ws.open = True
    await send(ws, "hello")
    ws.send.assert_awaited_once_with("hello")
    print("spec_of_connection: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
