"""The chat backend."""

from typing import List, Optional

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse

app = FastAPI(title="chat")

TOKENS = {"secret": "Kim", "guest": "a guest"}
BUSY_AGENTS = {"grace"}


def user_of(websocket: WebSocket) -> Optional[str]:
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
    return TOKENS.get(token) if scheme == "Bearer" else None


async def refuse(websocket: WebSocket, status: int, **headers: str) -> None:
    await websocket.send_denial_response(PlainTextResponse("refused", status, headers))


@app.websocket("/agents/{agent}/chat")
async def agent_chat(websocket: WebSocket, agent: str):
    user = user_of(websocket)
    if user is None:
        return await refuse(websocket, 403)
    if agent in BUSY_AGENTS:
        return await refuse(websocket, 503, **{"Retry-After": "30"})
    await websocket.accept()
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(f"{agent} to {user}: you said {text!r}")
    except WebSocketDisconnect:
        pass


@app.websocket("/rooms/{room}")
async def room_chat(websocket: WebSocket, room: str, subprotocols: Optional[List[str]] = None):
    if subprotocols and "room_chat" in subprotocols:
        await websocket.accept(subprotocol="room_chat")
    else:
        await websocket.accept()
    await websocket.send_json({"room": room, "users": sorted(TOKENS.values())})
    await websocket.close()


@app.websocket("/status")
async def status(websocket: WebSocket):
    await websocket.accept(subprotocol="chat_status")
    await websocket.send_json({"busy": sorted(BUSY_AGENTS)})
    await websocket.close()


@app.websocket("/presence")
async def presence(websocket: WebSocket):
    offered = websocket.scope.get("subprotocols", ())
    await websocket.accept(subprotocol="presence" if "presence" in offered else None)
    await websocket.send_json({"online": ["ada", "grace"]})
    await websocket.close()
