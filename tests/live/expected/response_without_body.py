# rules: WS211
# fix: safe
# before: none
# fails: 14.2 17.4
# after: 14.2 16.1.1 17.4
"""A server that refuses with a response that has no body.

Prints `response_without_body: ok` and exits 0 when the client gets the status.
"""

import asyncio

import websockets
from websockets.datastructures import Headers
from websockets.http11 import Response


def process_request(connection, request):
    return Response(403, "Forbidden", Headers({"Connection": "close", "Content-Length": "0"}), b"")


async def handler(ws):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, process_request=process_request) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        try:
            await websockets.connect(url)
        except websockets.InvalidStatus as exc:
            assert exc.response.status_code == 403
    print("response_without_body: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
