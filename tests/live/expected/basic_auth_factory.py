# rules: WS605
# fix: safe
# warnings: error
"""A server that asks for a password.

Prints `basic_auth_factory: ok` and exits 0 when only those get in who know it.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.send(ws.username)


async def check(username, password):
    return password == "secret"


async def greeted(server, credentials):
    port = server.sockets[0].getsockname()[1]
    async with websockets.connect(f"ws://{credentials}127.0.0.1:{port}") as ws:
        return await ws.recv()


async def refusal(server, credentials):
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET / HTTP/1.1\r\nHost: test\r\n{credentials}\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    return status, [header for header in headers if header.startswith("WWW")], body


async def main():
    servers = [
        websockets.serve(
            handler,
            "127.0.0.1",
            0,
            process_request=websockets.basic_auth(realm="shop", credentials=("kim", "secret")),
        ),
        websockets.serve(
            handler,
            "127.0.0.1",
            0,
            process_request=websockets.basic_auth("shop", check_credentials=check),
        ),
    ]
    for pending in servers:
        async with pending as server:
            assert await greeted(server, "kim:secret@") == "kim"
            realm = ['WWW-Authenticate: Basic realm="shop", charset="UTF-8"']
            unauthorized = "HTTP/1.1 401 Unauthorized"
            assert await refusal(server, "") == (unauthorized, realm, "Missing credentials\n")
            wrong = "Authorization: Basic a2ltOndyb25n\r\n"
            assert await refusal(server, wrong) == (unauthorized, realm, "Invalid credentials\n")
    print("basic_auth_factory: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
