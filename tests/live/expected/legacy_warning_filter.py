# rules: WS409
# fix: unsafe
# before: none
"""A filter that hides a deprecation which the program would want to see."""

import asyncio
import importlib
import warnings

import websockets

warnings.simplefilter("always")


async def main():
    with warnings_of() as seen:
        importlib.import_module("websockets.connection")
    assert seen, "the deprecation is hidden"
    async with websockets.serve(handler, "127.0.0.1", 0):
        pass


async def handler(ws, *_):
    await ws.wait_closed()


class warnings_of:
    def __enter__(self):
        self.seen = []
        self.shown = warnings.showwarning
        warnings.showwarning = lambda *shown: self.seen.append(shown)
        return self.seen

    def __exit__(self, *_):
        warnings.showwarning = self.shown


asyncio.run(main())
