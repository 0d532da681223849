# run: uvicorn
# rules: none
from litestar import Litestar, WebSocket, websocket


@websocket("/desk")
async def desk(socket: WebSocket) -> None:
    offered = socket.scope["subprotocols"]
    await socket.accept(subprotocols="desk.v1" if "desk.v1" in offered else None)
    await socket.close()


app = Litestar([desk])
