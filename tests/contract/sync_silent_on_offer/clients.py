"""One that offers, and one that does not."""

from websockets.sync.client import connect

WANTED = {"offering": "dial.v1", "plain": "none"}


def offering():
    with connect("ws://127.0.0.1:8765/", subprotocols=["dial.v1"]) as ws:
        return ws.subprotocol


def plain():
    with connect("ws://127.0.0.1:8765/") as ws:
        return ws.subprotocol
