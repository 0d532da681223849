# run: uvicorn
# rules: WS301
# fix: unsafe
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


async def chat(websocket):
    await websocket.accept()
    await websocket.close()


app = Starlette(routes=[WebSocketRoute("/chat", chat)])
