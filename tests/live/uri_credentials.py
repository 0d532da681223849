# rules: WS115
# fix: report
# before: 14.2 16.1.1
"""A password with a `%` in it, in a URI.

Prints `uri_credentials: ok` and exits 0 when the server gets it as it stands there.
"""

import asyncio
import base64
import socket

import websockets

URI = "ws://user:p%40ss@localhost/"
SEEN = []


def process_request(connection, request):
    _, encoded = request.headers["Authorization"].split()
    SEEN.append(base64.b64decode(encoded).decode())


async def handler(ws):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, process_request=process_request) as server:
        sock = socket.create_connection(server.sockets[0].getsockname())
        async with websockets.connect(URI, sock=sock):
            pass
    assert SEEN == ["user:p%40ss"], SEEN
    print("uri_credentials: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
