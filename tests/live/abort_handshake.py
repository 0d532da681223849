# rules: WS209
# fix: report
"""A server that answers from `process_request` by raising `AbortHandshake`.

Prints `abort_handshake: ok` and exits 0 when the client gets the answer.
"""

import asyncio
import http

import websockets
from websockets.exceptions import AbortHandshake


async def process_request(path, headers):
    raise AbortHandshake(http.HTTPStatus.FORBIDDEN, [], b"go away")


async def main():
    async with websockets.serve(None, "127.0.0.1", 0, process_request=process_request) as server:
        host, port = server.sockets[0].getsockname()[:2]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        status = await reader.readline()
        writer.close()
    assert status == b"HTTP/1.1 403 Forbidden\r\n", status
    print("abort_handshake: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
