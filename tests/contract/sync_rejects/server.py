# run: threaded
# rules: WS313
# fix: report
from websockets.sync.server import serve


def handler(connection):
    connection.close()


def start():
    return serve(handler, "127.0.0.1", 8765, subprotocols=["dial.v1"])
