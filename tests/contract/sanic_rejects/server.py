# run: sanic
# rules: WS313
# fix: report
from sanic import Sanic

app = Sanic("rejects", configure_logging=False)


@app.websocket("/feed", subprotocols=["feed.v1"])
async def feed(request, ws):
    await ws.send("hello")
