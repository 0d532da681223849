# rules: WS201
# fix: safe
"""A unittest suite for a server that refuses the handshake: `assertRaises` in its usual shapes.

Prints `rejected_unittest: 6 of 6 ok` and exits 0.
"""

import asyncio
import sys
import unittest

import websockets
import websockets.exceptions
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


async def join(url):
    async with websockets.connect(url, open_timeout=TIMEOUT) as ws:
        await ws.send("hello")


class RefusedTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/"

    async def asyncTearDown(self):
        self.server.close()
        await asyncio.wait_for(self.server.wait_closed(), TIMEOUT)

    async def test_status(self):
        with self.assertRaises(InvalidStatus) as cm:
            await join(self.url)
        self.assertEqual(cm.exception.response.status_code, 403)

    async def test_header(self):
        with self.assertRaises(InvalidStatus) as cm:
            await join(self.url)
        self.assertEqual(cm.exception.response.headers["X-Reason"], "room is closed")

    async def test_qualified_name(self):
        with self.assertRaises(websockets.exceptions.InvalidStatus) as refused:
            await asyncio.wait_for(websockets.connect(self.url), TIMEOUT)
        self.assertEqual(refused.exception.response.status_code, 403)

    async def test_named_exception(self):
        with self.assertRaises(InvalidStatus) as cm:
            await join(self.url)
        error = cm.exception
        self.assertEqual((error.response.status_code, error.response.headers["X-Reason"]), (403, "room is closed"))

    async def test_message(self):
        with self.assertRaisesRegex(InvalidStatus, "HTTP 403") as cm:
            await join(self.url)
        self.assertEqual(cm.exception.response.status_code, 403)

    async def test_type_of_the_error(self):
        with self.assertRaises(Exception) as cm:
            await join(self.url)
        self.assertIsInstance(cm.exception, InvalidStatus)


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(RefusedTest)
    result = unittest.TextTestRunner().run(suite)
    print(f"rejected_unittest: {result.testsRun - len(result.failures) - len(result.errors)} of {result.testsRun} ok")
    sys.exit(not result.wasSuccessful())
