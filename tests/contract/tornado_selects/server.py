# run: tornado
# rules: none
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Shell(WebSocketHandler):
    def select_subprotocol(self, subprotocols):
        return "shell.v1" if "shell.v1" in subprotocols else None

    def open(self):
        self.close()


app = Application([("/shell", Shell)])
