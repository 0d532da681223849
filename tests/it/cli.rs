//! The command line, as a user meets it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::support::{LEGACY, MODERN, Sandbox, feed, wsupgrade};
use serde_json::{Value, json};

#[test]
fn the_exit_code_says_what_is_left() {
    let sandbox =
        Sandbox::new(&[("a.py", LEGACY), ("b.py", "import websockets\n"), ("bad.py", "import websockets (\n")]);
    assert_eq!(sandbox.run("check b.py").code, 0);
    assert_eq!(sandbox.run("check a.py").code, 1);
    assert_eq!(sandbox.run("check --diff a.py").code, 1);
    assert_eq!(sandbox.run("fix --diff a.py").code, 1);
    assert_eq!(sandbox.run("check --exit-zero a.py").code, 0);
    assert_eq!(sandbox.run("check --exit-zero a.py missing.py").code, 2);
    assert_eq!(sandbox.run("check --no-such-flag").code, 2);
    assert_eq!(sandbox.run("fix a.py bad.py").code, 1, "the syntax error is left");
    assert_eq!(sandbox.run("fix a.py").code, 0);
    assert_eq!(sandbox.read("a.py"), MODERN);
}

#[test]
fn a_missing_path_does_not_stop_the_others() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    let ran = sandbox.run("check --output-format concise missing a.py");
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: missing: no such file or directory. Check the path.\n");
    assert!(ran.out.starts_with("a.py:3:25: WS101 [*] "), "{}", ran.out);
    let ran = sandbox.run("check missing");
    assert!(!ran.out.contains("All clear"), "{}", ran.out);
}

#[test]
fn the_summary_counts() {
    let sandbox =
        Sandbox::new(&[("a.py", LEGACY), ("sub/b.py", LEGACY), ("sub/c.py", "x = 1\n"), ("d.pyi", "y: int\n")]);
    let last = |ran: &crate::support::Ran| ran.out.lines().last().unwrap_or_default().to_owned();
    let ran = sandbox.run("check");
    assert_eq!(last(&ran), "Found 2 findings in 2 files: 2 fixable with `wsupgrade fix`.");
    assert_eq!(last(&sandbox.run("check a.py")), "Found 1 finding in 1 file: 1 fixable with `wsupgrade fix`.");
    assert_eq!(last(&sandbox.run("check sub/c.py")), "All clear: 1 file checked.");
    let fixed = sandbox.run("fix");
    assert_eq!(
        fixed.out,
        "Fixed a.py: 1 WS101 extra-headers\nFixed sub/b.py: 1 WS101 extra-headers\n\
         Fixed 2 findings in 2 files. Nothing is left.\n"
    );
    assert_eq!(last(&sandbox.run("check")), "All clear: 4 files checked.");
    assert_eq!(sandbox.run("check --quiet").out, "");
    assert!(sandbox.run("check -v").err.starts_with("4 Python files, 2 of them parsed; "));
}

#[test]
fn full_shows_the_place_and_the_fix() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    let ran = sandbox.run("check");
    let expected = "\
WS101 extra-headers (error)
";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    for line in [
        "   ╭─[a.py:3:25]",
        " 3 │ websockets.connect(uri, extra_headers=h)",
        "  fix (safe):",
        " 3 - websockets.connect(uri, extra_headers=h)",
        "   + websockets.connect(uri, additional_headers=h)",
    ] {
        assert!(ran.out.lines().any(|shown| shown == line), "{line:?} in\n{}", ran.out);
    }
    assert!(!ran.out.contains('\u{1b}'));
}

#[test]
fn colours_and_boxes_follow_the_environment() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    assert!(sandbox.run("check --color always").out.contains("\u{1b}[31mWS101"));
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = wsupgrade(&sandbox.path(""));
        command.env(name, value).args(arguments);
        feed(command, b"").out
    };
    assert!(with("CLICOLOR_FORCE", "1", &["check"]).contains('\u{1b}'));
    assert!(with("FORCE_COLOR", "1", &["check"]).contains('\u{1b}'));
    assert!(!with("FORCE_COLOR", "1", &["check", "--color", "never"]).contains('\u{1b}'));
    assert!(with("LC_ALL", "C", &["check"]).is_ascii());
    assert!(!with("LC_ALL", "en_US.UTF-8", &["check"]).is_ascii());
}

#[test]
fn a_line_without_end_does_not_flood_the_terminal() {
    let text = format!(
        "import websockets;{}websockets.connect(u, extra_headers=h);{}\n",
        "x=1;".repeat(25_000),
        "y=2;".repeat(25_000)
    );
    let sandbox = Sandbox::new(&[("min.py", &text), ("esc.py", &format!("# \u{1b}[2J\n{LEGACY}# \u{1b}[2J\n"))]);
    let ran = sandbox.run("check");
    assert!(ran.out.len() < 3000, "{}", ran.out.len());
    assert!(ran.out.contains("min.py:1:100041"));
    assert!(ran.out.matches("additional_headers=h").count() >= 2, "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'));
}

#[test]
fn json_is_what_ruff_prints() {
    let sandbox = Sandbox::new(&[
        ("a.py", "\u{feff}import websockets\nwebsockets.connect('é', extra_headers=h)\n"),
        ("bad.py", "import websockets (\n"),
    ]);
    let ran = sandbox.run("check --output-format json");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let mut found: Value = serde_json::from_str(&ran.out).unwrap();
    let message = found[0]["message"].take();
    let fix_message = found[0]["fix"]["message"].take();
    assert!(message.is_string() && fix_message.is_string());
    let syntax = found[1].take();
    assert_eq!(
        found[0],
        json!({
            "cell": null,
            "code": "WS101",
            "end_location": {"column": 38, "row": 2},
            "filename": sandbox.path("a.py"),
            "fix": {
                "applicability": "safe",
                "edits": [{
                    "content": "additional_headers",
                    "end_location": {"column": 38, "row": 2},
                    "location": {"column": 25, "row": 2},
                }],
                "message": null,
            },
            "location": {"column": 25, "row": 2},
            "message": null,
            "name": "extra-headers",
            "noqa_row": 2,
            "severity": "error",
            "url": "https://github.com/wsupgrade/wsupgrade/blob/main/docs/rules/extra-headers.md",
        })
    );
    assert_eq!(syntax["code"], "syntax-error");
    assert_eq!((&syntax["fix"], &syntax["url"], &syntax["noqa_row"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(sandbox.run("check --output-format json --ignore ALL a.py").out, "[]\n");
    // What a program reads is JSON and nothing else, whatever is done.
    let fixed = sandbox.run("fix --output-format json a.py");
    assert_eq!((fixed.code, fixed.out.as_str()), (0, "[]\n"));
    assert!(fixed.err.contains("Fixed a.py"));
}

#[test]
fn statistics_count_by_rule_and_directory() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("src/app/b.py", LEGACY), ("bad.py", "import websockets (\n")]);
    let ran = sandbox.run("check --statistics -q");
    assert_eq!(ran.out, "2  WS101         [*] extra-headers\n1  syntax-error  [ ] syntax-error\n\n2  .\n1  src/app\n");
    let counts: Value = serde_json::from_str(&sandbox.run("check --statistics --output-format json a.py").out).unwrap();
    assert_eq!(
        counts,
        json!([{
            "code": "WS101",
            "name": "extra-headers",
            "count": 1,
            "fixable": true,
            "fixable_count": 1,
            "directories": {".": 1},
        }])
    );
    assert_eq!(sandbox.run("check --statistics --output-format json --ignore ALL a.py").out, "[]\n");
    let ran = sandbox.run("check --statistics --output-format sarif");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("`--statistics` is a table or JSON, not sarif."), "{}", ran.err);
}

#[test]
fn rules_are_selected_by_code_prefix_and_name() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    for on in ["--select WS101", "--select ws1", "--select ALL", "--select extra-headers --ignore WS"] {
        assert_eq!(sandbox.run(&format!("check {on}")).code, 1, "{on}");
    }
    for off in ["--ignore WS1", "--ignore ALL", "--select WS101 --ignore extra-headers"] {
        assert_eq!(sandbox.run(&format!("check {off}")).code, 0, "{off}");
    }
    let ran = sandbox.run("check --select WS101,extra-header");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("'extra-header'") && ran.err.contains("the nearest is `extra-headers`"), "{}", ran.err);
}

#[test]
fn standard_input_passes_through() {
    let sandbox = Sandbox::new(&[]);
    let check = sandbox.pipe("check - --stdin-filename src/a.py --output-format concise -q", LEGACY.as_bytes());
    assert_eq!(check.code, 1);
    assert!(check.out.starts_with("src/a.py:3:25: WS101 [*] "), "{}", check.out);
    let fix = sandbox.pipe("fix -", LEGACY.as_bytes());
    assert_eq!((fix.code, fix.out.as_str()), (0, MODERN));
    assert_eq!(fix.err, "Fixed 1 finding in 1 file. Nothing is left.\n");
    let diff = sandbox.pipe("fix - --diff --stdin-filename a.py", LEGACY.as_bytes());
    assert!(diff.out.starts_with("--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n"), "{}", diff.out);
    let broken = sandbox.pipe("fix -", b"import websockets (\n");
    assert_eq!((broken.code, broken.out.as_str()), (1, "import websockets (\n"));
    assert!(broken.err.contains("syntax-error"));
    let other = sandbox.pipe("fix -", b"x = 1");
    assert_eq!((other.code, other.out.as_str()), (0, "x = 1"));
    let undecodable = sandbox.pipe("fix -", b"import websockets\nx = '\xff'\n");
    assert_eq!((undecodable.code, undecodable.out.as_str()), (2, ""), "an editor keeps its buffer");
    assert_eq!(sandbox.run("check - a.py").code, 2);
    assert_eq!(sandbox.run("check --stdin-filename a.py").code, 2);
}

#[test]
fn broken_files_are_reported_and_left_alone() {
    let broken = "import websockets\nwebsockets.connect(u, extra_headers=h\n";
    let sandbox = Sandbox::new(&[("bad.py", broken), ("other.py", "x = (\n")]);
    sandbox.write("own.py", b"# coding: x-own\nimport websockets\nx = '\xe9'\n");
    sandbox.write("binary.py", b"\xff\xfe\x00");
    let ran = sandbox.run("fix --output-format concise");
    assert_eq!(ran.code, 2);
    assert!(ran.out.starts_with("bad.py:3:1: syntax-error: "), "{}", ran.out);
    assert!(!ran.out.contains("other.py"), "nothing there is about websockets");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.starts_with("error: own.py: cannot be read as Python: it declares the encoding `x-own`"));
    assert_eq!(sandbox.read("bad.py"), broken);
}

/// Texts that diffs and rewrites get wrong, each with one finding.
fn awkward() -> Vec<(&'static str, String)> {
    let filler: String = (0..40).map(|n| format!("x{n} = {n}\n")).collect();
    vec![
        ("plain.py", LEGACY.to_owned()),
        ("no newline.py", LEGACY.trim_end().to_owned()),
        ("far.py", format!("{LEGACY}{filler}websockets.connect(uri, extra_headers=h)\n{filler}no_newline = 1")),
        ("crlf.py", LEGACY.replace('\n', "\r\n")),
        ("mixed.py", LEGACY.replace("\n\n", "\r\n\n")),
        ("cr.py", format!("# one\rimport os\r{LEGACY}")),
        ("bom.py", format!("\u{feff}{LEGACY}")),
        ("sub/größe.py", format!("{LEGACY}# 🦀")),
        ("form.py", format!("{LEGACY}\u{c}\nx = '''\n\\ No newline\n'''\n")),
    ]
}

#[test]
fn the_diff_is_what_fix_does_for_git_and_patch() {
    let files = awkward();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let expected = Sandbox::new(&files);
    let diff = expected.run("check --diff");
    assert_eq!(diff.out, expected.run("fix --diff").out);
    for (name, text) in &files {
        assert_eq!(expected.read(name), *text, "--diff writes nothing");
    }
    assert_eq!(expected.run("fix").code, 0);
    for (program, arguments) in [("git", ["apply", "--whitespace=nowarn"]), ("patch", ["-p1", "--binary"])] {
        let patched = Sandbox::new(&files);
        patched.other(program, &arguments, diff.out.as_bytes());
        for (name, text) in &files {
            let fixed = text.replace("extra_headers", "additional_headers");
            assert_eq!(expected.read(name), fixed, "fix changes nothing else in {name}");
            assert_eq!(patched.read(name), fixed, "{program} and fix agree on {name}");
        }
    }
}

#[test]
fn a_diff_names_files_from_here() {
    let sandbox = Sandbox::new(&[("src/a.py", LEGACY)]);
    let absolute = sandbox.run(&format!("check --diff {}", sandbox.path("src").display()));
    assert!(absolute.out.starts_with("--- a/src/a.py\n+++ b/src/a.py\n"), "{}", absolute.out);
    assert_eq!(absolute.err, "Would fix 1 finding in 1 file. Nothing is left.\n");
    // Git and patch refuse `..` in a name.
    let around = sandbox.run("check --diff src/../src/a.py");
    assert_eq!(around.out, absolute.out);
}

#[test]
fn threads_do_not_show() {
    let sandbox = Sandbox::new(&[]);
    for n in 0..60 {
        sandbox.write(&format!("p{}/m{n}.py", n % 7), LEGACY.repeat(1 + n % 3).as_bytes());
    }
    for command in ["check", "check --output-format json", "check --diff", "check p1 . p2/m2.py p3"] {
        let one = sandbox.run(&format!("{command} --threads 1"));
        assert_eq!(one.code, 1);
        for threads in [2, 16] {
            assert_eq!(sandbox.run(&format!("{command} --threads {threads}")), one, "{command} with {threads} threads");
        }
    }
}

#[test]
fn the_walk_skips_what_nobody_means() {
    let sandbox = Sandbox::new(&[
        ("src/a.py", LEGACY),
        ("src/stub.pyi", LEGACY),
        (".github/script.py", LEGACY),
        ("env/module.py", LEGACY),
        ("src/notes.txt", LEGACY),
        (".gitignore", "generated/\n*_pb2.py\n"),
        (".ignore", "vendored/\n"),
        ("generated/b.py", LEGACY),
        ("src/x_pb2.py", LEGACY),
        ("vendored/c.py", LEGACY),
        ("venv/lib/d.py", LEGACY),
        (".venv/lib/e.py", LEGACY),
        ("my-environment/pyvenv.cfg", ""),
        ("my-environment/f.py", LEGACY),
        ("web/node_modules/g/g.py", LEGACY),
        ("build/lib/h.py", LEGACY),
        ("dist/i.py", LEGACY),
        (".tox/j.py", LEGACY),
        ("thing.egg-info/k.py", LEGACY),
        ("src/__pycache__/l.py", LEGACY),
        ("lib/site-packages/m.py", LEGACY),
    ]);
    let files = |arguments: &str| {
        let ran = sandbox.run(&format!("check -q --output-format concise {arguments}"));
        let names = ran.out.lines().map(|line| line.split(':').next().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(files(""), [".github/script.py", "env/module.py", "src/a.py", "src/stub.pyi"]);
    assert_eq!(files("src/x_pb2.py src/notes.txt"), ["src/notes.txt", "src/x_pb2.py"], "who names a file means it");
    assert_eq!(files("build generated"), ["build/lib/h.py", "generated/b.py"], "and a directory");
    assert_eq!(files("src src/a.py ./src src/../src/a.py src/"), ["src/a.py", "src/stub.pyi"]);
    sandbox.write("env/pyvenv.cfg", b"");
    assert_eq!(files("."), [".github/script.py", "src/a.py", "src/stub.pyi"]);
}

#[test]
fn explain_and_rules_tell_the_same() {
    let sandbox = Sandbox::new(&[]);
    let by_code = sandbox.run("explain ws101");
    assert_eq!(by_code, sandbox.run("explain extra-headers"));
    assert!(by_code.out.starts_with("WS101 extra-headers\nsince websockets 14.0, error, fix: safe"), "{}", by_code.out);
    assert!(
        by_code.out.contains("async with websockets.connect(uri, additional_headers=") && !by_code.out.contains("```")
    );
    let unknown = sandbox.run("explain WS10l");
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("the nearest is `WS10"), "{}", unknown.err);
    let listed: Value = serde_json::from_str(&sandbox.run("rules --output-format json").out).unwrap();
    let table = sandbox.run("rules").out;
    for rule in listed.as_array().unwrap() {
        assert!(table.contains(rule["code"].as_str().unwrap()) && table.contains(rule["summary"].as_str().unwrap()));
    }
    assert_eq!(sandbox.run("--version").out, concat!("wsupgrade ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let sandbox = Sandbox::new(&[("a.py", &LEGACY.repeat(3000))]);
    for arguments in ["check --output-format concise", "check", "check --diff", "rules"] {
        let mut child = wsupgrade(&sandbox.path(""))
            .args(arguments.split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("error"), "{arguments}");
    }
}

#[test]
fn nothing_is_left_beside_a_fixed_file() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    sandbox.run("fix");
    let names: Vec<_> = fs::read_dir(sandbox.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a.py"]);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn permissions_stay() {
        let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
        fs::set_permissions(sandbox.path("a.py"), fs::Permissions::from_mode(0o751)).unwrap();
        assert_eq!(sandbox.run("fix").code, 0);
        assert_eq!((mode(&sandbox.path("a.py")), sandbox.read("a.py").as_str()), (0o751, MODERN));
    }

    #[test]
    fn a_link_stays_a_link() {
        let sandbox = Sandbox::new(&[("real/a.py", LEGACY)]);
        symlink("real/a.py", sandbox.path("link.py")).unwrap();
        assert_eq!(sandbox.run("fix link.py").code, 0);
        assert!(sandbox.path("link.py").is_symlink());
        assert_eq!(sandbox.read("real/a.py"), MODERN);
    }

    #[test]
    fn links_are_followed_where_they_are_named_only() {
        let sandbox = Sandbox::new(&[("real/a.py", LEGACY), ("other/b.py", LEGACY)]);
        symlink("..", sandbox.path("real/loop")).unwrap();
        symlink("../other", sandbox.path("real/other")).unwrap();
        symlink("real", sandbox.path("link")).unwrap();
        let out = |arguments: &str| sandbox.run(&format!("check -q --output-format concise {arguments}")).out;
        assert_eq!(out("real").lines().count(), 1);
        assert!(out("link").starts_with("link/a.py:3"), "{}", out("link"));
        assert_eq!(out("link").lines().count(), 1);
        assert_eq!(out("link real").lines().count(), 1, "one file is checked once");
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        // Nobody writes into the pipe: whoever reads from it waits for ever.
        let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
        sandbox.other("mkfifo", &["pipe.py"], b"");
        let ran = sandbox.run("check --output-format concise pipe.py a.py");
        assert_eq!(ran.code, 2);
        assert_eq!(ran.err, "error: pipe.py: is no regular file. Pass its content as standard input, to `-`.\n");
        assert!(ran.out.starts_with("a.py:3:25: WS101 [*] "), "{}", ran.out);
        assert_eq!(
            sandbox.run("check --output-format concise .").out.lines().count(),
            2,
            "nor is it one of a directory"
        );
        assert_eq!(sandbox.run("check /dev/null").code, 2);
    }

    #[test]
    fn a_read_only_file_is_left_alone() {
        let sandbox = Sandbox::new(&[("a.py", LEGACY), ("b.py", LEGACY)]);
        fs::set_permissions(sandbox.path("a.py"), fs::Permissions::from_mode(0o444)).unwrap();
        let ran = sandbox.run("fix --output-format concise");
        assert_eq!(ran.code, 2);
        assert!(ran.err.starts_with("error: a.py: not written: the file is read-only."), "{}", ran.err);
        assert_eq!((sandbox.read("a.py").as_str(), sandbox.read("b.py").as_str()), (LEGACY, MODERN));
        assert!(ran.out.contains("\na.py:3:25: WS101"), "its findings are still those of before: {}", ran.out);
    }

    #[test]
    fn names_that_are_not_utf8_are_names() {
        let sandbox = Sandbox::new(&[]);
        let path = sandbox.path("").join(OsStr::from_bytes(b"caf\xe9.py"));
        if fs::write(&path, LEGACY).is_err() {
            return; // The file system refuses such names.
        }
        for arguments in ["check", "check --output-format json", "check --diff"] {
            assert_eq!(sandbox.run(arguments).code, 1, "{arguments}");
        }
        let diff = sandbox.run("check --diff").out;
        assert!(diff.starts_with("--- \"a/caf\\351.py\"\n"), "{diff}");
        sandbox.other("git", &["apply"], diff.as_bytes());
        assert_eq!(fs::read(path).unwrap(), MODERN.as_bytes());
    }
}

#[test]
fn one_file_sees_the_project_around_it() {
    let sandbox = Sandbox::new(&[
        ("pyproject.toml", "[project]\nname = 'x'\n"),
        (
            "app.py",
            "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n@app.websocket('/chat')\n\
             async def chat(websocket: WebSocket):\n    await websocket.accept()\n",
        ),
        (
            "tests/test_app.py",
            "import websockets\nasync def test(port):\n    \
             await websockets.connect(f'ws://localhost:{port}/chat', subprotocols=['chat.v1'])\n",
        ),
        ("errors.py", "from websockets.exceptions import InvalidStatusCode\ntry: ...\nexcept InvalidStatusCode: ...\n"),
        ("user.py", "from errors import InvalidStatusCode\nimport websockets\n"),
    ]);
    let alone = sandbox.run("check app.py --output-format concise");
    assert!(alone.out.contains("app.py:5:11: WS301"), "{}", alone.out);
    let whole = sandbox.run("check . --output-format concise");
    assert_eq!(whole.out.lines().next(), alone.out.lines().next());
    // Another module takes the old name from this one, so it stays importable.
    let fixed = sandbox.run("fix errors.py --unsafe-fixes");
    assert_eq!(fixed.code, 0, "{}", fixed.out);
    let text = std::fs::read_to_string(sandbox.path("errors.py")).unwrap();
    assert!(text.starts_with("from websockets.exceptions import InvalidStatus, InvalidStatusCode\n"), "{text}");
}
