# run: sanic
# rules: none
from sanic import Sanic

app = Sanic("selects", configure_logging=False)


@app.websocket("/feed", subprotocols=["feed.v1"])
async def feed(request, ws):
    await ws.send("hello")
