# run: uvicorn
# rules: none
from fastapi import Depends, FastAPI, WebSocket, WebSocketException

app = FastAPI()


def offered(websocket: WebSocket):
    if "room" not in websocket.scope["subprotocols"]:
        raise WebSocketException(code=1008)


@app.websocket("/room", dependencies=[Depends(offered)])
async def room(websocket: WebSocket):
    await websocket.accept(subprotocol="room")
    await websocket.close()
