"""Clients that say `lamp`, as a list and as a tuple."""

import aiohttp
import websockets

WANTED = {"new": "lamp", "session": "lamp"}


async def new():
    async with websockets.connect("ws://127.0.0.1:8765/lamp", subprotocols=["lamp"]) as ws:
        return ws.subprotocol


async def session():
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect("http://127.0.0.1:8765/lamp", protocols=("lamp",)) as ws:
            return ws.protocol
