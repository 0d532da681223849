# rules: WS202
# fix: safe
# before: none
# after: 14.2 17.4
"""The right class, and the attributes of the old one.

Prints `status_code_attribute: ok` and exits 0 when the handlers see the status and the header.
"""

import asyncio

import websockets
from websockets.exceptions import InvalidHandshake, InvalidStatus


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\nX-Reason: closed\r\n\r\n")
    await writer.drain()
    writer.close()


async def exact(url):
    try:
        await websockets.connect(url)
    except InvalidStatus as exc:
        return exc.response.status_code, exc.response.headers["X-Reason"]


async def base(url):
    try:
        await websockets.connect(url)
    except InvalidHandshake as exc:
        return exc.response.status_code, exc.response.headers["X-Reason"]


async def main():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await exact(url) == (403, "closed")
        assert await base(url) == (403, "closed")
    print("status_code_attribute: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
