# rules: WS304 WS305
# fix: report
"""How a server selects a subprotocol.

Prints `server_subprotocols: ok` and exits 0 when it lets everybody in, and prefers what it says.
"""

import asyncio

import websockets


def preferred(client_subprotocols, server_subprotocols):
    return server_subprotocols[0]


async def handler(ws):
    await ws.send(str(ws.subprotocol))


async def selected(server, offered):
    port = server.sockets[0].getsockname()[1]
    try:
        async with websockets.connect(f"ws://127.0.0.1:{port}", subprotocols=offered) as ws:
            return await ws.recv()
    except websockets.InvalidHandshake as exc:
        return type(exc).__name__


async def main():
    seen = {}
    async with websockets.serve(handler, "127.0.0.1", 0, subprotocols=["a", "b"]) as server:
        seen["none"] = await selected(server, None)
        seen["unknown"] = await selected(server, ["c"])
        seen["one"] = await selected(server, ["b"])
    own = {"subprotocols": ["a", "b"]}
    async with websockets.serve(handler, "127.0.0.1", 0, **own, select_subprotocol=preferred) as server:
        seen["preferred"] = await selected(server, ["b", "a"])
    assert seen == {"none": "None", "unknown": "None", "one": "b", "preferred": "a"}, seen
    print("server_subprotocols: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
