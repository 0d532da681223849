# run: threaded
# rules: WS301
# fix: unsafe
from websockets.sync.server import serve


def handler(connection):
    connection.close()


def start():
    return serve(handler, "127.0.0.1", 8765)
