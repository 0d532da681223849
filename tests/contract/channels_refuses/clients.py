"""Who offers nothing is meant to be refused."""

import websockets

WANTED = {"offering": "alarm", "plain": "InvalidStatus"}


async def offering():
    async with websockets.connect("ws://127.0.0.1:8765/ws/alarm/", subprotocols=["alarm"]) as ws:
        return ws.subprotocol


async def plain():
    async with websockets.connect("ws://127.0.0.1:8765/ws/alarm/") as ws:
        return ws.subprotocol
