# rules: WS201 WS703
# fix: unsafe
"""The tests of `client`: one imitates a rejection, one asks a real server.

Prints `mocked_rejection: ok` and exits 0 when both pass.
"""

import asyncio
from unittest.mock import patch

from websockets.exceptions import InvalidStatusCode

from client import ask


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_imitated():
    with patch("client.websockets.connect", side_effect=InvalidStatusCode(403, {})):
        assert await ask("ws://localhost") == "rejected with 403"


async def test_real():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await ask(url) == "rejected with 403"


async def main():
    await test_imitated()
    await test_real()
    print("mocked_rejection: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
