import json

import pytest
import websockets
from websockets.exceptions import InvalidStatusCode

from chat.client import Refused, open_chat
from chat.presence import online

pytestmark = pytest.mark.anyio

HEADERS = {"Authorization": "Bearer secret"}


async def test_an_agent_answers(base_url):
    async with websockets.connect(
        f"{base_url}/agents/ada/chat", extra_headers=HEADERS, subprotocols=["agent_chat"]
    ) as ws:
        await ws.send("hello")
        assert await ws.recv() == "ada to Kim: you said 'hello'"


async def test_a_guest_may_ask(base_url):
    headers = [("Authorization", "Bearer guest")]
    async with open_chat(f"{base_url}/agents/ada/chat", extra_headers=headers) as ws:
        await ws.send("hello")
        assert await ws.recv() == "ada to a guest: you said 'hello'"


async def test_a_stranger_is_refused(base_url):
    with pytest.raises(InvalidStatusCode) as info:
        async with websockets.connect(f"{base_url}/agents/ada/chat", subprotocols=["agent_chat"]):
            pass
    assert info.value.status_code == 403


async def test_a_busy_agent_says_when_to_come_back(base_url):
    with pytest.raises(InvalidStatusCode) as info:
        await websockets.connect(f"{base_url}/agents/grace/chat", extra_headers=HEADERS)
    assert info.value.status_code == 503
    assert info.value.headers["Retry-After"] == "30"


async def test_the_client_asks(client):
    assert await client.ask("ada", "hello") == "ada to Kim: you said 'hello'"
    with pytest.raises(Refused) as info:
        await client.ask("grace", "hello")
    assert (info.value.status, info.value.retry_after) == (503, "30")


async def test_the_client_knows_who_is_busy(client):
    assert await client.can_ask("ada")
    assert not await client.can_ask("grace")


async def test_the_client_describes_a_busy_agent(client):
    assert await client.describe("grace") == "not available (HTTP 503)"


async def test_a_room_lists_its_users(client):
    assert await client.room("lobby") == {"room": "lobby", "users": ["Kim", "a guest"]}


async def test_status(base_url):
    async with websockets.connect(f"{base_url}/status", subprotocols=["chat_status"]) as ws:
        assert ws.subprotocol == "chat_status"
        assert json.loads(await ws.recv()) == {"busy": ["grace"]}


async def test_presence(base_url):
    assert await online(base_url, "secret") == ["ada", "grace"]
