"""The client that the command line and the mobile gateway share."""

import json

import websockets
import websockets.exceptions as ws_errors
from websockets import connect as dial
from websockets.exceptions import InvalidHandshake, InvalidStatusCode


class Refused(Exception):
    """The backend answered the handshake with an HTTP error."""

    def __init__(self, status, retry_after=None):
        super().__init__(f"refused with HTTP {status}")
        self.status = status
        self.retry_after = retry_after


def open_chat(url, extra_headers=None):
    """Open a connection; the command line passes its own headers here."""
    return websockets.connect(url, extra_headers=extra_headers, subprotocols=["agent_chat"])


class ChatClient:
    def __init__(self, base_url, token, timeout=5):
        self.base_url = base_url
        self.token = token
        self.timeout = timeout

    def headers(self):
        return {"Authorization": f"Bearer {self.token}"}

    async def ask(self, agent, question):
        try:
            async with websockets.connect(
                f"{self.base_url}/agents/{agent}/chat",
                extra_headers=self.headers(),  # the backend reads the token from here
                subprotocols=["agent_chat"],
                open_timeout=self.timeout,
            ) as ws:
                await ws.send(question)
                return await ws.recv()
        except websockets.exceptions.InvalidStatusCode as exc:
            raise Refused(exc.status_code, exc.headers.get("Retry-After")) from exc

    async def room(self, room):
        params = {"open_timeout": self.timeout}
        if self.token:
            params["extra_headers"] = self.headers()
        async with dial(f"{self.base_url}/rooms/{room}", **params) as ws:
            return json.loads(await ws.recv())

    async def can_ask(self, agent):
        try:
            async with open_chat(f"{self.base_url}/agents/{agent}/chat", extra_headers=self.headers()):
                return True
        except (ws_errors.InvalidStatusCode, OSError) as exc:
            if isinstance(exc, InvalidStatusCode) and exc.status_code == 503:
                return False
            raise

    async def describe(self, agent):
        try:
            async with open_chat(f"{self.base_url}/agents/{agent}/chat", extra_headers=self.headers()):
                return "available"
        except InvalidHandshake as exc:
            if hasattr(exc, "status_code"):
                return f"not available (HTTP {exc.status_code})"
            return "broken"
