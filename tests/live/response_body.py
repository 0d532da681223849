# rules: WS210
# fix: unsafe
# after: 13.1 14.2 17.4
"""A server that writes the responses of the Sans-I/O layer itself.

Prints `response_body: ok` and exits 0 when a client understands what comes behind the handshake.
"""

import asyncio

import websockets
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol


def answer(head):
    request, *lines = head.decode().split("\r\n")
    headers = Headers(line.split(": ", 1) for line in lines if line)
    response = ServerProtocol().accept(Request(request.split()[1], headers))
    data = f"HTTP/1.1 {response.status_code} {response.reason_phrase}\r\n{response.headers}".encode()
    if response.body is not None:
        data += response.body + b"\r\n\r\n"
    return data


async def serve(reader, writer):
    writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
    writer.write(b"\x81\x05hello")
    await writer.drain()
    await reader.read()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url, close_timeout=0.1) as ws:
            assert await ws.recv() == "hello"
    print("response_body: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
