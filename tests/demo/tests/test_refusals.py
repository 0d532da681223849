import unittest

import pytest
import websockets
from websockets.exceptions import InvalidStatusCode


async def status_of(url, headers=None):
    """The HTTP status with which the backend answers the handshake."""
    try:
        async with websockets.connect(url, extra_headers=headers):
            return 101
    except Exception as exc:
        if isinstance(exc, InvalidStatusCode):
            return exc.status_code
        raise


class RefusalTest(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def use_backend(self, base_url):
        self.url = f"{base_url}/agents/ada/chat"

    async def test_no_token(self):
        with self.assertRaises(InvalidStatusCode) as cm:
            await websockets.connect(self.url, subprotocols=["agent_chat"])
        self.assertEqual(cm.exception.status_code, 403)

    async def test_wrong_token(self):
        self.assertEqual(await status_of(self.url, {"Authorization": "Bearer stolen"}), 403)

    async def test_right_token(self):
        self.assertEqual(await status_of(self.url, {"Authorization": "Bearer secret"}), 101)
