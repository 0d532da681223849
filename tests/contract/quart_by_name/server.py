# run: uvicorn
# rules: none
from quart import Quart, websocket

app = Quart(__name__)


@app.websocket("/feed")
async def feed():
    offered = websocket.requested_subprotocols
    await websocket.accept(subprotocol="feed.v1" if "feed.v1" in offered else None)
    await websocket.send("hello")
