"""Looks agents up in the company directory, over plain HTTP."""

import aiohttp


class DirectoryClient:
    def __init__(self, base_url, extra_headers=None):
        self.base_url = base_url
        self.extra_headers = dict(extra_headers or {})
        self.session = None

    async def connect(self, extra_headers=None):
        if self.session is None or self.session.closed:
            self.session = aiohttp.ClientSession(headers={**self.extra_headers, **(extra_headers or {})})
        return self.session

    async def agent(self, name):
        session = await self.connect(extra_headers={"Accept": "application/json"})
        async with session.get(f"{self.base_url}/agents/{name}") as response:
            return await response.json()

    async def close(self):
        if self.session is not None and not self.session.closed:
            await self.session.close()


def company_directory(token):
    extra_headers = {"Authorization": f"Bearer {token}"}
    return DirectoryClient("https://directory.example.com", extra_headers=extra_headers)
