# rules: WS405
# fix: report
# before: 13.1 16.1.1
"""A helper of the new implementation for Python before 3.11."""

import asyncio

from websockets.asyncio.compatibility import asyncio_timeout


async def main():
    async with asyncio_timeout(1):
        await asyncio.sleep(0)


asyncio.run(main())
