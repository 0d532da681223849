"""A client that tells a rejection from everything else."""

import websockets
from websockets.exceptions import InvalidStatusCode


async def ask(url):
    try:
        async with websockets.connect(url) as ws:
            return await ws.recv()
    except InvalidStatusCode as exc:
        return f"rejected with {exc.status_code}"
