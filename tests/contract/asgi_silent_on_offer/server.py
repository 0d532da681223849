# run: uvicorn
# rules: WS301
# fix: unsafe


async def app(scope, receive, send):
    if scope["type"] == "websocket" and scope["path"] == "/hub":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
