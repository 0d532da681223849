//! Programs, notebooks and metadata made from bytes: the same bytes make the same text. The fuzz targets take their bytes from the
//! fuzzer, the tests from a seed.

/// Decisions, one byte each. When there are no bytes left, everything ends soon.
pub struct Choices<'b> {
    bytes: &'b [u8],
    at: usize,
    depth: usize,
}

const DEPTH: usize = 4;

impl<'b> Choices<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0, depth: 0 }
    }

    fn next(&mut self) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        usize::from(byte)
    }

    fn is_over(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.next() % all.len()]
    }

    fn maybe(&mut self, text: &str) -> String {
        if self.next().is_multiple_of(2) { String::new() } else { text.to_owned() }
    }

    fn deeper(&mut self, make: impl FnOnce(&mut Self) -> String) -> String {
        self.depth += 1;
        let made = make(self);
        self.depth -= 1;
        made
    }

    fn is_deep(&self) -> bool {
        self.depth >= DEPTH || self.is_over()
    }
}

const IMPORTS: &[&str] = &[
    "import websockets",
    "import websockets as w",
    "from websockets import connect, serve",
    "from websockets import connect as dial",
    "from websockets.client import connect, WebSocketClientProtocol",
    "from websockets.server import serve, WebSocketServerProtocol  # kept",
    "from websockets.legacy.client import connect as old",
    "from websockets.exceptions import InvalidStatusCode, ConnectionClosed",
    "import websockets.legacy.client",
    "from websockets import *",
    "from unittest.mock import patch, AsyncMock",
    "from http import HTTPStatus",
    "try:\n    from websockets.asyncio.client import connect\nexcept ImportError:\n    from websockets import connect",
    "from websockets.auth import basic_auth_protocol_factory",
    "from websockets import (\n    connect,\n    WebSocketServerProtocol,  # noqa: F401\n    serve,\n)",
    "from fastapi import FastAPI, WebSocket",
    "import functools, asyncio",
];

const NAMES: &[&str] = &["ws", "self.ws", "options", "h", "e", "path", "connection", "x", "\u{e9}t\u{e9}", "client"];

const CALLEES: &[&str] = &[
    "websockets.connect",
    "connect",
    "dial",
    "serve",
    "websockets.serve",
    "old",
    "websockets.legacy.client.connect",
    "websockets.client.connect",
    "functools.partial",
    "dict",
    "f",
    "websockets.unix_serve",
    "websockets.sync.client.connect",
    "basic_auth_protocol_factory",
    "isinstance",
    "hasattr",
    "InvalidStatusCode",
    "patch",
    "websockets.broadcast",
    "asyncio.get_event_loop().run_until_complete",
];

const KEYWORDS: &[&str] = &[
    "extra_headers",
    "timeout",
    "loop",
    "klass",
    "create_protocol",
    "process_request",
    "select_subprotocol",
    "subprotocols",
    "origins",
    "ws_handler",
    "additional_headers",
    "ping_interval",
    "legacy_recv",
    "max_queue",
    "path",
];

const ATTRIBUTES: &[&str] = &[
    "open",
    "closed",
    "path",
    "request_headers",
    "response_headers",
    "status_code",
    "headers",
    "code",
    "reason",
    "local_address",
    "websockets",
    "subprotocol",
    "secure",
    "host",
    "assert_called_with",
    "response",
];

fn expression(c: &mut Choices) -> String {
    if c.is_deep() {
        return c.one_of(&["x", "None", "1", "'a'", "[]", "ws", "{}"]).to_owned();
    }
    c.deeper(|c| match c.next() % 16 {
        0 | 1 => call(c),
        2 | 3 => format!("{}.{}", c.one_of(NAMES), c.one_of(ATTRIBUTES)),
        4 => c.one_of(NAMES).to_owned(),
        5 => format!("not {}.{}", c.one_of(NAMES), c.one_of(ATTRIBUTES)),
        6 => format!("{{'{}': {}, **{}}}", c.one_of(KEYWORDS), expression(c), c.one_of(NAMES)),
        7 => format!("({} if {} else {})", expression(c), expression(c), expression(c)),
        8 => format!("f\"{{{}.{}!r}} {{{}}}\"", c.one_of(NAMES), c.one_of(ATTRIBUTES), c.one_of(NAMES)),
        9 => format!("[{} for {} in {}]", expression(c), c.one_of(&["ws", "x", "e"]), expression(c)),
        10 => format!("lambda {}: {}", c.one_of(&["ws", "ws, path", "path, headers", "*a, **k"]), expression(c)),
        11 => format!("{} and {}", expression(c), expression(c)),
        12 => format!("({},\n  {})", expression(c), expression(c)),
        13 => format!("{}['{}']", c.one_of(NAMES), c.one_of(KEYWORDS)),
        14 => c
            .one_of(&[
                "websockets.exceptions.InvalidStatusCode",
                "'websockets.connect'",
                "HTTPStatus.OK, [], b'x'",
                "-1",
            ])
            .to_owned(),
        _ => format!("(await {})", call(c)),
    })
}

fn call(c: &mut Choices) -> String {
    let callee = c.one_of(CALLEES);
    let mut arguments = Vec::new();
    for _ in 0..c.next() % 4 {
        let argument = match c.next() % 4 {
            0 | 1 => format!("{}={}", c.one_of(KEYWORDS), expression(c)),
            2 => format!("**{}", c.one_of(NAMES)),
            _ => expression(c),
        };
        arguments.push(argument);
    }
    // What is positional comes first.
    arguments.sort_by_key(|argument| (argument.starts_with("**"), is_keyword(argument)));
    let mut seen: Vec<String> = Vec::new();
    arguments.retain(|argument| {
        let name = argument.split('=').next().unwrap_or_default().to_owned();
        let is_new = !is_keyword(argument) || !seen.contains(&name);
        seen.push(name);
        is_new
    });
    match c.next() % 4 {
        0 => {
            format!("{callee}(\n    {},  # a comment\n)", arguments.join(",\n    ")).replace("    ,  # a comment\n", "")
        }
        1 => format!("{callee}({}{})", arguments.join(", "), if arguments.is_empty() { "" } else { "," }),
        _ => format!("{callee}({})", arguments.join(", ")),
    }
}

fn is_keyword(argument: &str) -> bool {
    KEYWORDS.iter().any(|keyword| argument.strip_prefix(keyword).is_some_and(|rest| rest.starts_with('=')))
}

fn block(c: &mut Choices, indent: usize) -> String {
    let mut text = String::new();
    for _ in 0..=c.next() % 3 {
        text += &statement(c, indent);
    }
    text
}

fn statement(c: &mut Choices, indent: usize) -> String {
    let lead = "    ".repeat(indent);
    let comment = c.one_of(&[
        "",
        "",
        "",
        "",
        "  # noqa",
        "  # noqa: WS101",
        "  # type: ignore",
        "  # wsupgrade: ignore[WS101]",
        "  # \u{e9}",
    ]);
    if c.is_deep() {
        return format!("{lead}pass{comment}\n");
    }
    c.deeper(|c| {
        let body = indent + 1;
        match c.next() % 18 {
            0 | 1 => format!("{lead}{}{comment}\n", expression(c)),
            2 | 3 => format!("{lead}{} = {}{comment}\n", c.one_of(NAMES), expression(c)),
            4 => format!(
                "{lead}async def {}({}):{comment}\n{}",
                c.one_of(&["h", "f", "handler"]),
                c.one_of(&["ws", "ws, path", "ws, path=None", "self, ws", "path, headers", "**options"]),
                block(c, body)
            ),
            5 => format!(
                "{lead}def {}({}):\n{}",
                c.one_of(&["h", "f", "test_it"]),
                c.one_of(&["ws: websockets.WebSocketClientProtocol", "ws", "e: 'InvalidStatusCode'", "*a"]),
                block(c, body)
            ),
            6 => format!(
                "{lead}if {}:\n{}{}",
                expression(c),
                block(c, body),
                if c.next().is_multiple_of(2) { String::new() } else { format!("{lead}else:\n{}", block(c, body)) }
            ),
            7 => format!(
                "{lead}try:\n{}{lead}except {}:\n{}",
                block(c, body),
                c.one_of(&[
                    "InvalidStatusCode as e",
                    "(websockets.InvalidStatusCode, OSError) as e",
                    "ConnectionClosed as e",
                    "ImportError",
                    "TypeError",
                    "websockets.exceptions.ConnectionClosed"
                ]),
                block(c, body)
            ),
            8 => format!("{lead}async with {} as ws:{comment}\n{}", call(c), block(c, body)),
            9 => format!("{lead}async for ws in {}:\n{}", call(c), block(c, body)),
            10 => format!(
                "{lead}class {}:\n{}",
                c.one_of(&["A", "B(A)", "C(websockets.WebSocketServerProtocol)"]),
                block(c, body)
            ),
            11 => format!("{lead}while {}:\n{}", expression(c), block(c, body)),
            12 => format!("{lead}{}; {}{comment}\n", expression(c), expression(c)),
            13 => format!("{lead}{}\n", c.one_of(IMPORTS).replace('\n', &format!("\n{lead}"))),
            14 => format!("{lead}return {}\n", expression(c))
                .replace("return", if indent == 0 { "x =" } else { "return" }),
            15 => format!("{lead}assert {}, {}\n", expression(c), expression(c)),
            16 => format!(
                "{lead}with patch('{}') as {}:\n{}",
                c.one_of(&["websockets.connect", "app.websockets.client.connect", "websockets.legacy.client.connect"]),
                c.one_of(&["ws", "x"]),
                block(c, body)
            ),
            _ => format!("{lead}\"\"\"{}\"\"\"\n", c.one_of(&["text", "connect(extra_headers=1)", "\\\n"])),
        }
    })
}

/// A program that is mostly valid Python.
pub fn program(bytes: &[u8]) -> String {
    let mut c = Choices::new(bytes);
    let mut text = c.maybe("# -*- coding: utf-8 -*-\n");
    for _ in 0..=c.next() % 4 {
        text += &format!("{}\n", c.one_of(IMPORTS));
    }
    while !c.is_over() {
        text += &statement(&mut c, 0);
    }
    match c.next() % 4 {
        0 => text.trim_end().to_owned(),
        1 => text.replace("    ", "\t"),
        _ => text,
    }
}

/// A notebook whose cells are parts of a program.
pub fn notebook(bytes: &[u8]) -> String {
    let code = program(bytes);
    let mut c = Choices::new(bytes);
    let mut cells = Vec::new();
    let mut cell = String::new();
    for line in code.split_inclusive('\n') {
        if !line.starts_with([' ', '\t', ')', 'e']) && c.next().is_multiple_of(3) && !cell.is_empty() {
            cells.push(std::mem::take(&mut cell));
        }
        cell += line;
    }
    cells.push(cell);
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| {
            let magic =
                c.one_of(&["", "", "", "%%time\n", "%%bash\n", "%matplotlib inline\n", "!pip install websockets\n"]);
            let source = format!("{magic}{}", cell.trim_end_matches('\n'));
            let source = if c.next().is_multiple_of(2) {
                quoted(&source)
            } else {
                format!("[\n    {}\n   ]", source.split_inclusive('\n').map(quoted).collect::<Vec<_>>().join(",\n    "))
            };
            let kind = c.one_of(&["code", "code", "code", "markdown", "raw"]);
            format!("  {{\n   \"cell_type\": \"{kind}\",\n   \"metadata\": {{}},\n   \"source\": {source}\n  }}")
        })
        .collect();
    format!(
        "{{\n \"cells\": [\n{}\n ],\n \"metadata\": {{}},\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}}\n",
        cells.join(",\n")
    )
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            c => out.push(c),
        }
    }
    out + "\""
}

/// The files in which a project says which versions it supports, by name.
pub const METADATA: &[&str] = &[
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "requirements.txt",
    "requirements/base.in",
    "environment.yml",
    "poetry.lock",
    "uv.lock",
    "Pipfile",
    "wsupgrade.toml",
    "baseline.json",
];

const VERSIONS: &[&str] = &[
    ">=10",
    ">=10,<14",
    "==13.1",
    "~=12.0",
    "^11",
    "^9 || ^15",
    "*",
    "",
    ">=15.0.1",
    "<18,>=13",
    "!=14.0",
    ">=1!2",
    "==14.*",
    "latest",
    "\u{1b}]52;c;eA==\u{7}",
    ">= 99999999999999999999999",
    "@ https://example.com/w.whl",
];

/// One of these files, with declarations that are right, wrong and strange.
pub fn metadata(name: &str, bytes: &[u8]) -> String {
    let mut c = Choices::new(bytes);
    let mut text = String::new();
    while !c.is_over() {
        let version = c.one_of(VERSIONS);
        let package = c.one_of(&["websockets", "websockets[speedups]", "WebSockets", "other", "web-sockets"]);
        let toml = version.escape_default();
        text += &match (name, c.next() % 8) {
            (_, 0) => {
                c.one_of(&["# a comment\n", "\n", "\r\n", "[", "]]\n", "= =\n", "\"\"\"\n", "\t- - -\n"]).to_owned()
            }
            ("pyproject.toml", 1 | 2) => format!("[project]\nname = \"x\"\ndependencies = [\"{package}{toml}\"]\n"),
            ("pyproject.toml", 3) => format!("[tool.poetry.dependencies]\n{package} = \"{toml}\"\n"),
            ("pyproject.toml", 4) => format!(
                "[tool.poetry.group.dev.dependencies]\n{package} = {{version = \"{toml}\", extras = [\"x\"]}}\n"
            ),
            ("pyproject.toml", 5) => {
                format!("[dependency-groups]\ntest = [\"{package}{toml}\", {{include-group = \"test\"}}]\n")
            }
            ("pyproject.toml", _) => settings(&mut c, "[tool.wsupgrade]\n"),
            ("wsupgrade.toml", _) => settings(&mut c, ""),
            ("setup.cfg", 1..=4) => format!("[options]\ninstall_requires =\n    {package}{version}\n    other\n"),
            ("setup.cfg", _) => format!("[options.extras_require]\nx = {package}{version}; python_version < \"3.9\"\n"),
            ("setup.py", 1..=4) => format!(
                "from setuptools import setup\nsetup(install_requires=['{package}{}'])\n",
                version.escape_default()
            ),
            ("setup.py", _) => format!("x = ['{package}']\nsetup(extras_require={{'a': x + ['{package}{toml}']}})\n"),
            ("environment.yml", 1..=5) => {
                format!("dependencies:\n  - {package}{version}\n  - pip:\n    - {package}{version}\n")
            }
            ("poetry.lock" | "uv.lock", _) => format!("[[package]]\nname = \"{package}\"\nversion = \"{toml}\"\n"),
            ("Pipfile", _) => format!("[packages]\n{package} = \"{toml}\"\n"),
            ("baseline.json", 1..=3) => format!(
                "{{\"version\": 1, \"findings\": {{\"a.py\": {{\"WS101\": {{\"{}\": {}}}}}}}}}",
                version.escape_default(),
                c.next()
            ),
            ("baseline.json", _) => c
                .one_of(&["{", "}", "null", "[1]", "{\"version\": 2}", "\"x\"", "{\"version\": 1, \"findings\": []}"])
                .to_owned(),
            (_, 1..=4) => format!("{package}{version}\n"),
            (_, 5) => "-r requirements.txt\n-c ../x.txt\n".to_owned(),
            _ => format!("{package} {version} \\\n    --hash=sha256:00\n"),
        };
    }
    text
}

fn settings(c: &mut Choices, table: &str) -> String {
    let line = c.one_of(&[
        "select = [\"ALL\"]",
        "ignore = [\"WS1\", \"no-such\"]",
        "exclude = [\"**/[\", \"a.py\"]",
        "target-version = \">=10\"",
        "unsafe-fixes = true",
        "timeout-means = \"open\"",
        "connect-functions = [\"a.b\"]",
        "extend = \"wsupgrade.toml\"",
        "per-file-ignores = {\"*.py\" = [\"WS101\"]}",
        "baseline = \"/dev/zero\"",
        "output-format = 3",
        "line = 1979-05-27",
    ]);
    format!("{table}{line}\n")
}
