"""Relays the chat of a branch office that cannot reach the backend itself."""

import asyncio

import websockets
from websockets.exceptions import ConnectionClosed

from chat.client import open_chat


class Relay:
    def __init__(self, backend, token):
        self.backend = backend
        self.token = token

    async def handle(self, downstream):
        url = f"{self.backend}/agents/ada/chat"
        try:
            async with open_chat(url, extra_headers={"Authorization": f"Bearer {self.token}"}) as upstream:
                async for question in downstream:
                    await upstream.send(question)
                    await downstream.send(await upstream.recv())
        except ConnectionClosed:
            await downstream.close(1001, "the backend went away")


async def serve(backend, token, port):
    relay = Relay(backend, token)
    async with websockets.serve(relay.handle, "0.0.0.0", port, extra_headers={"X-Relay": "branch office"}):
        await asyncio.Future()
