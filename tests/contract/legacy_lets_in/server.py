# run: start
# rules: none
from websockets.legacy.server import serve


async def handler(connection):
    await connection.close()


def start():
    return serve(handler, "127.0.0.1", 8765, subprotocols=["bus.v1"])
