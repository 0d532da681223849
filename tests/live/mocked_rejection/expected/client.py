"""A client that tells a rejection from everything else."""

import websockets
from websockets.exceptions import InvalidStatus


async def ask(url):
    try:
        async with websockets.connect(url) as ws:
            return await ws.recv()
    except InvalidStatus as exc:
        return f"rejected with {exc.response.status_code}"
