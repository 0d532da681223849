# rules: WS510
# fix: report
# before: none
# fails: 14.2 17.4
"""A connection class that asks every client who it is.

Prints `uncalled_hook: ok` and exits 0 when a client that does not say so is refused.
"""

import asyncio
import http

import websockets
from websockets.asyncio.server import ServerConnection


class Connection(ServerConnection):
    def process_request(self, connection, request):
        if "Authorization" not in request.headers:
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "who are you?\n")


async def handler(ws):
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, create_connection=Connection) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        try:
            async with websockets.connect(url):
                raise SystemExit("a client that nobody knows was let in")
        except websockets.InvalidStatus:
            print("uncalled_hook: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
