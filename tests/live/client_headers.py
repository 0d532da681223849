# rules: WS101
# fix: safe
"""Every usual way to give `connect()` a header: the server echoes it, the client compares.

Prints `client_headers: 16 of 16 ok` and exits 0 when each spelling delivered its header.
"""

import asyncio
import functools
import sys

import websockets
import websockets as wslib
from websockets import connect
from websockets import connect as dial
from websockets.datastructures import Headers

TIMEOUT = 2
HEADER = "X-Token"


async def echo_header(ws):
    headers = ws.request.headers if hasattr(ws, "request") else ws.request_headers
    await ws.send(headers.get(HEADER, "absent"))


async def dict_value(url):
    async with websockets.connect(url, extra_headers={HEADER: "dict value"}) as ws:
        return await ws.recv()


async def list_of_tuples(url):
    async with websockets.connect(url, extra_headers=[(HEADER, "list of tuples")]) as ws:
        return await ws.recv()


async def headers_object(url):
    extra_headers = Headers()
    extra_headers[HEADER] = "headers object"
    async with websockets.connect(url, extra_headers=extra_headers) as ws:
        return await ws.recv()


async def imported_name(url):
    async with connect(url, open_timeout=TIMEOUT, extra_headers={HEADER: "imported name"}) as ws:
        return await ws.recv()


async def imported_alias(url):
    async with dial(url, extra_headers={HEADER: "imported alias"}) as ws:
        return await ws.recv()


async def module_alias(url):
    async with wslib.connect(url, extra_headers={HEADER: "module alias"}) as ws:
        return await ws.recv()


async def local_alias(url):
    open_connection = websockets.connect
    async with open_connection(url, extra_headers={HEADER: "local alias"}) as ws:
        return await ws.recv()


async def awaited(url):
    ws = await websockets.connect(url, extra_headers={HEADER: "awaited"})
    try:
        return await ws.recv()
    finally:
        await ws.close()


async def inside_wait_for(url):
    ws = await asyncio.wait_for(websockets.connect(url, extra_headers={HEADER: "inside wait for"}), TIMEOUT)
    try:
        return await ws.recv()
    finally:
        await ws.close()


async def reconnecting(url):
    async for ws in websockets.connect(url, extra_headers={HEADER: "reconnecting"}):
        try:
            return await ws.recv()
        finally:
            await ws.close()


async def over_several_lines(url):
    async with websockets.connect(
        url,
        max_size=2**16,
        # The gateway reads the token from here: extra_headers, not the query.
        extra_headers={
            HEADER: "over several lines",  # extra_headers=
        },
    ) as ws:
        return await ws.recv()


async def partial_function(url):
    dial_with_token = functools.partial(websockets.connect, extra_headers={HEADER: "partial function"})
    async with dial_with_token(url) as ws:
        return await ws.recv()


async def dict_display(url):
    params = {"open_timeout": TIMEOUT, "extra_headers": {HEADER: "dict display"}}
    async with websockets.connect(url, **params) as ws:
        return await ws.recv()


async def item_assignment(url):
    params = {"open_timeout": TIMEOUT}
    params["extra_headers"] = {HEADER: "item assignment"}
    async with websockets.connect(url, **params) as ws:
        return await ws.recv()


async def dict_call(url):
    params = dict(open_timeout=TIMEOUT, extra_headers={HEADER: "dict call"})
    async with websockets.connect(url, **params) as ws:
        return await ws.recv()


def open_with_token(url, extra_headers=None):
    return websockets.connect(url, extra_headers=extra_headers)


async def own_wrapper(url):
    async with open_with_token(url, extra_headers={HEADER: "own wrapper"}) as ws:
        return await ws.recv()


SPELLINGS = [
    dict_value,
    list_of_tuples,
    headers_object,
    imported_name,
    imported_alias,
    module_alias,
    local_alias,
    awaited,
    inside_wait_for,
    reconnecting,
    over_several_lines,
    partial_function,
    dict_display,
    item_assignment,
    dict_call,
    own_wrapper,
]


async def main():
    passed = 0
    async with websockets.serve(echo_header, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for spelling in SPELLINGS:
            expected = spelling.__name__.replace("_", " ")
            try:
                received = await asyncio.wait_for(spelling(f"ws://127.0.0.1:{port}/"), TIMEOUT)
                assert received == expected, f"the server received {received!r}"
                passed += 1
            except Exception as error:
                print(f"{spelling.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"client_headers: {passed} of {len(SPELLINGS)} ok")
    return 0 if passed == len(SPELLINGS) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(asyncio.wait_for(main(), 5)))
