# run: uvicorn
# rules: none
from django.conf import settings

if not settings.configured:
    settings.configure()

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path


class Alarm(AsyncWebsocketConsumer):
    async def connect(self):
        offered = self.scope["subprotocols"]
        await self.accept(subprotocol="alarm" if "alarm" in offered else None)


app = ProtocolTypeRouter({"websocket": URLRouter([path("ws/alarm/", Alarm.as_asgi())])})
