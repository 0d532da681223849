# rules: WS402
# warnings: error
"""Connections told apart by their classes."""

import asyncio
from typing import Optional

import websockets
from websockets import WebSocketClientProtocol
from websockets.server import WebSocketServerProtocol


def side(ws) -> str:
    if isinstance(ws, WebSocketClientProtocol):
        return "client"
    return "server" if isinstance(ws, (WebSocketServerProtocol, str)) else "unknown"


async def handler(ws: "WebSocketServerProtocol", *_):
    await ws.send(side(ws))


async def main():
    connection: Optional[WebSocketClientProtocol] = None
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await websockets.connect(f"ws://127.0.0.1:{port}")
        assert await connection.recv() == "server"
        assert side(connection) == "client", side(connection)
        await connection.close()


asyncio.run(main())
