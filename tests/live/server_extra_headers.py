# rules: WS102
# fix: safe
# warnings: error
"""A server that adds headers to the response which opens a connection, and to no other.

Prints `server_extra_headers: ok` and exits 0 when they are there.
"""

import asyncio

import websockets

REGION = "eu"


async def handler(ws):
    await ws.wait_closed()


async def answer(port, *lines):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join(["GET / HTTP/1.1", "Host: test", *lines, "", ""]).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    status, *headers = head.split("\r\n")
    return status.split()[1], [line for line in headers if line.startswith(("X-Region", "Set-Cookie", "Server"))]


async def main():
    async with websockets.serve(
        handler,
        "127.0.0.1",
        0,
        extra_headers=[("X-Region", REGION), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
        server_header="live",
    ) as server:
        port = server.sockets[0].getsockname()[1]
        upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        status, headers = await answer(port, *upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
        assert status == "101", status
        expected = ["Server: live", "Set-Cookie: a=1", "Set-Cookie: b=2", "X-Region: eu"]
        assert sorted(headers) == expected, headers
        status, headers = await answer(port)
        assert (status, headers) == ("426", ["Server: live"]), (status, headers)
    print("server_extra_headers: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
