# rules: WS910
# fix: safe
# before: 12.0
# fails: 13.1
"""A version gate that takes websockets 13 for the new API.

Prints `version_gate: ok` and exits 0 when the server gets the header.
"""

import asyncio

import websockets

if int(websockets.__version__.split(".")[0]) >= 14:
    HEADERS = {"additional_headers": {"X-Token": "abc"}}
else:
    HEADERS = {"extra_headers": {"X-Token": "abc"}}


async def echo_header(ws):
    headers = ws.request.headers if hasattr(ws, "request") else ws.request_headers
    await ws.send(headers.get("X-Token", "absent"))


async def main():
    async with websockets.serve(echo_header, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1] if hasattr(server, "sockets") else 0
        async with websockets.connect(f"ws://127.0.0.1:{port}", **HEADERS) as ws:
            assert await ws.recv() == "abc"


asyncio.run(main())
print("version_gate: ok")
