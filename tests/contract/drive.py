"""Starts the server of each project and connects its clients: `drive.py {port} project...` prints what each client got, as JSON.

A server says in its first line how it is run. A client is a function of `clients.py` that returns the subprotocol of its connection, or
what `node.mjs` and `page.html` report. Without node or Chromium these say `skipped`.
"""

import asyncio
import contextlib
import functools
import importlib.util
import inspect
import json
import logging
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import warnings

PATIENCE = 15


@contextlib.asynccontextmanager
async def uvicorn(module, listening):
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(module.app, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await serving


@contextlib.asynccontextmanager
async def aiohttp(module, listening):
    from aiohttp import web

    runner = web.AppRunner(module.app, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    yield
    await runner.cleanup()


@contextlib.asynccontextmanager
async def sanic(module, listening):
    # One process is patched once.
    module.app.config.update(TOUCHUP=False, MOTD=False)
    server = await module.app.create_server(sock=listening, return_asyncio_server=True)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    yield
    server.close()


@contextlib.asynccontextmanager
async def tornado(module, listening):
    from tornado.httpserver import HTTPServer

    server = HTTPServer(module.app)
    listening.setblocking(False)
    server.add_sockets([listening])
    yield
    server.stop()


@contextlib.contextmanager
def serving(server):
    """Serves from a thread."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()


@contextlib.asynccontextmanager
async def wsgi(module, listening):
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_):
            pass

    server = make_server("127.0.0.1", 0, module.app, threaded=True, fd=listening.fileno(), request_handler=Quiet)
    with serving(server):
        yield


@contextlib.asynccontextmanager
async def start(module, listening):
    listening.close()
    async with module.start():
        yield


@contextlib.asynccontextmanager
async def threaded(module, listening):
    listening.close()
    with module.start() as server, serving(server):
        yield


@contextlib.asynccontextmanager
async def none(module, listening):
    listening.close()
    yield


def load(path):
    """A module of a project, under the name that the others import it by."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def outcome(client):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            running = client() if inspect.iscoroutinefunction(client) else asyncio.to_thread(client)
            return str(await asyncio.wait_for(running, 4 * PATIENCE) or "none")
        except Exception as error:
            return type(error).__name__


async def node(script):
    program = shutil.which("node")
    if program is None:
        return "skipped"
    process = await asyncio.create_subprocess_exec(
        program, "--no-warnings", "--experimental-websocket", script, stdout=subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return said.decode().strip()


async def page(path):
    """Serves the page, and takes what it says: `/said?got=...`."""
    names = ["chromium", "chromium-browser", "google-chrome"]
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        return "skipped"
    said = asyncio.get_running_loop().create_future()

    async def answer(reader, writer):
        line = (await reader.readline()).decode()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(line.split()[1]).query)
        if "got" in query and not said.done():
            said.set_result(query["got"][0])
        body = path.read_bytes()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
        browser = await asyncio.create_subprocess_exec(
            program, *flags, f"http://127.0.0.1:{port}/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            return await asyncio.wait_for(said, 3 * PATIENCE)
        finally:
            browser.kill()
            await browser.wait()
            server.close()


async def observe(project, port):
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen()
    sys.path.insert(0, str(project))
    try:
        server, clients = load(project / "server.py"), load(project / "clients.py")
        how = (project / "server.py").read_text().partition("\n")[0].removeprefix("# run: ")
        got = {}
        async with globals()[how](server, listening):
            for name in clients.WANTED:
                others = {"node": (node, project / "node.mjs"), "page": (page, project / "page.html")}
                client = functools.partial(*others[name]) if name in others else getattr(clients, name)
                got[name] = await outcome(client)
        return {"got": got, "wanted": clients.WANTED}
    finally:
        sys.path.remove(str(project))
        for name in ["server", "clients"]:
            sys.modules.pop(name, None)


async def main():
    logging.disable()
    seen = {}
    for project in sys.argv[2:]:
        path = pathlib.Path(project)
        started = time.monotonic()
        seen[path.name] = await observe(path, int(sys.argv[1]))
        seen[path.name]["seconds"] = round(time.monotonic() - started, 2)
    print(json.dumps(seen))


asyncio.run(main())
