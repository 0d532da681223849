# rules: WS302 WS303
# fix: unsafe
# needs: fastapi uvicorn
# before: none
# fails: 13.1 17.4
# after: 13.1 17.4
"""Serves the app on a free port and connects to it as its clients do.

Prints `subprotocols_selected: ok` and exits 0 when each client got the subprotocol that it offered, and none where it offered none.
"""

import asyncio

import uvicorn
import websockets

from app import app


async def selected(url, offered):
    async with websockets.connect(url, subprotocols=offered) as ws:
        return ws.subprotocol


async def main():
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        base = f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        assert await selected(f"{base}/rooms/7", ["room_chat"]) == "room_chat"
        assert await selected(f"{base}/rooms/7", None) is None
        assert await selected(f"{base}/status", ["chat_status"]) == "chat_status"
        assert await selected(f"{base}/status", None) is None
    finally:
        server.should_exit = True
        await serving
    print("subprotocols_selected: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
