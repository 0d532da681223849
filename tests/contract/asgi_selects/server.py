# run: uvicorn
# rules: none


async def app(scope, receive, send):
    if scope["type"] == "websocket" and scope["path"] == "/hub":
        await receive()
        chosen = "hub.v1" if "hub.v1" in scope.get("subprotocols", ()) else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        await send({"type": "websocket.close"})
