# rules: WS301
# fix: unsafe
# needs: fastapi uvicorn
# before: none
# after: 13.1 17.4
"""Serves the app on a free port and connects to it as its clients do.

Prints `subprotocols: 4 of 4 ok` and exits 0 when each client got the subprotocol that it needs.
"""

import asyncio
import json
import sys

import uvicorn
import websockets

from app import app

TIMEOUT = 2


async def offering(base):
    async with websockets.connect(f"{base}/agents/ada/chat", subprotocols=["agent_chat"]) as ws:
        greeting = json.loads(await ws.recv())
        assert greeting == {"agent": "ada", "offered": ["agent_chat"]}, greeting
        assert ws.subprotocol == "agent_chat", f"the server selected {ws.subprotocol!r}"


async def offering_with_query(base):
    async with websockets.connect(f"{base}/agents/bob/chat?room=7", subprotocols=["agent_chat"]) as ws:
        assert ws.subprotocol == "agent_chat", f"the server selected {ws.subprotocol!r}"


async def offering_none(base):
    async with websockets.connect(f"{base}/agents/eve/chat") as ws:
        assert ws.subprotocol is None, f"the server selected {ws.subprotocol!r}"


async def elsewhere(base):
    async with websockets.connect(f"{base}/plain") as ws:
        assert ws.subprotocol is None, f"the server selected {ws.subprotocol!r}"


CLIENTS = [offering, offering_with_query, offering_none, elsewhere]


async def main():
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    passed = 0
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        for client in CLIENTS:
            try:
                await asyncio.wait_for(client(f"ws://127.0.0.1:{port}"), TIMEOUT)
                passed += 1
            except Exception as error:
                print(f"{client.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        server.should_exit = True
        await serving
    print(f"subprotocols: {passed} of {len(CLIENTS)} ok")
    return 0 if passed == len(CLIENTS) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(asyncio.wait_for(main(), 5)))
