# rules: WS107 WS108
# fix: safe
"""Arguments of `serve()` that have another name or another meaning now.

Prints `old_server_arguments: ok` and exits 0 when a client without an origin is served.
"""

import asyncio
import warnings

import websockets

# The empty origin has warned for a long time.
warnings.simplefilter("ignore")


async def echo(ws):
    async for message in ws:
        await ws.send(f"{ws.state.name == 'OPEN'} {message}")


async def main():
    async with websockets.serve(echo, host="127.0.0.1", port=0, origins=[None, "https://example.com"]) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url) as ws:
            await ws.send("hello")
            assert await ws.recv() == "True hello"
    print("old_server_arguments: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
