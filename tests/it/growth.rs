//! Twice the input is twice the work: no pattern that a file may repeat makes the work grow with its square.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::path::PathBuf;

use crate::support::{Sandbox, settled, wsupgrade};
use wsupgrade::project::Project;
use wsupgrade::target::Target;
use wsupgrade::text::source::Source;

const HEAD: &str = "import websockets\nfrom websockets import connect, serve\nfrom websockets.exceptions import InvalidStatusCode, ConnectionClosed\n";

/// What is repeated: the lines before, the lines that are repeated, where `#` is a number, and the lines behind, repeated too.
const PATTERNS: &[(&str, &str, &str, &str)] = &[
    ("handlers of one try", "try:\n    f()\n", "except InvalidStatusCode as e: print(e.status_code)\n", ""),
    ("tries", "", "try:\n    f()\nexcept InvalidStatusCode as e: print(e.status_code)\n", ""),
    ("calls that share a dictionary", "o = {'extra_headers': {}}\n", "connect('x', **o)\n", ""),
    ("keys of a dictionary", "o = {}\n", "o['k#'] = 1\n", ""),
    ("handlers", "", "async def h#(ws, path):\n    await ws.send(path)\nserve(h#, '', 1)\n", ""),
    ("handlers that read", "", "async def h#(ws):\n    if ws.open: ws.path\nserve(h#, '', 1)\n", ""),
    ("legacy imports", "", "from websockets.legacy.client import connect as c#\n", "c#('x')\n"),
    (
        "reads of one connection",
        "async def f():\n    async with connect('x') as ws:\n",
        "        if ws.open and not ws.closed: ws.path\n",
        "",
    ),
    (
        "helpers",
        "",
        "def h#(ws):\n    return ws.open\nasync def f#():\n    async with connect('x') as ws:\n        h#(ws)\n",
        "",
    ),
    (
        "functions",
        "",
        "async def f#(h):\n    async with connect('x', extra_headers=h) as ws:\n        return ws.closed\n",
        "",
    ),
    ("raises", "", "def f#(): raise InvalidStatusCode(#, {})\n", ""),
    (
        "isinstance",
        "try:\n    f()\nexcept Exception as e:\n",
        "    if isinstance(e, InvalidStatusCode): print(e.status_code)\n",
        "",
    ),
    (
        "guards",
        "from websockets.version import version\n",
        "if version >= '14': connect('x', additional_headers=1)\nelse: connect('x', extra_headers=1)\n",
        "",
    ),
    (
        "retries",
        "",
        "try:\n    connect('x', additional_headers=1)\nexcept TypeError:\n    connect('x', extra_headers=1)\n",
        "",
    ),
    ("calls", "", "connect('x', extra_headers=1)\n", ""),
    (
        "classes",
        "",
        "class C#:\n    async def f(self):\n        self.ws = await connect('x')\n        return self.ws.open\n",
        "",
    ),
    (
        "options of methods",
        "class C:\n    def __init__(self):\n        self.o = {'extra_headers': {}}\n",
        "    def m#(self): return connect('x', **self.o)\n",
        "",
    ),
    (
        "mocks",
        "from unittest.mock import patch\n",
        "def test_#():\n    with patch('websockets.connect') as c:\n        run()\n    c.assert_called_with('u', extra_headers={})\n",
        "",
    ),
    ("forwarding", "", "def f#(**k): return connect(**k)\nf#(extra_headers=#)\n", ""),
    ("names of one legacy import", "from websockets.legacy.client import connect", ", connect as c#", "\nc#('x')"),
    ("arms of one if", "if m == '': pass\n", "elif m == '#': connect('x', extra_headers=1)\n", ""),
    (
        "answers of process_request",
        "async def main(h):\n    async with serve(h, '', 1, process_request=gate): pass\nasync def gate(path, headers):\n",
        "    if path == '/#': return 403, [], b''\n",
        "",
    ),
    (
        "async for loops",
        "",
        "async def f#():\n    async for ws in connect('x', extra_headers=1):\n        await ws.send('')\n",
        "",
    ),
    (
        "calls that share a function of options",
        "def options(): return {'extra_headers': {}}\n",
        "connect('x', **options())\n",
        "",
    ),
    ("comments", "", "connect('x', extra_headers=1)  # noqa: WS101\n", ""),
];

fn program((_, before, repeated, behind): &(&str, &str, &str, &str), count: usize) -> String {
    let times = |text: &str| (0..count).map(|at| text.replace('#', &at.to_string())).collect::<String>();
    [HEAD, before, &times(repeated), &times(behind)].concat()
}

/// How many questions about expressions a file takes.
fn questions(code: String) -> usize {
    let source = Source::new(PathBuf::from("/nowhere/program.py"), code);
    settled(&source, &Project::default(), &Target::default(), &|_| true).relied.evaluated
}

#[test]
fn twice_the_file_asks_twice_as_much() {
    let mut wrong = Vec::new();
    for pattern in PATTERNS {
        let (small, large) = (questions(program(pattern, 25)), questions(program(pattern, 100)));
        if large > 5 * small + 200 {
            wrong.push(format!("{}: {small} questions for 25, {large} for four times as many", pattern.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_that_many_calls_get_is_reported_once() {
    let code = format!("{HEAD}o = {{}}\n{}", "o['extra_headers'] = 1\nconnect('x', **o)\n".repeat(60));
    let source = Source::new(PathBuf::from("/nowhere/program.py"), code);
    let found = settled(&source, &Project::default(), &Target::default(), &|rule| rule.meta.code == "WS101").findings;
    assert_eq!(found.len(), 60);
}

#[test]
fn alternatives_of_many_declarations_do_not_multiply() {
    let groups: String = (0..60)
        .map(|at| format!("[tool.poetry.group.g{at}.dependencies]\nwebsockets = \"^{} || ^{}\"\n", 9 + at % 3, 10 + at))
        .collect();
    let sandbox = Sandbox::new(&[("pyproject.toml", &groups), ("a.py", crate::support::LEGACY)]);
    assert!(sandbox.run("check").code < 3);
}

/// Seconds of the processor, the same however busy the machine is.
#[cfg(unix)]
fn seconds(code: &str) -> f64 {
    let sandbox = Sandbox::new(&[("a.py", code)]);
    let mut command = std::process::Command::new("sh");
    let program = wsupgrade(&sandbox.path("")).get_program().to_owned();
    let script = "\"$0\" check -q --isolated a.py > /dev/null; times";
    command.args(["-c", script]).arg(program).current_dir(sandbox.path(""));
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let children = said.lines().last().unwrap();
    let time = |text: &str| {
        let (minutes, rest) = text.split_once('m').unwrap();
        minutes.parse::<f64>().unwrap() * 60.0 + rest.trim_end_matches('s').parse::<f64>().unwrap()
    };
    children.split_whitespace().map(time).sum()
}

/// What counting questions does not see: each import looked for the place of its own among all of them.
#[cfg(unix)]
#[test]
fn four_times_the_legacy_imports_take_four_times_as_long() {
    let pattern = PATTERNS.iter().find(|pattern| pattern.0 == "legacy imports").unwrap();
    let [small, large] = [1_000, 4_000].map(|count| seconds(&program(pattern, count)));
    assert!(large < 7.0 * small + 0.2, "{small} s for 1,000, {large} s for 4,000");
}

/// `GROWTH=<count>` prints the table of `docs/reliability.md` for that many.
#[cfg(unix)]
#[test]
#[ignore = "takes a minute"]
fn twice_the_file_takes_twice_as_long() {
    let count = std::env::var("GROWTH").ok().and_then(|count| count.parse().ok()).unwrap_or(250);
    let mut wrong = Vec::new();
    let mut table = String::new();
    for pattern in PATTERNS {
        let [one, two, four] = [1, 2, 4].map(|times| seconds(&program(pattern, times * count)));
        table += &format!("| {} | {one:.2} | {two:.2} | {four:.2} |\n", pattern.0);
        if four > 3.0 * two + 0.2 {
            wrong.push(pattern.0);
        }
    }
    assert!(wrong.is_empty() && std::env::var_os("GROWTH").is_none(), "{wrong:?}\n{table}");
}
