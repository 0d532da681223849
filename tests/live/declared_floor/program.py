# rules: WS901
# fix: unsafe
# before: 14.2 17.4
# fails: 13.1
# after: 14.2 17.4
"""What came with 14.0, in a project that declares `websockets>=13`: `pip` may well install 13.1 for it, on which it fails.

Prints `declared_floor: ok` and exits 0 when the header arrives and the refused handshake is understood.
"""

import asyncio
from http import HTTPStatus

import websockets
from websockets.exceptions import InvalidStatus


async def handler(ws):
    await ws.send(ws.request.headers["X-Token"])


def refuse(ws, request):
    if request.path == "/closed":
        return ws.respond(HTTPStatus.SERVICE_UNAVAILABLE, "come back later\n")
    return None


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, process_request=refuse) as server:
        uri = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with websockets.connect(uri, additional_headers={"X-Token": "t"}) as ws:
            assert await ws.recv() == "t"
        try:
            await websockets.connect(f"{uri}/closed")
        except InvalidStatus as exc:
            assert exc.response.status_code == 503
        else:
            raise AssertionError("not refused")
    print("declared_floor: ok")


asyncio.run(main())
