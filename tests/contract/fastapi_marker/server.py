# run: uvicorn
# rules: none
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/room")
async def room(websocket: WebSocket):
    marker, token = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol="bearer" if marker == "bearer" and token else None)
    await websocket.close()
