# rules: WS704
# fix: report
"""A mock that is put in the place of the legacy client, and code that calls the top level's.

Prints `legacy_patch_target: ok` and exits 0 when the mock is called.
"""

import asyncio
from unittest.mock import AsyncMock, patch

import websockets


async def dial(url):
    return await websockets.connect(url, open_timeout=1)


async def main():
    with patch("websockets.legacy.client.connect", new_callable=AsyncMock) as connect:
        try:
            await dial("ws://127.0.0.1:1/")
        except OSError:
            pass
    assert connect.called, "the code under test opened a real connection"
    print("legacy_patch_target: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
