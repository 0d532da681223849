# rules: WS103
# fix: report
"""The legacy client under its own path, with warnings as errors.

Prints `pinned_extra_headers: ok` and exits 0 when the header arrives and nothing warns.
"""

import asyncio
import warnings

import websockets

warnings.simplefilter("error", DeprecationWarning)

from websockets.legacy.client import connect  # noqa: E402


async def refuse(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    status = b"403 Forbidden" if b"\r\nX-Token: t\r\n" in head else b"400 Bad Request"
    writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        try:
            await connect(url, extra_headers={"X-Token": "t"})
        except websockets.InvalidHandshake as error:
            assert "403" in str(error), error
    print("pinned_extra_headers: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
