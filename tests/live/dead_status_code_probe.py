# rules: WS203
# fix: report
"""A status that is asked for by name.

Prints `dead_status_code_probe: ok` and exits 0 when both ways of asking find it.
"""

import asyncio

import websockets


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\nX-Reason: closed\r\n\r\n")
    await writer.drain()
    writer.close()


async def with_hasattr(url):
    try:
        await websockets.connect(url)
    except Exception as exc:
        return "forbidden" if hasattr(exc, "status_code") and exc.status_code == 403 else "something else"


async def with_getattr(url):
    try:
        await websockets.connect(url)
    except websockets.InvalidHandshake as exc:
        return "forbidden" if getattr(exc, "status_code", None) == 403 else "something else"


async def main():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await with_hasattr(url) == "forbidden"
        assert await with_getattr(url) == "forbidden"
    print("dead_status_code_probe: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
