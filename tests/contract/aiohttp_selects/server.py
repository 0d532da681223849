# run: aiohttp
# rules: none
from aiohttp import web


async def lamp(request):
    ws = web.WebSocketResponse(protocols=("lamp.v2", "lamp.v1"))
    await ws.prepare(request)
    await ws.close()
    return ws


app = web.Application()
app.router.add_get("/lamp", lamp)
