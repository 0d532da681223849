# rules: WS102
# fix: report
"""A server that adds a header to the handshake.

Prints `server_extra_headers: ok` and exits 0 when the client gets it.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, extra_headers={"X-Node": "a"}) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"\r\nX-Node: a\r\n" in await reader.readuntil(b"\r\n\r\n")
        writer.close()
    print("server_extra_headers: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
