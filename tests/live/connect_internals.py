# rules: WS112
# fix: report
"""A client that must not follow redirects.

Prints `connect_internals: ok` and exits 0 when it does not.
"""

import asyncio

import websockets

websockets.connect.MAX_REDIRECTS_ALLOWED = 0

VISITED = []


async def redirect(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    VISITED.append("first")
    writer.write(
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if len(VISITED) == 1
        else b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    async with server:
        try:
            await websockets.connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        except websockets.InvalidHandshake:
            pass
    assert len(VISITED) <= 1, "the redirect was followed"
    print("connect_internals: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
