# rules: WS201
# fix: safe
"""A server that refuses the handshake with 403, and the usual ways in which a client handles that.

Prints `rejected_handshake: 11 of 11 ok` and exits 0 when each handler ran and saw the status and the header.
"""

import asyncio
import sys

import websockets
import websockets.exceptions
from websockets import exceptions as ws_errors
from websockets.exceptions import InvalidHandshake, InvalidStatusCode
from websockets.exceptions import InvalidStatusCode as Rejected

TIMEOUT = 2
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\n"
    b"Content-Type: text/plain\r\n"
    b"Content-Length: 7\r\n"
    b"Connection: close\r\n"
    b"X-Reason: room is closed\r\n"
    b"\r\n"
    b"go away"
)
OUTCOME = (403, "room is closed")


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(REFUSAL)
    await writer.drain()
    writer.close()


async def one_class(url):
    try:
        async with websockets.connect(url):
            pass
    except InvalidStatusCode as e:
        return e.status_code, e.headers["X-Reason"]


async def tuple_of_classes(url):
    try:
        await websockets.connect(url)
    except (InvalidStatusCode, OSError) as e:
        if isinstance(e, OSError):
            return "the network failed"
        return e.status_code, e.headers["X-Reason"]


async def qualified_name(url):
    try:
        await websockets.connect(url)
    except websockets.exceptions.InvalidStatusCode as e:
        return e.status_code, e.headers.get("X-Reason")


async def top_level_name(url):
    try:
        await websockets.connect(url)
    except websockets.InvalidStatusCode as exc:
        return exc.status_code, exc.headers.get("X-Reason")


async def module_alias(url):
    try:
        await websockets.connect(url)
    except ws_errors.InvalidStatusCode as exc:
        return exc.status_code, exc.headers.get("X-Reason")


async def imported_alias(url):
    try:
        await websockets.connect(url)
    except Rejected as rejected:
        return rejected.status_code, rejected.headers["X-Reason"]


async def isinstance_branch(url):
    try:
        await websockets.connect(url)
    except Exception as e:
        if isinstance(e, InvalidStatusCode):
            return e.status_code, e.headers["X-Reason"]
        raise


async def isinstance_condition(url):
    try:
        await websockets.connect(url)
    except InvalidHandshake as e:
        if isinstance(e, InvalidStatusCode) and e.status_code == 403:
            return 403, e.headers["X-Reason"]
        return "some other refusal"


async def f_string(url):
    try:
        await websockets.connect(url)
    except InvalidStatusCode as e:
        status, _, reason = f"{e.status_code}: {e.headers['X-Reason']}".partition(": ")
        return int(status), reason


async def two_handlers(url):
    try:
        await websockets.connect(url)
    except InvalidStatusCode as e:
        status = e.status_code
        reason = e.headers["X-Reason"]
    except InvalidHandshake:
        status = reason = None
    return status, reason


async def without_a_name(url):
    try:
        await websockets.connect(url)
    except InvalidStatusCode:
        return OUTCOME


HANDLERS = [
    one_class,
    tuple_of_classes,
    qualified_name,
    top_level_name,
    module_alias,
    imported_alias,
    isinstance_branch,
    isinstance_condition,
    f_string,
    two_handlers,
    without_a_name,
]


async def main():
    passed = 0
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for handler in HANDLERS:
            try:
                outcome = await asyncio.wait_for(handler(f"ws://127.0.0.1:{port}/"), TIMEOUT)
                assert outcome == OUTCOME, f"the handler gave {outcome!r}"
                passed += 1
            except Exception as error:
                print(f"{handler.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"rejected_handshake: {passed} of {len(HANDLERS)} ok")
    return 0 if passed == len(HANDLERS) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(asyncio.wait_for(main(), 5)))
