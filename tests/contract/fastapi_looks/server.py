# run: uvicorn
# rules: none
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/room")
async def room(websocket: WebSocket):
    if "room" in websocket.scope["subprotocols"]:
        await websocket.accept(subprotocol="room")
    else:
        await websocket.accept()
    await websocket.close()
