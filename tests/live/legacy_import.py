# rules: WS401 WS402
# fix: unsafe
# warnings: error
"""A client and a server of the legacy implementation, under its own paths. A deprecation is an error here."""

import asyncio
import warnings

warnings.simplefilter("error", DeprecationWarning)

import websockets.exceptions
from websockets.client import WebSocketClientProtocol, connect
from websockets.exceptions import InvalidStatusCode
from websockets.server import WebSocketServerProtocol, serve


async def handler(ws: WebSocketServerProtocol):
    assert isinstance(ws, WebSocketServerProtocol)
    await ws.send(f"{ws.path} {ws.request_headers['X-Token']}")
    await ws.wait_closed()


async def dial(uri) -> WebSocketClientProtocol:
    return await connect(uri, extra_headers={"X-Token": "secret"})


async def main():
    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ws = await dial(f"ws://127.0.0.1:{port}/chat")
        assert await ws.recv() == "/chat secret"
        assert ws.open
        await ws.close()
        assert not ws.open
    refuse = await asyncio.start_server(refused, "127.0.0.1", 0)
    try:
        await dial(f"ws://127.0.0.1:{refuse.sockets[0].getsockname()[1]}")
    except InvalidStatusCode as exc:
        assert exc.status_code == 403
    else:
        raise AssertionError("not refused")
    refuse.close()


async def refused(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


asyncio.run(main())
