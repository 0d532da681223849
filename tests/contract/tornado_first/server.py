# run: tornado
# rules: WS308
# fix: report
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Shell(WebSocketHandler):
    def select_subprotocol(self, subprotocols):
        return subprotocols[0]

    def open(self):
        self.close()


app = Application([("/shell", Shell)])
