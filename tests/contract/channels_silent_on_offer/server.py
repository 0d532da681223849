# run: uvicorn
# rules: WS301
# fix: unsafe
from django.conf import settings

if not settings.configured:
    settings.configure()

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path


class Alarm(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()


app = ProtocolTypeRouter({"websocket": URLRouter([path("ws/alarm/", Alarm.as_asgi())])})
