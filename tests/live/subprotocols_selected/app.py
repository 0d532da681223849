"""A chat backend that selects subprotocols: one from a parameter that is never filled, one that nobody may have offered."""

from typing import List, Optional

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str, subprotocols: Optional[List[str]] = None):
    if subprotocols and "room_chat" in subprotocols:
        await websocket.accept(subprotocol="room_chat")
    else:
        await websocket.accept()
    await websocket.close()


@app.websocket("/status")
async def status(websocket: WebSocket):
    await websocket.accept(subprotocol="chat_status")
    await websocket.close()
