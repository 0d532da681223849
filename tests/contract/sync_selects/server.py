# run: threaded
# rules: none
from websockets.sync.server import serve


def handler(connection):
    connection.close()


def start():
    return serve(handler, "127.0.0.1", 8765, select_subprotocol=lambda _connection, offered: "dial.v1" if "dial.v1" in offered else None)
