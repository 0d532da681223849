# rules: WS208
# fix: unsafe
# before: none
# fails: 14.2 17.4
# after: 14.2 17.4
"""The answer of a server that rejects the handshake, read as if it were that of aiohttp.

Prints `response_attribute: ok` and exits 0 when the handlers see it.
"""

import asyncio

import websockets
from websockets.exceptions import InvalidStatus


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nConnection: close\r\n\r\ngo away")
    await writer.drain()
    writer.close()


async def attributes(url):
    try:
        await websockets.connect(url)
    except InvalidStatus as exc:
        return exc.response.status_code, exc.response.reason_phrase


async def by_name(url):
    try:
        await websockets.connect(url)
    except InvalidStatus as exc:
        return getattr(exc.response, "status_code", 0), "Forbidden"


async def main():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await attributes(url) == (403, "Forbidden")
        assert await by_name(url) == (403, "Forbidden")
    print("response_attribute: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
