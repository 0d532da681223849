# rules: WS201
# fix: unsafe
# needs: pytest
"""A pytest suite for a server that refuses the handshake: `pytest.raises` in its usual shapes.

Prints `rejected_pytest: ok` and exits 0.
"""

import asyncio
import sys

import pytest
import websockets
import websockets.exceptions
from pytest import raises
from websockets.exceptions import InvalidStatus

TIMEOUT = 2
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\n"
    b"Content-Length: 0\r\n"
    b"Connection: close\r\n"
    b"X-Reason: room is closed\r\n"
    b"\r\n"
)


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(REFUSAL)
    await writer.drain()
    writer.close()


async def join_a_refusing_server():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}/", open_timeout=TIMEOUT) as ws:
            await ws.send("hello")


@pytest.fixture
def join():
    return lambda: asyncio.run(asyncio.wait_for(join_a_refusing_server(), TIMEOUT))


def test_status(join):
    with pytest.raises(InvalidStatus) as info:
        join()
    assert info.value.response.status_code == 403


def test_header(join):
    with raises(InvalidStatus) as info:
        join()
    assert info.value.response.headers["X-Reason"] == "room is closed"


def test_qualified_name(join):
    with pytest.raises(websockets.exceptions.InvalidStatus) as excinfo:
        join()
    assert excinfo.value.response.status_code == 403


def test_tuple(join):
    with pytest.raises((InvalidStatus, OSError)) as info:
        join()
    assert not isinstance(info.value, OSError)
    assert info.type is InvalidStatus


def test_message(join):
    with pytest.raises(InvalidStatus, match="HTTP 403"):
        join()


def test_named_exception(join):
    with pytest.raises(InvalidStatus) as info:
        join()
    error = info.value
    assert (error.response.status_code, error.response.headers["X-Reason"]) == (403, "room is closed")


def test_without_with(join):
    info = pytest.raises(InvalidStatus, join)
    assert info.value.response.status_code == 403


if __name__ == "__main__":
    status = pytest.main([__file__, "--quiet", "--no-header", "--tb=line", "-p", "no:cacheprovider"])
    print("rejected_pytest:", "ok" if status == 0 else "failed")
    sys.exit(status)
