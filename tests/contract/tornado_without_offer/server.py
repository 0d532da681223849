# run: tornado
# rules: none
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Shell(WebSocketHandler):
    def open(self):
        self.close()


app = Application([("/shell", Shell)])
