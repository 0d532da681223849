# run: uvicorn
# rules: none
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


async def chat(websocket):
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol="chat" if "chat" in offered else None)
    await websocket.close()


app = Starlette(routes=[WebSocketRoute("/chat", chat)])
