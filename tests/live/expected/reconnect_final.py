# rules: WS205
# fix: unsafe
# before: none
# fails: 14.2 17.4
# after: 14.2 17.4
"""A client that was to try again after any error, and has the condition the wrong way round.

Prints `reconnect_final: ok` and exits 0 when the client tries again.
"""

import asyncio
import random

import websockets

# The first pause is random, and up to five seconds.
random.random = lambda: 0.0

ATTEMPTS = []


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def front(reader, writer, port):
    """Refuses the first client, and passes the others on."""
    head = await reader.readuntil(b"\r\n\r\n")
    ATTEMPTS.append(head)
    if len(ATTEMPTS) == 1:
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        return
    behind = await asyncio.open_connection("127.0.0.1", port)
    behind[1].write(head)

    async def pipe(source, target):
        while data := await source.read(1024):
            target.write(data)
        target.close()

    await asyncio.gather(pipe(reader, behind[1]), pipe(behind[0], writer))


async def main():
    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        listener = await asyncio.start_server(lambda r, w: front(r, w, port), "127.0.0.1", 0)
        async with listener:
            url = f"ws://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
            async for ws in websockets.connect(url, process_exception=lambda exc: None):
                await ws.send("hello")
                assert await ws.recv() == "hello"
                await ws.close()
                break
    assert len(ATTEMPTS) == 2, ATTEMPTS
    print("reconnect_final: ok")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 10))
