# run: uvicorn
# rules: WS303
# fix: unsafe
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/room")
async def room(websocket: WebSocket):
    await websocket.accept(subprotocol="room")
    await websocket.close()
