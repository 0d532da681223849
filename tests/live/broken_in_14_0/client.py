# rules: WS508
# fix: report
# before: 13.1 14.2 17.4
# fails: 14.0
"""Messages without a limit, why the connection was closed, and a server that speaks another protocol.

Prints `broken_in_14_0: ok` and exits 0 when all of it can be told.
"""

import asyncio

import websockets


async def handler(ws):
    await ws.send("hello")
    await ws.close(4000, "done")


async def other_protocol(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"220 mail.example.com\r\n\r\n")
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(other_protocol, "127.0.0.1", 0)
    async with server:
        try:
            await websockets.connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        except websockets.InvalidMessage:
            pass
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with websockets.connect(url, max_queue=None, open_timeout=1) as ws:
            assert await ws.recv() == "hello"
            await ws.wait_closed()
            assert (ws.close_code, ws.close_reason) == (4000, "done")
    print("broken_in_14_0: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 5))
