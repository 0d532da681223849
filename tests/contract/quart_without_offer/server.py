# run: uvicorn
# rules: none
from quart import Quart, websocket

app = Quart(__name__)


@app.websocket("/feed")
async def feed():
    """Quart accepts with the first message."""
    await websocket.send("hello")
