# rules: WS101 WS701 WS702
# fix: unsafe
"""A client, what its tests say about the call of `connect()`, and a fake in its place.

Prints `mocked_connect: ok` and exits 0 when the tests pass and a real server gets the header.
"""

import asyncio
from unittest.mock import AsyncMock, patch

import websockets

SEEN = []


async def dial(url):
    return await websockets.connect(url, extra_headers={"X-Token": "t"})


async def test_call():
    with patch("websockets.connect", new_callable=AsyncMock) as connect:
        await dial("ws://localhost")
    connect.assert_awaited_once_with("ws://localhost", extra_headers={"X-Token": "t"})
    assert connect.call_args.kwargs["extra_headers"]["X-Token"] == "t"


async def test_fake():
    async def fake_connect(url, extra_headers=None, **kwargs):
        return extra_headers

    with patch("websockets.connect", fake_connect):
        assert await dial("ws://localhost") == {"X-Token": "t"}


async def record(reader, writer):
    SEEN.append(await reader.readuntil(b"\r\n\r\n"))
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def main():
    await test_call()
    await test_fake()
    server = await asyncio.start_server(record, "127.0.0.1", 0)
    async with server:
        try:
            await dial(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        except websockets.InvalidHandshake:
            pass
    assert b"\r\nX-Token: t\r\n" in SEEN[0]
    print("mocked_connect: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
