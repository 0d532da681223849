"""A chat backend that was offered a subprotocol and never answered."""

from typing import List, Optional

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/agents/{agent}/chat")
async def agent_chat(websocket: WebSocket, agent: str, subprotocols: Optional[List[str]] = None):
    await websocket.accept()
    await websocket.send_json({"agent": agent, "offered": websocket.scope["subprotocols"]})
    await websocket.close()


@app.websocket("/plain")
async def plain(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_json({"agent": None, "offered": websocket.scope["subprotocols"]})
    await websocket.close()
