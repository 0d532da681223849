//! A tree like a large application that talks WebSocket in a tenth of its files: as many files, bytes, directories, tests and mocks as
//! one that was counted, and code that leads from file to file as there.
//!
//! Everything follows from the number of a file, so that the tree is the same each time.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Counted in the tree that this one is like.
pub const COUNTED: Counts = Counts {
    files: 10_343,
    tests: 6_171,
    directories: 1_047,
    websocket: 4_900,
    websockets: 1_017,
    mocks: 4_088,
    accepts: 61,
};

/// Bytes of the file in the middle.
const MEDIAN: f64 = 13_680.0;
/// How far sizes spread: with it, the whole comes to 183 MB.
const SPREAD: f64 = 0.69;

/// How much there is of everything.
#[derive(Clone, Copy)]
pub struct Counts {
    pub files: usize,
    pub tests: usize,
    pub directories: usize,
    /// Files that say `websocket`, those included that say `websockets`.
    pub websocket: usize,
    pub websockets: usize,
    /// Files that use `Mock`, `Fake` or `patch`.
    pub mocks: usize,
    pub accepts: usize,
}

impl Counts {
    /// The same shares of a tree with `times` as many files.
    pub fn times(self, times: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
        let scaled = |count: usize| (count as f64 * times).round() as usize;
        Self {
            files: scaled(self.files),
            tests: scaled(self.tests),
            directories: scaled(self.directories),
            websocket: scaled(self.websocket),
            websockets: scaled(self.websockets),
            mocks: scaled(self.mocks),
            accepts: scaled(self.accepts),
        }
    }

    /// How many components there are: each has a directory of sources and one of tests.
    fn components(self) -> usize {
        (self.directories - 5) / 2
    }
}

/// What is in a file.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
struct Content {
    websocket: bool,
    websockets: bool,
    mocks: bool,
    accepts: bool,
}

/// Writes the tree below `root`.
pub fn write(root: &Path, counts: Counts) {
    let sources = counts.files - counts.tests;
    let mut accepts = 0;
    for number in 0..counts.files {
        let is_test = number >= sources;
        let at = if is_test { number - sources } else { number };
        let component = at % counts.components();
        let part = at / counts.components();
        let mut content = Content::default();
        // A number of the tree is spread over it by a stride that has no divisor in common with it.
        let place = spread(number, counts.files);
        content.websockets = place < counts.websockets;
        content.websocket = place < counts.websocket;
        content.mocks = is_test && spread(at, counts.tests) < counts.mocks;
        // What accepts connections says `websocket` anyway: one in so many of those.
        content.accepts = !is_test && content.websocket && number.is_multiple_of(30) && accepts < counts.accepts;
        accepts += usize::from(content.accepts);
        let (path, text) = if is_test {
            (test_path(root, component, part), test(component, part, content))
        } else {
            (source_path(root, component, part), source(component, part, content))
        };
        let text = fill(text, number);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(root.join("script")).unwrap();
    fs::write(root.join("pyproject.toml"), "[project]\nname = \"dense\"\ndependencies = [\"websockets>=14.2\"]\n")
        .unwrap();
}

/// The place of `number` in another order of the numbers below `count`.
fn spread(number: usize, count: usize) -> usize {
    let coprime = |stride: &usize| gcd(*stride, count) == 1;
    let stride = [7_919, 7_907, 7_901, 7_883].into_iter().find(coprime).unwrap_or(1);
    number * stride % count
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

const SOURCES: [&str; 8] =
    ["__init__", "client", "serve", "handlers", "coordinato", "connection", "config_flow", "entity"];

fn source_path(root: &Path, component: usize, part: usize) -> PathBuf {
    let name = SOURCES.get(part).map_or_else(|| format!("platform_{part}"), |name| (*name).to_owned());
    root.join(format!("app/components/c{component:04}/{name}.py"))
}

fn test_path(root: &Path, component: usize, part: usize) -> PathBuf {
    let name = match part {
        0 => "__init__".to_owned(),
        1 => "conftest".to_owned(),
        part => SOURCES.get(part - 1).map_or_else(|| format!("test_part_{part}"), |name| format!("test_{name}")),
    };
    root.join(format!("tests/components/c{component:04}/{name}.py"))
}

/// A source: what it imports comes from the files around it, and what it does to a connection is used in them.
fn source(component: usize, part: usize, content: Content) -> String {
    let name = SOURCES.get(part).copied().unwrap_or("platform");
    let neighbour = (component * 31 + 17) % 97;
    let mut text = format!("\"\"\"Part {part} of component {component}.\"\"\"\n\nimport asyncio\nimport logging\n");
    writeln!(text, "from app.components.c{neighbour:04}.entity import Entity").unwrap();
    if content.websockets {
        text += "import websockets\n";
        writeln!(text, "from app.components.c{component:04}.connection import Link, keep_alive").unwrap();
    } else if content.websocket {
        text += "from app.websocket_api import register_websocket_command\n";
    }
    if name != "handlers" {
        writeln!(text, "from .handlers import handle, on_message").unwrap();
    }
    if content.accepts {
        text += ACCEPTS;
    }
    let shape = match (content.websockets, name, component % 9) {
        (true, "serve", _) => SERVER,
        (true, "handlers", 0) => LEGACY_HANDLER,
        (true, "connection", _) => LINK,
        (true, _, 0) => LEGACY_CLIENT,
        (true, _, 1..=4) => CLIENT,
        (true, ..) => USES_LINK,
        (false, "handlers", _) => PLAIN_HANDLER,
        (false, "connection", _) => READS_OPEN,
        (false, ..) => PLAIN,
    };
    text + shape
}

fn test(component: usize, part: usize, content: Content) -> String {
    let mut text = format!("\"\"\"Tests of component {component}.\"\"\"\n\nimport pytest\n");
    if content.mocks {
        text += "from unittest.mock import AsyncMock, MagicMock, patch\n";
    }
    if content.websockets {
        text += "import websockets\n";
    }
    writeln!(text, "from app.components.c{component:04} import client, handlers").unwrap();
    if content.websocket && !content.websockets {
        text += "from tests.typing import WebSocketGenerator  # websocket\n";
    }
    let module = format!("app.components.c{component:04}.client");
    text += &match (content.websockets, content.mocks, part) {
        (_, _, 1) => FIXTURE.to_owned(),
        (true, true, _) => PATCHES_CONNECT.replace("MODULE", &module),
        (true, false, _) => CONNECTS.to_owned(),
        (false, true, _) => PATCHES.replace("MODULE", &module),
        (false, false, _) => TEST.to_owned(),
    };
    text
}

/// Adds plain code up to the size of the file.
fn fill(mut text: String, number: usize) -> String {
    let size = size(number);
    let mut function = 0;
    while text.len() < size {
        let filler = FILLERS[(number + function) % FILLERS.len()];
        text += &filler.replace("NUMBER", &function.to_string());
        function += 1;
    }
    text
}

/// Sizes lie around the median as they do in real trees: many small ones, a few large ones.
fn size(number: usize) -> usize {
    // The sum of twelve even numbers between 0 and 1 is close to normal.
    let even = |at: usize| f64::from(mixed(number * 12 + at)) / 65_536.0;
    let normal: f64 = (0..12).map(even).sum::<f64>() - 6.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let size = (MEDIAN * (SPREAD * normal).exp()) as usize;
    size.min(400_000)
}

/// A number that tells nothing of `number`.
fn mixed(number: usize) -> u16 {
    let mut bits = u64::try_from(number).unwrap().wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2 {
        bits = (bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    u16::try_from(bits >> 48).unwrap()
}

const FILLERS: [&str; 3] = [
    r#"

def load_NUMBER(path: str, limit: int | None = None) -> dict:
    """Reads the entries of a file, up to a limit."""
    entries = {}
    with open(path, encoding="utf-8") as lines:
        for count, line in enumerate(lines):
            if limit is not None and count >= limit:
                break
            name, _, value = line.partition("=")
            entries[name.strip()] = value.strip() or NUMBER
    return entries
"#,
    r#"

class StateNUMBER:
    """One state, and when it was last changed."""

    def __init__(self, name, value=None, parent=None):
        self.name = name
        self.value = value
        self.parent = parent
        self.path = f"{parent.path}.{name}" if parent else name
        self.listeners = []

    def update(self, value):
        if value == self.value:
            return False
        self.value = value
        for listener in self.listeners:
            listener(self.name, value)
        return True
"#,
    r#"

async def refresh_NUMBER(session, url, *, retries=3, delay=0.5):
    for attempt in range(retries):
        try:
            async with session.get(url, timeout=10) as response:
                response.raise_for_status()
                return await response.json()
        except OSError as error:
            if attempt + 1 == retries:
                raise RuntimeError(f"{url}: {error}") from error
            await asyncio.sleep(delay * 2**attempt)
    return None
"#,
];

const PLAIN: &str = "
logger = logging.getLogger(__name__)


class Platform(Entity):
    async def async_setup(self, entry):
        self.entry = entry
        await on_message(self, entry)
";

const PLAIN_HANDLER: &str = r#"
logger = logging.getLogger(__name__)


async def handle(connection):
    async for message in connection:
        await on_message(connection, message)


async def on_message(connection, message):
    logger.debug("%s", message)
"#;

/// A handler of a server that another file starts.
const LEGACY_HANDLER: &str = r#"
logger = logging.getLogger(__name__)


async def handle(connection, path):
    async for message in connection:
        await on_message(connection, message)
    logger.info("left %s", path)


async def on_message(connection, message):
    if connection.open:
        await connection.send(message)
"#;

const SERVER: &str = "
logger = logging.getLogger(__name__)


async def main(host, port):
    async with websockets.serve(handle, host, port) as server:
        await server.serve_forever()
";

const LINK: &str = "
logger = logging.getLogger(__name__)


class Link:
    def __init__(self, uri):
        self.uri = uri
        self.ws = None

    async def open(self):
        self.ws = await websockets.connect(self.uri)
        return self.ws


async def keep_alive(ws):
    while ws.open:
        await ws.ping()
        await asyncio.sleep(20)
";

/// What `open` is here depends on who calls it.
const READS_OPEN: &str = "
logger = logging.getLogger(__name__)


class Link:
    def __init__(self, door):
        self.door = door

    def is_ready(self, other):
        return self.door.open and not other.closed


async def keep_alive(door):
    while door.open:
        await asyncio.sleep(20)
";

const USES_LINK: &str = r#"
logger = logging.getLogger(__name__)


class Session(Link):
    async def run(self):
        ws = await self.open()
        asyncio.create_task(keep_alive(ws))
        async for message in ws:
            await on_message(ws, message)

    def describe(self):
        return f"{self.uri}: {'open' if self.ws.open else 'closed'}"
"#;

const LEGACY_CLIENT: &str = r#"
logger = logging.getLogger(__name__)


async def send(uri, token, text):
    options = {"ping_interval": 20}
    try:
        async with websockets.connect(uri, extra_headers={"Authorization": token}, **options) as ws:
            await ws.send(text)
            return await ws.recv()
    except websockets.exceptions.InvalidStatusCode as exc:
        logger.error("refused with HTTP %d", exc.status_code)
"#;

const CLIENT: &str = r#"
logger = logging.getLogger(__name__)


async def send(uri, token, text):
    try:
        async with websockets.connect(uri, additional_headers={"Authorization": token}) as ws:
            await ws.send(text)
            return await ws.recv()
    except websockets.exceptions.InvalidStatus as exc:
        logger.error("refused with HTTP %d", exc.response.status_code)
"#;

const ACCEPTS: &str = r#"from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/stream/{topic}")
async def stream(websocket: WebSocket, topic: str):
    await websocket.accept()
    await handle(websocket)
"#;

const FIXTURE: &str = r#"

@pytest.fixture
async def ws(server):
    async with server.client() as connection:
        yield connection


@pytest.fixture
def entry():
    return {"host": "localhost", "token": "secret"}
"#;

const CONNECTS: &str = r#"

async def test_send(ws, entry):
    async with websockets.connect("ws://localhost/stream/a", subprotocols=["v1"]) as connection:
        await connection.send("hello")
    assert ws.open
"#;

const PATCHES_CONNECT: &str = r#"

async def test_send(entry):
    with patch("MODULE.websockets.connect", AsyncMock()) as connect:
        connect.return_value.recv.return_value = "hello"
        assert await client.send("ws://localhost", entry["token"], "hello")
    connect.assert_called_once()
"#;

const PATCHES: &str = r#"

async def test_update(ws, entry):
    with patch("MODULE.on_message", AsyncMock(return_value=True)) as on_message:
        await client.send(MagicMock(), entry)
    on_message.assert_awaited_once()
    assert ws is not None
"#;

const TEST: &str = r#"

async def test_entry(ws, entry):
    await handlers.on_message(ws, entry)
    assert entry["host"] == "localhost"
"#;
