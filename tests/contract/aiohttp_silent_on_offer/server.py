# run: aiohttp
# rules: WS301
# fix: unsafe
from aiohttp import web


async def lamp(request):
    ws = web.WebSocketResponse(heartbeat=5)
    await ws.prepare(request)
    await ws.close()
    return ws


app = web.Application()
app.router.add_get("/lamp", lamp)
