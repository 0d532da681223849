# run: aiohttp
# rules: WS306
# fix: unsafe
from aiohttp import web


async def lamp(request):
    ws = web.WebSocketResponse(protocols=("lamp",))
    await ws.prepare(request)
    await ws.close()
    return ws


app = web.Application()
app.router.add_get("/lamp", lamp)
