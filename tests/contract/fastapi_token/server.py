# run: uvicorn
# rules: WS311
# fix: report
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/room")
async def room(websocket: WebSocket):
    token = next((one for one in websocket.scope["subprotocols"] if one.startswith("jwt.")), None)
    await websocket.accept(subprotocol=token)
    await websocket.close()
