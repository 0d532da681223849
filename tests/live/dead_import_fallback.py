# rules: WS204
# fix: report
"""An import that falls back to the new name, and never does.

Prints `dead_import_fallback: ok` and exits 0 when the handler runs.
"""

import asyncio

import websockets

try:
    from websockets.exceptions import InvalidStatusCode
except ImportError:
    from websockets.exceptions import InvalidStatus as InvalidStatusCode


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\nX-Reason: closed\r\n\r\n")
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        try:
            await websockets.connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        except InvalidStatusCode:
            print("dead_import_fallback: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
