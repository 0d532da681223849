# run: tornado
# rules: WS301
# fix: report
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Shell(WebSocketHandler):
    def open(self):
        self.close()


app = Application([("/shell", Shell)])
