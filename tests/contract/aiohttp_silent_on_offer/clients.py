"""One that takes what comes, and one that refuses to go on without."""

import aiohttp
import websocket

WANTED = {"session": "lamp.v1", "strict": "lamp.v1"}


async def session():
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect("http://127.0.0.1:8765/lamp", protocols=("lamp.v1",)) as ws:
            return ws.protocol


def strict():
    ws = websocket.WebSocket()
    ws.connect("ws://127.0.0.1:8765/lamp", subprotocols=["lamp.v1"])
    return ws.getsubprotocol()
