# run: uvicorn
# rules: WS310
# fix: unsafe
from litestar import Litestar, WebSocket, websocket


@websocket("/desk")
async def desk(socket: WebSocket) -> None:
    offered = socket.scope["subprotocols"]
    await socket.accept(subprotocol="desk.v1" if "desk.v1" in offered else None)
    await socket.close()


app = Litestar([desk])
