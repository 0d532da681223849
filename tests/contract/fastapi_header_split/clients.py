"""Offers of one, of two, and none."""

import websockets

WANTED = {"one": "room", "several": "room", "plain": "none"}


async def one():
    async with websockets.connect("ws://127.0.0.1:8765/room", subprotocols=["room"]) as ws:
        return ws.subprotocol


async def several():
    async with websockets.connect("ws://127.0.0.1:8765/room", subprotocols=["room", "room.v1"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/room") as ws:
        return ws.subprotocol
