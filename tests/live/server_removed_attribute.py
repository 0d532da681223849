# rules: WS509
# fix: report
# before: 13.1 16.1.1
"""A server that is closed, and somebody who waits for the end.

Prints `server_removed_attribute: ok` and exits 0 when it comes.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        server.close()
        await server.closed_waiter
    print("server_removed_attribute: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
