//! The order of imports: what isort and Ruff accepted before the fixes they accept after them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fmt::Write as _;

use crate::support::Sandbox;
use crate::tools::{command, environment, program, run, succeed};

/// What uses the names, so that nothing is left over or blocks a fix.
const USES: &[(&str, &str)] = &[
    ("WebSocketClientProtocol", "def p(ws: WebSocketClientProtocol):\n    return ws.open\n"),
    ("connect", "async def c(uri):\n    async with connect(uri, extra_headers={}) as ws:\n        return ws.closed\n"),
    ("dial", "async def d(uri):\n    await dial(uri, extra_headers={})\n"),
    (
        "InvalidStatusCode",
        "def q():\n    try:\n        f()\n    except InvalidStatusCode as e:\n        print(e.status_code)\n",
    ),
    ("Bad", "def b():\n    try:\n        f()\n    except Bad as e:\n        print(e.status_code)\n"),
    ("ConnectionClosed", "def r(e: ConnectionClosed):\n    return e.code\n"),
    (
        "serve",
        "async def h(ws, path):\n    await ws.send(path)\n\n\nasync def main():\n    async with serve(h, '', 1):\n        pass\n",
    ),
    ("Headers", "H = Headers()\n"),
    ("OP_TEXT", "F = Frame(OP_TEXT, b'')\n"),
    ("websockets", "async def w(uri):\n    await websockets.connect(uri, extra_headers={})\n"),
];

const IMPORTS: &[&str] = &[
    "import websockets",
    "from websockets import InvalidStatusCode, connect",
    "from websockets.client import connect",
    "from websockets.exceptions import ConnectionClosed, InvalidStatusCode",
    "from websockets.exceptions import InvalidStatusCode as Bad",
    "from websockets.frames import OP_TEXT, Frame",
    "from websockets.http import Headers",
    "from websockets.legacy.client import WebSocketClientProtocol, connect",
    "from websockets.legacy.client import connect as dial",
    "from websockets.legacy.server import serve",
    "from websockets.server import serve",
];

const HEADS: &[&str] =
    &["", "import asyncio\nimport json\n\n", "import asyncio\n\nimport httpx\n", "from yarl import URL\n"];

/// A program whose imports are in order.
fn sample(seed: usize) -> String {
    let chosen =
        IMPORTS.iter().enumerate().filter(|(at, _)| (((seed / 4 + 1) * 2_654_435_761) >> (at + 7)).is_multiple_of(4));
    let lines: Vec<&str> = chosen.map(|(_, line)| *line).take(4).collect();
    let mut text = [HEADS[seed % 4], &lines.join("\n"), "\n"].concat();
    let mut used = Vec::new();
    for line in &lines {
        let words: Vec<&str> = line.split([' ', ',']).collect();
        let last = words.iter().rposition(|word| *word == "as");
        for (name, code) in USES {
            let brings = last.map_or(words.contains(name), |at| words.get(at + 1) == Some(name));
            if brings && !used.contains(name) {
                used.push(name);
                write!(text, "\n\n{code}").unwrap();
            }
        }
    }
    text
}

/// The first lines of a file after its fixes.
fn head(sandbox: &Sandbox, before: &str, websockets: &str, lines: usize) -> String {
    sandbox.write("a.py", before.as_bytes());
    let ran = sandbox.run(&format!("fix -q --isolated --unsafe-fixes --websockets {websockets} a.py"));
    assert!(ran.code < 2, "{}", ran.err);
    sandbox.read("a.py").lines().take(lines).collect::<Vec<_>>().join("\n")
}

const MODERN: &str = ">=14.2";

#[test]
fn a_module_with_another_name_has_another_place() {
    let sandbox = Sandbox::new(&[]);
    let uses = "\n\nasync def f(uri):\n    await connect(uri)\n\n\nH = Headers()\n";
    let before = format!("from websockets.client import connect\nfrom websockets.http import Headers  # why\n{uses}");
    assert_eq!(
        head(&sandbox, &before, MODERN, 2),
        "from websockets.asyncio.client import connect\nfrom websockets.datastructures import Headers  # why"
    );
    let before = format!("from websockets.exceptions import A\nfrom websockets.legacy.client import connect\n{uses}");
    assert_eq!(
        head(&sandbox, &before.replace("Headers()", "A"), MODERN, 2),
        "from websockets.asyncio.client import connect\nfrom websockets.exceptions import A"
    );
    // Nobody sorts here.
    let before = format!("from websockets.legacy.client import connect\nfrom websockets.exceptions import A\n{uses}");
    assert!(head(&sandbox, &before, MODERN, 2).ends_with("import A"));
    // What stands apart stays apart.
    let before = format!("from websockets.exceptions import A\n\nfrom websockets.legacy.client import connect\n{uses}");
    assert!(head(&sandbox, &before, MODERN, 3).starts_with("from websockets.exceptions import A\n\n"));
}

#[test]
fn a_name_that_changes_takes_its_place() {
    let sandbox = Sandbox::new(&[]);
    let uses = "\nFrame(OP_TEXT, b'')\n";
    for (before, after) in [
        ("from websockets.frames import OP_TEXT, Frame\n", "from websockets.frames import Frame, Opcode"),
        (
            "from websockets.frames import (\n    OP_TEXT,\n    Frame,\n)\n",
            "from websockets.frames import (\n    Frame,\n    Opcode,\n)",
        ),
        // A comment is about the name that stands there.
        (
            "from websockets.frames import (\n    OP_TEXT,  # text\n    Frame,\n)\n",
            "from websockets.frames import (\n    Opcode,  # text\n    Frame,\n)",
        ),
        // Nobody sorts here.
        ("from websockets.frames import Frame, OP_TEXT\n", "from websockets.frames import Frame, Opcode"),
    ] {
        assert_eq!(head(&sandbox, &format!("{before}{uses}"), MODERN, after.lines().count()), after);
    }
}

#[test]
fn lines_that_are_not_in_question_stay_as_they_are() {
    let sandbox = Sandbox::new(&[]);
    let odd = "from  websockets.exceptions  import ConnectionClosed,InvalidURI\nfrom websockets.legacy.client import connect\n";
    let after = head(
        &sandbox,
        &format!("{odd}\nconnect\nasync def f():\n    await connect('x', extra_headers={{}})\n"),
        MODERN,
        2,
    );
    assert!(after.contains("from  websockets.exceptions  import ConnectionClosed,InvalidURI"), "{after}");
    let crlf = "import asyncio\r\nfrom websockets.http import Headers\r\nfrom websockets.typing import Data\r\nH = Headers(), Data\r\n";
    sandbox.write("b.py", crlf.as_bytes());
    sandbox.run("fix -q --isolated --websockets >=14.2 b.py");
    assert_eq!(sandbox.read("b.py"), crlf.replace("websockets.http", "websockets.datastructures"));
}

#[test]
fn a_module_of_the_standard_library_goes_to_its_kin() {
    let sandbox = Sandbox::new(&[]);
    let uses = "from websockets import connect\n\n\nasync def f(uri):\n    await connect(uri, extra_headers={})\n";
    for (before, after) in [
        ("import asyncio\n\nimport httpx\n", "import asyncio\nimport inspect\n\nimport httpx\n"),
        ("import httpx\n", "import inspect\n\nimport httpx\n"),
        ("import asyncio\nimport json\nimport httpx\n", "import asyncio\nimport inspect\nimport json\nimport httpx\n"),
        ("from typing import Any\n\n", "import inspect\nfrom typing import Any\n\n"),
        ("from __future__ import annotations\n\n", "from __future__ import annotations\n\nimport inspect\n\n"),
    ] {
        let lines = after.lines().count();
        assert_eq!(format!("{}\n", head(&sandbox, &format!("{before}{uses}"), ">=10", lines)), after);
    }
}

/// `ruff check --select I` before and after, on many programs and on both sides of 14.0.
#[test]
#[ignore = "installs Ruff"]
fn ruff_accepts_the_order_that_it_accepted() {
    let place = environment("ruff");
    succeed(command(program(&place, "python")).args(["-m", "pip", "install", "--quiet", "ruff"]));
    let ruff = |sandbox: &Sandbox, arguments: &[&str]| {
        let mut ruff = command(program(&place, "ruff"));
        ruff.args(["check", "--isolated", "--no-cache", "--select", "I", "--output-format", "concise"]);
        run(ruff.args(arguments).arg(".").current_dir(sandbox.path("")))
    };
    for websockets in [MODERN, ">=10", ">=13.1"] {
        let sandbox = Sandbox::new(&[]);
        for seed in 0..600 {
            sandbox.write(&format!("m{seed}.py"), sample(seed).as_bytes());
        }
        ruff(&sandbox, &["--fix"]);
        assert_eq!(ruff(&sandbox, &[]).code, 0);
        let ran = sandbox.run(&format!("fix --isolated --unsafe-fixes --websockets {websockets} ."));
        assert!(ran.out.matches("Fixed ").count() > 300, "{}", ran.out);
        let after = ruff(&sandbox, &[]);
        assert_eq!(after.code, 0, "{websockets}:\n{}", after.text);
    }
}
