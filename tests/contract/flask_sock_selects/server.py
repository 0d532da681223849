# run: wsgi
# rules: none
from flask import Flask
from flask_sock import Sock

app = Flask(__name__)
app.config["SOCK_SERVER_OPTIONS"] = {"subprotocols": ["echo.v1"]}
sock = Sock(app)


@sock.route("/echo")
def echo(ws):
    ws.send("hello")
