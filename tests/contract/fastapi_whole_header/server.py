# run: uvicorn
# rules: WS309
# fix: report
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/room")
async def room(websocket: WebSocket):
    await websocket.accept(subprotocol=websocket.headers.get("sec-websocket-protocol"))
    await websocket.close()
