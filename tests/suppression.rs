//! Comments that suppress findings, through the command. Where a comment may stand is shown in `tests/rules/unused_ignore.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod support;

use support::{LEGACY, MODERN, Sandbox};

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
