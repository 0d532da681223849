"""Who is online. The first module that was moved to the new websockets API."""

import json

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus


async def online(base_url, token):
    extra_headers = {"Authorization": f"Bearer {token}"}
    try:
        async with connect(
            f"{base_url}/presence", additional_headers=extra_headers, subprotocols=["presence"]
        ) as ws:
            return json.loads(await ws.recv())["online"]
    except InvalidStatus as exc:
        if exc.response.status_code == 403:
            return []
        raise
