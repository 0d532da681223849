"""Over a socket, and in the same process."""

import websockets
from channels.testing import WebsocketCommunicator

from server import app

WANTED = {"in_process": "alarm", "offering": "alarm", "plain": "none"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/ws/alarm/", subprotocols=["alarm"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/ws/alarm/") as ws:
        return ws.subprotocol


async def in_process():
    communicator = WebsocketCommunicator(app, "/ws/alarm/", subprotocols=["alarm"])
    _, subprotocol = await communicator.connect()
    await communicator.disconnect()
    return subprotocol
