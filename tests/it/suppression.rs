//! Comments that suppress findings, through the command. Where a comment may stand is shown in `tests/rules/unused_ignore.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::support::{LEGACY, MODERN, Sandbox};

/// `LEGACY` with a comment on its last line.
fn with(comment: &str) -> String {
    format!("{}  {comment}\n", LEGACY.trim_end())
}

#[test]
fn what_is_suppressed_is_neither_reported_nor_fixed() {
    for comment in [
        "# noqa",
        "# noqa: WS101",
        "# NOQA:E501,ws101",
        "# wsupgrade: ignore",
        "# wsupgrade: ignore[WS101]",
        "# wsupgrade: ignore[extra-headers] the gateway runs 12.0",
    ] {
        let text = with(comment);
        let sandbox = Sandbox::new(&[("a.py", &text)]);
        let ran = sandbox.run("check");
        assert_eq!((ran.code, ran.out.as_str()), (0, "All clear: 1 file checked.\n"), "{comment}");
        assert_eq!(sandbox.run("fix").code, 0);
        assert_eq!(sandbox.read("a.py"), text);
        assert!(sandbox.run("check -v").err.contains("\nsuppressed by comments: 1\n"));
    }
    for comment in ["# noqa: E501", "# noqa: WS104", "# wsupgrade: ignore[WS104]", "# noqa: see below", "# no qa"] {
        let sandbox = Sandbox::new(&[("a.py", &with(comment))]);
        assert_eq!(sandbox.run("check").code, 1, "{comment}");
        sandbox.run("fix");
        assert_eq!(sandbox.read("a.py"), with(comment).replace("extra_headers", "additional_headers"), "{comment}");
    }
}

#[test]
fn a_comment_with_a_mistake_is_told_on_stderr() {
    let sandbox = Sandbox::new(&[("a.py", &with("# wsupgrade: ignore[extra-header]"))]);
    for quiet in ["", "-q"] {
        let ran = sandbox.run(&format!("check {quiet} --output-format json"));
        assert_eq!(ran.code, 1);
        assert_eq!(
            ran.err,
            "warning: a.py:3:63: `extra-header` is no rule; the nearest is `extra-headers`, and `wsupgrade rules` lists all.\n"
        );
    }
    sandbox.write("a.py", with("# wsupgrade: ignore-file").as_bytes());
    let ran = sandbox.run("check -q");
    assert_eq!(ran.code, 1, "the comment is about a line, and asks for the file");
    assert!(ran.err.contains("on a line of its own"), "{}", ran.err);
}

#[test]
fn ignore_file_also_silences_a_file_that_is_no_python() {
    let broken = "import websockets (\n";
    let sandbox = Sandbox::new(&[
        ("a.py", broken),
        ("b.py", &format!("# wsupgrade: ignore-file\n{broken}")),
        ("c.py", &format!("# wsupgrade: ignore-file[WS101]\n{broken}")),
        ("d.py", "import websockets (  # noqa\n"),
    ]);
    let ran = sandbox.run("check -q --output-format concise");
    let files: Vec<&str> = ran.out.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(files, ["a.py", "c.py", "d.py"]);
}

#[test]
fn unused_comments_are_reported_on_demand_and_removed_by_fix() {
    let text = format!("{}x = 1  # wsupgrade: ignore[WS1O1, WS104]\n", with("# noqa: WS101, WS104"));
    let elsewhere = "x = 1  # noqa: WS101\ny = 1  # noqa: E501\n";
    let sandbox = Sandbox::new(&[("a.py", &text), ("b.py", elsewhere), ("c.py", "x = 1  # noqa\n")]);
    assert_eq!(sandbox.run("check").code, 0);
    assert_eq!(sandbox.run("check --select WS,ALL").code, 0, "many rules are not a wish for this one");
    for asked in ["--report-unused-ignores", "--select ALL,unused-ignore", "--select WS1,WS001"] {
        let ran = sandbox.run(&format!("check -q --output-format concise {asked}"));
        assert_eq!(ran.code, 1);
        let places: Vec<&str> = ran.out.lines().filter_map(|line| line.split(" [*]").next()).collect();
        assert_eq!(places, ["a.py:3:43: WS001", "a.py:4:8: WS001", "b.py:1:8: WS001"], "{asked}");
    }
    let ran = sandbox.run("check -q --output-format concise --report-unused-ignores --ignore WS104 a.py");
    assert_eq!(ran.out, "", "a rule that is off says nothing about its comments");
    assert_eq!(sandbox.run("fix --report-unused-ignores").code, 0);
    assert_eq!(sandbox.read("a.py"), format!("{}x = 1  # wsupgrade: ignore[WS1O1]\n", with("# noqa: WS101")));
    assert_eq!(sandbox.read("b.py"), "x = 1\ny = 1  # noqa: E501\n");
    assert_eq!(sandbox.run("check --report-unused-ignores").code, 0);
}

#[test]
fn a_fix_of_many_places_spares_the_suppressed_one() {
    let handlers = |first: &str, second: &str| {
        format!(
            "import websockets\nfrom websockets.exceptions import InvalidStatusCode\n\n\nasync def main(uri):\n    \
             try:\n        await websockets.connect(uri)\n    except InvalidStatusCode as e:{first}\n        \
             print(e.status_code)\n    try:\n        await websockets.connect(uri)\n    except InvalidStatusCode \
             as e:{second}\n        print(e.status_code)\n"
        )
    };
    let plain = Sandbox::new(&[("a.py", &handlers("", ""))]);
    assert_eq!(plain.run("fix").code, 0);
    assert!(!plain.read("a.py").contains("InvalidStatusCode"), "the import and both handlers are one fix");
    let text = handlers("", "  # noqa: WS201");
    let sandbox = Sandbox::new(&[("a.py", &text)]);
    let ran = sandbox.run("fix --unsafe-fixes");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("WS201 invalid-status-code") && ran.out.contains("suggestion"), "{}", ran.out);
    assert_eq!(sandbox.read("a.py"), text, "renaming the import would break the handler that stays");
}

#[test]
fn rules_of_the_whole_project_are_suppressed_too() {
    let server = |comment: &str| {
        format!(
            "from fastapi import FastAPI, WebSocket\n\napp = FastAPI()\n\n\n@app.websocket(\"/chat\")\nasync def chat(websocket: WebSocket):\n    \
             await websocket.accept(subprotocol=\"chat.v1\"){comment}\n"
        )
    };
    let sandbox = Sandbox::new(&[("server.py", &server(""))]);
    let ran = sandbox.run("check -q --output-format concise");
    assert!(ran.out.starts_with("server.py:8:") && ran.out.contains("WS303"), "{}", ran.out);
    sandbox.write("server.py", server("  # wsupgrade: ignore[unconditional-subprotocol]").as_bytes());
    assert_eq!(sandbox.run("check --report-unused-ignores").code, 0);
    sandbox.run("fix --unsafe-fixes");
    assert_eq!(sandbox.read("server.py"), server("  # wsupgrade: ignore[unconditional-subprotocol]"));
}

#[test]
fn standard_input_is_heard_too() {
    let sandbox = Sandbox::new(&[]);
    assert_eq!(sandbox.pipe("check -", with("# noqa: WS101").as_bytes()).code, 0);
    assert_eq!(sandbox.pipe("fix -", LEGACY.as_bytes()).out, MODERN);
    assert_eq!(sandbox.pipe("fix -", with("# noqa").as_bytes()).out, with("# noqa"));
    assert_eq!(sandbox.pipe("fix - --report-unused-ignores", b"x = 1  # noqa: WS101\r\n").out, "x = 1\r\n");
}

/// Adds comments to a text, and says what it is then; nothing is found in it any more, no comment is too much, and a second time nothing
/// happens.
fn noted(text: &str) -> String {
    let sandbox = Sandbox::new(&[("a.py", text)]);
    let ran = sandbox.run("check --add-noqa");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let after = sandbox.read("a.py");
    let checked = sandbox.run("check --report-unused-ignores --unsafe-fixes");
    assert_eq!(checked.code, 0, "{after}\n{}", checked.out);
    sandbox.run("fix --unsafe-fixes");
    assert_eq!(sandbox.read("a.py"), after, "what is suppressed is not fixed");
    assert_eq!(sandbox.run("check --add-noqa").out, "Added `# noqa` for 0 findings in 0 files.\n");
    assert_eq!(sandbox.read("a.py"), after);
    after
}

#[test]
fn add_noqa_writes_where_there_is_room() {
    for (before, after) in [
        // Several on one line, in order.
        (
            "websockets.connect(u, timeout=5, extra_headers=h)\n",
            "websockets.connect(u, timeout=5, extra_headers=h)  # noqa: WS101, WS104\n",
        ),
        // Behind, and in the place of, what is there.
        ("websockets.connect(u, timeout=5)   \n", "websockets.connect(u, timeout=5)  # noqa: WS104\n"),
        ("websockets.connect(u, timeout=5) # slow \n", "websockets.connect(u, timeout=5) # slow  # noqa: WS104\n"),
        (
            "websockets.connect(u, timeout=5)  # type: ignore",
            "websockets.connect(u, timeout=5)  # type: ignore  # noqa: WS104",
        ),
        // Into a `noqa` that is there.
        ("websockets.connect(u, timeout=5)  # noqa: E501\n", "websockets.connect(u, timeout=5)  # noqa: E501, WS104\n"),
        (
            "websockets.connect(u, timeout=5)  # noqa: E501,W291 long\n",
            "websockets.connect(u, timeout=5)  # noqa: E501,W291,WS104 long\n",
        ),
        (
            "websockets.connect(u, timeout=5)  # noqa: see below\n",
            "websockets.connect(u, timeout=5)  # noqa: see below  # noqa: WS104\n",
        ),
        // Beside a comment of our own.
        (
            "websockets.connect(u, timeout=5, extra_headers=h)  # wsupgrade: ignore[WS104]\n",
            "websockets.connect(u, timeout=5, extra_headers=h)  # wsupgrade: ignore[WS104]  # noqa: WS101\n",
        ),
        // On the line of the keyword.
        (
            "websockets.connect(\n    u,\n    timeout=5,\n)\n",
            "websockets.connect(\n    u,\n    timeout=5,  # noqa: WS104\n)\n",
        ),
        // Behind a backslash and behind a string there is room again.
        (
            "c = websockets.connect(u, timeout=5) if u \\\n    else \\\n    None\n",
            "c = websockets.connect(u, timeout=5) if u \\\n    else \\\n    None  # noqa: WS104\n",
        ),
        (
            "websockets.connect(u, timeout=5, origin=\"\"\"\n# noqa: WS104\n\"\"\", extra_headers=h)\n",
            "websockets.connect(u, timeout=5, origin=\"\"\"\n# noqa: WS104\n\"\"\", extra_headers=h)  # noqa: WS101, WS104\n",
        ),
        (
            "def f(ws: websockets.ClientConnection):\n    return f'''\n    {ws.closed}\n    ''', \\\n    f'''{ws.open}\n    '''\n",
            "def f(ws: websockets.ClientConnection):\n    return f'''\n    {ws.closed}\n    ''', \\\n    f'''{ws.open}\n    '''  # noqa: WS501, WS502\n",
        ),
    ] {
        for newline in ["\n", "\r\n"] {
            let whole = |text: &str| format!("import websockets\n{text}").replace('\n', newline);
            assert_eq!(noted(&whole(before)), whole(after));
        }
    }
}

#[test]
fn add_noqa_counts_and_leaves_what_cannot_have_a_comment() {
    let sandbox = Sandbox::new(&[
        ("a.py", &format!("{LEGACY}websockets.connect(u, timeout=5, extra_headers=h)\n")),
        ("b.py", &format!("\u{feff}{LEGACY}")),
        ("c.py", "import websockets (\n"),
        ("d.py", &with("# noqa: WS101")),
    ]);
    let ran = sandbox.run("check --add-noqa --output-format concise");
    assert_eq!(ran.code, 1, "the syntax error is left");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("c.py:1:19: syntax-error: "), "{}", ran.out);
    assert_eq!(lines[2], "Added `# noqa` for 4 findings in 2 files.");
    assert_eq!(sandbox.read("b.py"), format!("\u{feff}{}", with("# noqa: WS101")));
    assert_eq!(sandbox.run("check --add-noqa --diff").code, 2);
    let only = Sandbox::new(&[("a.py", "import websockets\nwebsockets.connect(u, timeout=5, extra_headers=h)\n")]);
    assert_eq!(only.run("check --add-noqa --select WS104").code, 0);
    assert!(only.read("a.py").ends_with("  # noqa: WS104\n"));
    assert_eq!(only.run("check --write-baseline b.json").code, 0);
    assert_eq!(only.run("check --add-noqa --baseline b.json").out, "Added `# noqa` for 0 findings in 0 files.\n");
    assert_eq!(only.pipe("check - --add-noqa", LEGACY.as_bytes()).code, 2);
}

#[test]
fn metadata_has_comments_too() {
    let pyproject = |above: &str, behind: &str| {
        format!(
            "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\n    \"y @ https://example.com/y.whl#noqa\",\n{above}    \
             \"websockets>=10,<13\",{behind}\n]\n"
        )
    };
    let code = "import websockets\n\nwebsockets.connect(uri, additional_headers=h)  # noqa: WS109\n";
    let sandbox = Sandbox::new(&[("a.py", code), ("pyproject.toml", &pyproject("", ""))]);
    let ran = sandbox.run("check -q --output-format concise");
    assert!(ran.out.starts_with("pyproject.toml:6:6: WS901 "), "{}", ran.out);
    for (above, behind) in [
        ("", "  # noqa: WS901"),
        ("", "  # noqa"),
        ("", "  # the server is old  # wsupgrade: ignore[floor-too-low] until spring"),
        ("    # wsupgrade: ignore[WS901]\n    # The server is old.\n", ""),
        ("# wsupgrade: ignore-file[WS901]\n", ""),
    ] {
        let text = pyproject(above, behind);
        sandbox.write("pyproject.toml", text.as_bytes());
        let ran = sandbox.run("check --report-unused-ignores");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{text}{}", ran.out);
        sandbox.run("fix --unsafe-fixes");
        assert_eq!(sandbox.read("pyproject.toml"), text);
    }
    for (above, behind) in
        [("", "  # noqa: WS902"), ("    # noqa: WS901\n", ""), ("    # wsupgrade: ignore[WS902]\n", "")]
    {
        sandbox.write("pyproject.toml", pyproject(above, behind).as_bytes());
        assert_eq!(sandbox.run("check").code, 1, "{above}{behind}");
    }
    sandbox.write("pyproject.toml", pyproject("", "  # noqa: WS000").as_bytes());
    assert!(sandbox.run("check").err.starts_with("warning: pyproject.toml:6:36: `WS000` is no rule; "));
    sandbox.write("pyproject.toml", pyproject("", "").as_bytes());
    let ran = sandbox.run("check --add-noqa --output-format concise");
    assert_eq!(ran.code, 1, "a comment there is for a person to write");
    assert_eq!(sandbox.read("pyproject.toml"), pyproject("", ""));
}
