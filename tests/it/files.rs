//! What files are read as, and that nothing but the fix changes in them: encodings, scripts, notebooks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fs;

use crate::support::{LEGACY, MODERN, Ran, Sandbox, feed, wsupgrade};
use serde_json::Value;

const CLIENT: &str = "import websockets\nwebsockets.connect(uri, extra_headers={'Name': NAME})  # NAME\n";

/// The bytes of a file in an encoding that Python calls `cookie`, with `name` in the place of `NAME`.
fn encoded(cookie: &str, name: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, part) in format!("# -*- coding: {cookie} -*-\r\n{CLIENT}").split("NAME").enumerate() {
        bytes.extend(if at > 0 { name } else { b"" });
        bytes.extend(part.as_bytes());
    }
    bytes
}

fn bytes(sandbox: &Sandbox, name: &str) -> Vec<u8> {
    fs::read(sandbox.path(name)).unwrap()
}

fn replaced(bytes: &[u8]) -> Vec<u8> {
    let at = bytes.windows(13).position(|window| window == b"extra_headers").unwrap();
    [&bytes[..at], b"additional_headers", &bytes[at + 13..]].concat()
}

/// How Python spells "é" or a word of its language in each encoding: strings whose bytes are no UTF-8.
const NAMES: &[(&str, &[u8])] = &[
    ("latin-1", b"'\xe9\x80\xa0'"),
    ("iso-8859-15", b"'\xe9\xa4'"),
    ("cp1252", b"'\xe9\x80'"),
    ("windows-1251", b"'\xcf\xf0\xe8'"),
    ("koi8-r", b"'\xf0\xd2\xc9'"),
    ("euc-jp", b"'\xc6\xfc\xcb\xdc'"),
    // The second byte of these is a backslash or a bar in ASCII.
    ("shift_jis", b"'\x83\x5c\x83\x7c'"),
    ("gbk", b"'\x81\x5c\x81\x7c'"),
    ("big5", b"'\xb3\x5c\xa5\x5c'"),
    ("euc-kr", b"'\xc7\xd1'"),
];

#[test]
fn a_fix_keeps_the_encoding_byte_for_byte() {
    let sandbox = Sandbox::new(&[]);
    for (cookie, name) in NAMES {
        sandbox.write(&format!("{cookie}.py"), &encoded(cookie, name));
    }
    let checked = sandbox.run("check --output-format concise");
    assert_eq!((checked.code, checked.err.as_str()), (1, ""), "{}", checked.out);
    assert!(checked.out.contains("shift_jis.py:3:25: WS101 [*] "), "{}", checked.out);
    // The diff is in the encoding of each file, as Git has it.
    let diff = wsupgrade(&sandbox.path("")).args(["check", "--diff"]).output().unwrap().stdout;
    let patched = Sandbox::new(&[]);
    for (cookie, name) in NAMES {
        patched.write(&format!("{cookie}.py"), &encoded(cookie, name));
    }
    patched.other("git", &["apply", "--whitespace=nowarn"], &diff);
    assert_eq!(sandbox.run("fix").code, 0);
    for (cookie, name) in NAMES {
        let expected = replaced(&encoded(cookie, name));
        let file = format!("{cookie}.py");
        assert_eq!(bytes(&sandbox, &file), expected, "{cookie}");
        assert_eq!(bytes(&patched, &file), expected, "{cookie}, by its diff");
    }
}

#[test]
fn standard_input_has_an_encoding_too() {
    let sandbox = Sandbox::new(&[]);
    for (cookie, name) in NAMES {
        let mut command = wsupgrade(&sandbox.path(""));
        let input = sandbox.path("input");
        fs::write(&input, encoded(cookie, name)).unwrap();
        let output = command.args(["fix", "-q", "-"]).stdin(fs::File::open(&input).unwrap()).output().unwrap();
        assert_eq!(output.stdout, replaced(&encoded(cookie, name)), "{cookie}");
    }
}

#[test]
fn what_cannot_be_decoded_is_reported_and_not_touched() {
    let files: &[(&str, &[u8], &str)] = &[
        ("ascii.py", &encoded("ascii", b"'\xe9'"), "byte 91 is not valid ASCII."),
        ("cp1252.py", &encoded("cp1252", b"'\x81'"), "byte 92 is not valid windows-1252."),
        ("euc.py", &encoded("euc-jp", b"'\xc6'"), "byte 92 is not valid EUC-JP."),
        ("none.py", b"import websockets\nx = '\xff'\n", "byte 23 is not valid UTF-8."),
        ("own.py", &encoded("x-own", b"'\xe9'"), "it declares the encoding `x-own`, which wsupgrade does not know."),
        (
            "bom.py",
            &[b"\xef\xbb\xbf", encoded("latin-1", b"'e'").as_slice()].concat(),
            "it declares the encoding `latin-1` and begins with the byte order mark of UTF-8.",
        ),
    ];
    let sandbox = Sandbox::new(&[]);
    for (name, bytes, _) in files {
        sandbox.write(name, bytes);
    }
    let ran = sandbox.run("fix");
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err.lines().count(), files.len(), "{}", ran.err);
    for (name, before, problem) in files {
        let line = format!(
            "error: {name}: cannot be read as Python: {problem} Convert it to UTF-8, or leave it out of the run.\n"
        );
        assert!(ran.err.contains(&line), "{line}in\n{}", ran.err);
        assert_eq!(bytes(&sandbox, name), *before);
    }
}

#[test]
fn scripts_are_found_by_their_first_line() {
    let script = |line: &str| format!("{line}\n{LEGACY}");
    let sandbox = Sandbox::new(&[
        ("bin/client", &script("#!/usr/bin/env python3")),
        ("bin/uv-script", &script("#!/usr/bin/env -S uv run --script")),
        ("bin/run", &script("#!/bin/sh")),
        ("bin/notes", LEGACY),
        ("bin/.hidden", &script("#!/usr/bin/env python3")),
        ("bin/client.txt", &script("#!/usr/bin/env python3")),
        ("bin/long", &format!("#!/usr/bin/python3 {}\n{LEGACY}", "-u ".repeat(200))),
        ("Makefile", "all:\n\twebsockets\n"),
        ("empty", ""),
    ]);
    let ran = sandbox.run("check -q --output-format concise");
    let found: Vec<&str> = ran.out.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(found, ["bin/client", "bin/long", "bin/uv-script"]);
    assert!(sandbox.run("check -v").err.starts_with("3 Python files, 3 of them parsed; "));
    assert_eq!(sandbox.run("fix").code, 0);
    assert_eq!(sandbox.read("bin/client"), format!("#!/usr/bin/env python3\n{MODERN}"));
}

#[test]
fn the_metadata_in_a_script_is_its_target() {
    let script = |shebang: &str, requirement: &str| {
        format!(
            "{shebang}\n# /// script\n# requires-python = \">=3.9\"\n# dependencies = [\"{requirement}\"]\n# ///\n{LEGACY}"
        )
    };
    let uv = "#!/usr/bin/env -S uv run --script";
    let sandbox = Sandbox::new(&[
        ("pyproject.toml", "[project]\nname = 'x'\ndependencies = ['websockets>=14']\n"),
        ("old", &script(uv, "websockets<14")),
        ("new", &script(uv, "websockets")),
        ("old.py", &script("#!/usr/bin/python3", "websockets==12.0")),
    ]);
    let ran = sandbox.run("check --output-format concise -v");
    assert!(ran.out.contains("new:8:25: WS101 [*] "), "{}", ran.out);
    assert!(!ran.out.lines().any(|line| line.starts_with("old") && line.contains("[*]")), "{}", ran.out);
    assert!(ran.err.contains("supported: websockets<14 (legacy), from old:4\n"), "{}", ran.err);
    assert!(ran.err.contains("from old.py:4\n"), "{}", ran.err);
}

/// A notebook as Jupyter writes it: a list of lines in most cells, one string in the last, and everything else that there is.
const NOTEBOOK: &str = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "5e0a",
   "metadata": {},
   "source": [
    "# websockets \u00e9 with `extra_headers`"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "17bc",
   "metadata": {"tags": ["setup"],   "scrolled": true},
   "outputs": [{"name": "stdout", "output_type": "stream", "text": ["extra_headers=\ud83e\udd80 1.0E5\r\n"]}],
   "source": [
    "%pip install -q websockets\n",
    "import websockets"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "c2",
   "metadata": {},
   "outputs": [],
   "source": [
    "%%bash\n",
    "grep extra_headers *.py"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 2,
   "id": "c3",
   "metadata": {},
   "outputs": [{"data": {"text/plain": ["1.10"]}, "execution_count": 2, "metadata": {}, "output_type": "execute_result"}],
   "source": [
    "%%time\n",
    "name = '\u00e9 \"\\t'\n",
    "ws = await websockets.connect(uri, extra_headers={'Name': '\u00e9'});\n",
    "files = !ls *.py\n",
    "websockets.connect?"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "c4",
   "metadata": {},
   "outputs": [],
   "source": "try:\r\n    ws = await websockets.connect(uri)\r\nexcept websockets.InvalidStatusCode as e:\r\n    print(e.status_code)"
  }
 ],
 "metadata": {
  "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
  "language_info": {"name": "python", "version": "3.12.1"}
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
"##;

fn fixed_notebook() -> String {
    let fixed = NOTEBOOK
        .replace("(uri, extra_headers=", "(uri, additional_headers=")
        .replace("websockets.InvalidStatusCode as", "websockets.InvalidStatus as")
        .replace("e.status_code", "e.response.status_code");
    assert_ne!(fixed, NOTEBOOK);
    fixed
}

#[test]
fn a_notebook_is_checked_by_cell() {
    let sandbox = Sandbox::new(&[("demo.ipynb", NOTEBOOK), (".ipynb_checkpoints/demo.ipynb", NOTEBOOK)]);
    let concise = sandbox.run("check --output-format concise -q").out;
    let places: Vec<&str> = concise.lines().map(|line| line.split(" [*]").next().unwrap()).collect();
    assert_eq!(places, ["demo.ipynb:cell 4:3:36: WS101", "demo.ipynb:cell 5:3:8: WS201"]);
    let full = sandbox.run("check").out;
    for line in ["   ╭─[demo.ipynb:cell 4:3:36]", " 2 │ name = 'é \"\\t'", " 4 │ files = !ls *.py"] {
        assert!(full.lines().any(|shown| shown == line), "{line:?} in\n{full}");
    }
    let json: Value = serde_json::from_str(&sandbox.run("check --output-format json").out).unwrap();
    assert_eq!(
        (&json[0]["cell"], &json[0]["location"]["row"], &json[0]["noqa_row"]),
        (&4.into(), &3.into(), &3.into())
    );
    assert_eq!(json[1]["fix"]["edits"][1]["location"]["row"], 4);
}

#[test]
fn a_fix_changes_the_lines_of_a_notebook_that_have_to_change() {
    let one_line = serde_json::to_string(&serde_json::from_str::<Value>(NOTEBOOK).unwrap()).unwrap();
    let files =
        [("demo.ipynb", NOTEBOOK), ("crlf.ipynb", &NOTEBOOK.replace('\n', "\r\n")), ("one line.ipynb", &one_line)];
    let (fixed, patched) = (Sandbox::new(&files), Sandbox::new(&files));
    let diff = fixed.run("check --diff");
    assert_eq!(diff.code, 1);
    patched.other("git", &["apply", "--whitespace=nowarn"], diff.out.as_bytes());
    let ran = fixed.run("fix");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.contains("Fixed demo.ipynb: 1 WS101 extra-headers, 1 WS201 invalid-status-code\n"), "{}", ran.out);
    assert_eq!(fixed.read("demo.ipynb"), fixed_notebook());
    assert_eq!(fixed.read("crlf.ipynb"), fixed_notebook().replace('\n', "\r\n"));
    for (name, _) in files {
        assert_eq!(patched.read(name), fixed.read(name), "{name}");
    }
    let again = fixed.run("fix");
    assert_eq!((again.code, again.out.as_str()), (0, "All clear: 3 files checked.\n"));
}

#[test]
fn a_name_that_a_magic_uses_stays_imported() {
    let notebook = |last: &str| {
        let cells = [
            "from websockets import connect, InvalidStatusCode",
            "try:\n    ws = await connect(uri)\nexcept InvalidStatusCode:\n    pass",
            last,
        ];
        let cells = cells.map(|cell| serde_json::json!({"cell_type": "code", "metadata": {}, "source": cell}));
        serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4}).to_string()
    };
    let sandbox = Sandbox::new(&[]);
    let fixed = |last: &str| sandbox.pipe("fix - -q --stdin-filename a.ipynb", notebook(last).as_bytes()).out;
    assert!(fixed("1 + 1").contains("import connect, InvalidStatus\""), "{}", fixed("1 + 1"));
    for last in ["%time raise InvalidStatusCode(401, {})", "%%timeit\nInvalidStatusCode", "InvalidStatusCode?"] {
        assert!(fixed(last).contains(", InvalidStatusCode\""), "{}", fixed(last));
    }
}

#[test]
fn the_metadata_in_a_notebook_or_an_encoded_script_is_changed_where_it_stands() {
    let notebook = r##"{"cells": [
{"cell_type": "code", "metadata": {}, "source": ["# /// script\n", "# dependencies = [\"websockets>=10\"]\n", "# ///\n"]},
{"cell_type": "code", "metadata": {}, "source": ["import websockets\n",
"await websockets.connect(uri, additional_headers={})"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
"##;
    let script = b"#!/usr/bin/env -S uv run --script\n# coding: latin-1\n# /// script\n# dependencies = [\"websockets>=10\"] # \xe9\n\
        # ///\nimport websockets\nwebsockets.connect(uri, additional_headers={})\n";
    let sandbox = Sandbox::new(&[("demo.ipynb", notebook)]);
    sandbox.write("tool", script);
    let ran = sandbox.run("check --select WS901 --output-format concise");
    assert!(ran.out.contains("demo.ipynb:cell 1:2:") && ran.out.contains("at demo.ipynb:4\n"), "{}", ran.out);
    assert!(ran.out.contains("tool:4:") && ran.out.contains("at tool:7\n"), "{}", ran.out);
    assert_eq!(sandbox.run("fix --select WS901 --unsafe-fixes").code, 0);
    assert_eq!(sandbox.read("demo.ipynb"), notebook.replace(">=10", ">=14.2"));
    let at = script.windows(4).position(|window| window == b">=10").unwrap();
    assert_eq!(bytes(&sandbox, "tool"), [&script[..at], b">=14.2", &script[at + 4..]].concat());
}

#[test]
fn a_notebook_passes_through_standard_input() {
    let sandbox = Sandbox::new(&[]);
    let fix = sandbox.pipe("fix - -q --stdin-filename notes/demo.ipynb", NOTEBOOK.as_bytes());
    assert_eq!((fix.code, fix.out.as_str(), fix.err.as_str()), (0, fixed_notebook().as_str(), ""));
    let check = sandbox.pipe("check - --stdin-filename demo.ipynb --output-format concise", NOTEBOOK.as_bytes());
    assert!(check.out.starts_with("demo.ipynb:cell 4:3:36: WS101"), "{}", check.out);
}

#[test]
fn a_broken_cell_is_named_and_no_notebook_is_touched_that_cannot_be_read() {
    let broken_cell = NOTEBOOK.replace("import websockets\"", "import websockets (\"");
    let files = [
        ("cell.ipynb", broken_cell.as_str()),
        ("cut.ipynb", &NOTEBOOK[..NOTEBOOK.len() - 3]),
        ("old.ipynb", "{\"metadata\": {}, \"nbformat\": 3, \"worksheets\": [\"websockets\"]}"),
        ("other.ipynb", "{\"websockets\": 1}"),
        ("julia.ipynb", &NOTEBOOK.replace("\"language\": \"python\"", "\"language\": \"julia\"")),
    ];
    let sandbox = Sandbox::new(&files);
    let Ran { code, out, err } = sandbox.run("fix --output-format concise -q");
    assert_eq!(code, 2);
    assert!(out.starts_with("cell.ipynb:cell 2:2:19: syntax-error: "), "{out}");
    assert_eq!(out.lines().count(), 1, "{out}");
    assert_eq!(err.lines().count(), 3, "{err}");
    for problem in [
        "error: cut.ipynb: cannot be read as Python: it is not the JSON of a notebook (EOF while parsing an object at line ",
        "error: old.ipynb: cannot be read as Python: it is a notebook of format 3, and only format 4 is read. Convert it with",
        "error: other.ipynb: cannot be read as Python: it is called a notebook, and has no `nbformat`.",
    ] {
        assert!(err.contains(problem), "{problem} in\n{err}");
    }
    for (name, text) in files {
        assert_eq!(sandbox.read(name), text);
    }
}

#[test]
fn a_script_that_is_named_is_python_whatever_it_is_called() {
    let sandbox = Sandbox::new(&[("client", LEGACY)]);
    let mut command = wsupgrade(&sandbox.path(""));
    command.args(["check", "client", "-q", "--output-format", "concise"]);
    assert!(feed(command, b"").out.starts_with("client:3:25: WS101"));
}

#[test]
fn formats_that_know_lines_name_those_of_the_file() {
    let sandbox = Sandbox::new(&[("demo.ipynb", NOTEBOOK)]);
    let row = 1 + NOTEBOOK.lines().position(|line| line.contains("connect(uri, extra_headers")).unwrap();
    let github = sandbox.run("check --output-format github").out;
    let place = format!("file=demo.ipynb,line={row},endLine={row},");
    assert!(github.contains(&place) && github.contains("::demo.ipynb:cell 4:3:36: WS101"), "{github}");
    let gitlab: Value = serde_json::from_str(&sandbox.run("check --output-format gitlab").out).unwrap();
    assert_eq!(gitlab[0]["location"]["positions"]["begin"]["line"], row);
    assert!(gitlab[0]["description"].as_str().unwrap().starts_with("WS101: cell 4:3:36: "), "{gitlab}");
    let sarif: Value = serde_json::from_str(&sandbox.run("check --output-format sarif").out).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], row);
    assert!(result["message"]["text"].as_str().unwrap().starts_with("cell 4:3:36: "), "{result}");
    assert_eq!(result.get("fixes"), None, "a replacement of Python is none in JSON");
    for format in ["grouped", "junit", "markdown"] {
        let out = sandbox.run(&format!("check --output-format {format}")).out;
        assert!(out.contains("cell 4:3:36") && out.contains("cell 5:3:8"), "{format}: {out}");
    }
}

#[test]
fn scripts_in_one_directory_are_a_project_without_saying_so() {
    let importing = "import websockets\nfrom lib import dial\nasync def main(uri):\n    isinstance(await dial(uri), websockets.WebSocketClientProtocol)\n    await websockets.connect(uri)\n";
    let sandbox = Sandbox::new(&[("main.py", importing)]);
    assert!(sandbox.run("check main.py --output-format concise").out.contains("WS402 [*] error"));
    // Now an object of the old class can arrive.
    sandbox.write("lib.py", b"from websockets.client import connect\ndef dial(uri): return connect(uri)\n");
    let checked = sandbox.run("check main.py --output-format concise");
    assert!(checked.out.contains("main.py:4:33: WS402 info"), "{}", checked.out);
}
