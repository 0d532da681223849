# run: uvicorn
# rules: none
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/room")
async def room(websocket: WebSocket):
    header = websocket.headers.get("sec-websocket-protocol", "")
    known = [name for name in map(str.strip, header.split(",")) if name == "room"]
    await websocket.accept(subprotocol=known[0] if known else None)
    await websocket.close()
