# rules: WS503
# fix: unsafe
"""The handshake of connections, read on both sides, and the connections of a server.

Prints `connection_request: ok` and exits 0 when the values are right.
"""

import asyncio

import websockets


async def handler(ws):
    agent = (ws.request.headers if hasattr(ws, "request") else ws.request_headers)["User-Agent"]
    await ws.send(f"{ws.request.path if hasattr(ws, 'request') else ws.path} {agent}" if (ws.request.path if hasattr(ws, "request") else ws.path).startswith("/") else "no path")
    await ws.wait_closed()


async def main():
    async with websockets.serve(handler, "127.0.0.1", 0, server_header="live") as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/room?q=1"
        async with websockets.connect(url, user_agent_header="test") as ws:
            assert await ws.recv() == "/room?q=1 test"
            assert (ws.request.path if hasattr(ws, "request") else ws.path) == "/room?q=1", ws.request.path if hasattr(ws, "request") else ws.path
            assert (ws.request.headers if hasattr(ws, "request") else ws.request_headers)["User-Agent"] == "test"
            assert (ws.response.headers if hasattr(ws, "response") else ws.response_headers)["Server"] == "live"
            assert len(server.connections if hasattr(server, "connections") else server.websockets) == 1
    print("connection_request: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
