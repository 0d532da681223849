# run: wsgi
# rules: WS301
# fix: report
from flask import Flask
from flask_sock import Sock

app = Flask(__name__)
sock = Sock(app)


@sock.route("/echo")
def echo(ws):
    ws.send("hello")
