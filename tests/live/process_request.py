# rules: WS603
# fix: safe
# warnings: error
"""A server that decides who is let in, and answers plain requests.

Prints `process_request: ok` and exits 0 when nobody gets in who should not.
"""

import asyncio
import http

import websockets


async def process_request(path, request_headers):
    if path == "/healthz":
        return http.HTTPStatus.OK, [], b"OK\n"
    if path == "/private" and request_headers.get("X-Token") != "secret":
        return (
            http.HTTPStatus.UNAUTHORIZED,
            [("WWW-Authenticate", "Token"), ("Content-Type", "text/html"), ("Connection", "close")],
            "<p>no</p>".encode(),
        )


class Site:
    closed = True

    async def check(self, path, headers):
        return (503, {}, b"closed\n") if self.closed and "X-Inside" not in headers else None


async def handler(ws):
    await ws.send("hello")


async def get(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    head, _, body = answer.decode().partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    return status, [header for header in headers if not header.startswith(("Date", "Server"))], body


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, process_request=process_request) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}/") as ws:
            assert await ws.recv() == "hello"
        status, headers, body = await get(port, "/healthz")
        assert (status, body) == ("HTTP/1.1 200 OK", "OK\n"), (status, body)
        status, headers, body = await get(port, "/private")
        assert status == "HTTP/1.1 401 Unauthorized", status
        assert body == "<p>no</p>"
        assert sorted(headers) == [
            "Connection: close",
            "Content-Length: 9",
            "Content-Type: text/html",
            "WWW-Authenticate: Token",
        ], headers
        try:
            async with websockets.connect(f"ws://127.0.0.1:{port}/private"):
                raise AssertionError("let in without a token")
        except websockets.InvalidHandshake:
            pass
    async with websockets.serve(handler, "127.0.0.1", 0, process_request=Site().check) as server:
        status, _, body = await get(server.sockets[0].getsockname()[1], "/")
        assert (status, body) == ("HTTP/1.1 503 Service Unavailable", "closed\n"), (status, body)
    print("process_request: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
