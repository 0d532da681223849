# run: uvicorn
# rules: WS308
# fix: report
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/room")
async def room(websocket: WebSocket):
    await websocket.accept(subprotocol=websocket.scope["subprotocols"][0])
    await websocket.close()
