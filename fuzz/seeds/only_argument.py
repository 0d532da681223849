import websockets


async def main(uri, loop):
    async for ws in websockets.connect(loop=loop):
        pass
