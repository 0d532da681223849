//! A checked tree is not trusted, and a run may end at any moment: nothing hangs, nothing is lost, nothing is written elsewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fs;

use crate::support::{LEGACY, MODERN, Ran, Sandbox};

/// Puts a text on the clipboard of whoever looks at it.
const CLIPBOARD: &str = "\u{1b}]52;c;cm0gLXJmIH4=\u{7}";
/// The same for a terminal that takes eight bits.
const EIGHT_BITS: &str = "\u{9d}52;c;cm0gLXJmIH4=\u{9c}";

const FORMATS: &[&str] =
    &["full", "concise", "grouped", "json", "json-lines", "sarif", "github", "gitlab", "junit", "markdown"];

fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t' || c == '\u{202e}')
}

/// Texts in every position from which they are shown, and what makes it a TOML string.
fn hostile_tree() -> Sandbox {
    let code = format!(
        "import websockets\nfrom unittest.mock import patch\n\npatch('websockets.client.{CLIPBOARD}{EIGHT_BITS}connect')\n\
         websockets.connect(uri, extra_headers={{'{CLIPBOARD}': '{EIGHT_BITS}\u{202e}'}})  # noqa: WS1\n\
         websockets.connect('ws://{EIGHT_BITS}@x', extra_headers=h, timeout='{CLIPBOARD}')\n"
    );
    let spelled = |c: char| if c.is_control() { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    let toml: String = CLIPBOARD.chars().chain(EIGHT_BITS.chars()).map(spelled).collect();
    let pyproject = format!(
        "[tool.poetry]\nname = \"x\"\n[tool.poetry.dependencies]\nwebsockets = \"^{toml}\"\n[project]\nname = \"x\"\ndependencies = [\"websockets>=10,{toml}\"]\n"
    );
    let baseline = format!(
        "{{\"version\": 1, \"findings\": {{\"a.py\": {{\"WS{toml}\": {{\"x{toml}\": 1}}}}, \"gone{toml}.py\": {{\"WS101\": {{\"{toml}\": 2}}}}}}}}"
    );
    Sandbox::new(&[
        ("a.py", &code),
        (&format!("name{CLIPBOARD}.py"), LEGACY),
        ("token.py", &format!("import websockets\nx = {CLIPBOARD} 1\n")),
        ("p/pyproject.toml", &pyproject),
        ("p/a.py", LEGACY),
        ("q/requirements.txt", &format!("websockets>={CLIPBOARD}\n-r {EIGHT_BITS}.txt\n")),
        ("q/a.py", LEGACY),
        ("r/environment.yml", &format!("dependencies:\n  - websockets=1{EIGHT_BITS}0\n")),
        ("r/a.py", LEGACY),
        ("known.json", &baseline),
    ])
}

#[test]
fn no_format_lets_a_command_reach_the_terminal() {
    let sandbox = hostile_tree();
    let mut runs: Vec<String> = FORMATS.iter().map(|it| format!("check -v --output-format {it}")).collect();
    runs.extend(FORMATS.iter().map(|it| format!("check -q --output-file report --output-format {it} a.py p")));
    runs.extend(
        ["check --show-target", "check --statistics", "check --baseline known.json -v", "config a.py"]
            .map(str::to_owned),
    );
    runs.push("check --statistics --output-format json".to_owned());
    for run in runs {
        let Ran { out, err, .. } = sandbox.run(&run);
        let report = fs::read_to_string(sandbox.path("report")).unwrap_or_default();
        for text in [out, err, report] {
            assert!(
                is_harmless(&text) || run.contains("json") && !text.contains('\u{1b}') && !text.contains('\u{9d}'),
                "{run}: {text:?}"
            );
        }
    }
}

#[test]
fn settings_that_are_wrong_are_quoted_without_harm() {
    for config in [
        format!("\"{CLIPBOARD}\" = 1\n").replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007"),
        "select = [\"\\u001b]52;c;eA==\\u0007\"]\n".to_owned(),
        "exclude = [\"a{\\u009d52\"]\n".to_owned(),
        "extend = \"\\u001b]0;x\\u0007\"\n".to_owned(),
        "websockets = \"\\u001b[2J\"\n".to_owned(),
    ] {
        let sandbox = Sandbox::new(&[("wsupgrade.toml", &config), ("a.py", LEGACY)]);
        let Ran { code, out, err } = sandbox.run("check");
        assert_eq!(code, 2, "{config}: {out}");
        assert!(is_harmless(&out) && is_harmless(&err), "{config}: {err:?}");
    }
}

#[test]
fn only_our_own_colours_reach_a_terminal() {
    let sandbox = hostile_tree();
    for command in ["check --color always", "fix --diff --color always", "check --color always --output-format concise"]
    {
        let Ran { out, err, .. } = sandbox.run(command);
        let text = out + &err;
        assert!(text.contains("\u{1b}["), "{command}");
        assert!(
            !text.contains("\u{1b}]52") && !text.contains('\u{9d}') && !text.contains('\u{7}'),
            "{command}: {text:?}"
        );
    }
}

#[test]
fn a_diff_for_a_program_has_the_bytes_of_the_file() {
    let code = format!("import websockets\n# {CLIPBOARD}\nwebsockets.connect(uri, extra_headers=h)\n");
    let sandbox = Sandbox::new(&[("a.py", &code)]);
    assert!(sandbox.run("fix --diff").out.contains(&format!(" # {CLIPBOARD}\n")));
    assert!(sandbox.pipe("fix -", code.as_bytes()).out.contains(CLIPBOARD));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_read() {
    let names = [
        "pyproject.toml",
        "wsupgrade.toml",
        "requirements.txt",
        "setup.cfg",
        "setup.py",
        "Pipfile",
        "uv.lock",
        ".gitignore",
        ".ignore",
        "b.py",
    ];
    for name in names {
        let sandbox = Sandbox::new(&[
            ("t/a.py", LEGACY),
            ("t/sub/a.py", LEGACY),
            ("known.json", "{\"version\": 1, \"findings\": {\"t/b.py\": {\"WS101\": {\"x\": 1}}}}"),
        ]);
        for directory in ["t", "t/sub"] {
            sandbox.other("mkfifo", &[&format!("{directory}/{name}")], b"");
            let ran = sandbox.run("check -q --output-format concise --baseline known.json t");
            let is_found = ran.out.contains("t/a.py:3:25: WS101");
            let is_said = ran.err.contains(name) && ran.err.contains("no regular file");
            assert!(is_found || is_said, "{directory}/{name}: {}{}", ran.out, ran.err);
            fs::remove_file(sandbox.path(&format!("{directory}/{name}"))).unwrap();
        }
    }
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("requirements.txt", "websockets\n-r /dev/zero\n")]);
    let ran = sandbox.run("check --output-format concise");
    assert!(
        ran.out.contains("WS101") && ran.err.contains("/dev/zero") && ran.err.contains("no regular file"),
        "{}",
        ran.err
    );
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("wsupgrade.toml", "extend = \"/dev/zero\"\n")]);
    let ran = sandbox.run("check");
    assert!(ran.code == 2 && ran.err.contains("no regular file"), "{}", ran.err);
}

#[test]
fn what_is_too_large_is_not_read() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    for name in ["big.py", "requirements.txt", "poetry.lock"] {
        fs::File::create(sandbox.path(name)).unwrap().set_len(1 << 40).unwrap();
    }
    let ran = sandbox.run("check --output-format concise");
    assert!(ran.out.contains("a.py:3:25: WS101"), "{}", ran.out);
    for name in ["big.py", "requirements.txt"] {
        assert!(ran.err.contains(name) && ran.err.contains("larger than"), "{}", ran.err);
    }
}

#[test]
fn what_lies_outside_is_told_and_not_written() {
    let code = "import websockets\n\nwebsockets.connect(uri, additional_headers=h)\n";
    for requirements in ["-r ../elsewhere/x.txt\n", "-r ABSOLUTE/elsewhere/x.txt\n", "LINK"] {
        let sandbox = Sandbox::new(&[("elsewhere/x.txt", "websockets>=10,<14\n"), ("project/a.py", code)]);
        let text = requirements.replace("ABSOLUTE", sandbox.path("").to_str().unwrap());
        if text == "LINK" {
            #[cfg(unix)]
            std::os::unix::fs::symlink(sandbox.path("elsewhere/x.txt"), sandbox.path("project/requirements.txt"))
                .unwrap();
        } else {
            sandbox.write("project/requirements.txt", text.as_bytes());
        }
        let refused = sandbox.run("fix --unsafe-fixes --websockets >=14.2 project");
        assert_eq!(sandbox.read("elsewhere/x.txt"), "websockets>=10,<14\n", "{requirements}: {}", refused.out);
        assert!(
            refused.out.contains("outside of what was given") && refused.code == 1,
            "{}{}",
            refused.out,
            refused.err
        );
        sandbox.run("fix --unsafe-fixes --websockets >=14.2 project elsewhere");
        assert_ne!(sandbox.read("elsewhere/x.txt"), "websockets>=10,<14\n", "{requirements}");
    }
}

#[test]
fn the_metadata_around_what_was_given_is_inside() {
    let pyproject = "[project]\nname = \"x\"\ndependencies = [\"websockets>=10,<14\"]\n";
    let code = "import websockets\n\nwebsockets.connect(uri, additional_headers=h)\n";
    let sandbox = Sandbox::new(&[("pyproject.toml", pyproject), ("src/a.py", code)]);
    let ran = sandbox.run("fix --unsafe-fixes --websockets >=14.2 src");
    assert_ne!(sandbox.read("pyproject.toml"), pyproject, "{}{}", ran.out, ran.err);
}

#[test]
fn a_file_that_is_too_deep_is_a_finding_and_the_others_are_fixed() {
    for deep in [
        format!("x = 1{}", "+1".repeat(200_000)),
        format!("x = a{}", ".b".repeat(200_000)),
        format!("x = {}1{}", "(".repeat(200_000), ")".repeat(200_000)),
        format!("x = {}1", "lambda: ".repeat(100_000)),
    ] {
        let deep = format!("import websockets\n{deep}\nwebsockets.connect(uri, extra_headers=h)\n");
        let sandbox =
            Sandbox::new(&[("deep.py", &deep), ("a.py", &format!("import deep\n{LEGACY}")), ("setup.py", &deep)]);
        let Ran { code, out, err } = sandbox.run("fix --output-format concise");
        assert_eq!(code, 2, "setup.py is metadata, too: {err}");
        assert!(sandbox.read("a.py").contains("additional_headers"));
        assert!(
            out.contains("deep.py:1:1: syntax-error: this file has an expression or block of more than 10000"),
            "{out}"
        );
        assert_eq!(sandbox.read("deep.py"), deep);
    }
    let quoted = format!("import websockets\nx: 'a{}' = 1\n{LEGACY}", ".b".repeat(200_000));
    let sandbox = Sandbox::new(&[("a.py", &quoted)]);
    assert_eq!(sandbox.run("fix").code, 0, "one string, and no tree");
}

#[test]
fn just_as_deep_as_python_takes_it_is_checked() {
    let code = format!(
        "import websockets\nx = 1{}\ny = a{}\nwebsockets.connect(uri, extra_headers=h)\n",
        "+1".repeat(9_900),
        ".b".repeat(9_900)
    );
    let sandbox = Sandbox::new(&[("a.py", &code)]);
    assert_eq!(sandbox.run("fix").code, 0);
    assert!(sandbox.read("a.py").contains("additional_headers"));
}

#[test]
fn what_python_refuses_is_reported_and_not_edited() {
    for head in ["# a\0b\n", "# coding: klingon\n", "# coding: utf-7\n"] {
        let code = format!("{head}{LEGACY}");
        let sandbox = Sandbox::new(&[("a.py", &code)]);
        let ran = sandbox.run("fix");
        assert!(ran.code == 2 && ran.err.contains("a.py: cannot be read as Python"), "{}", ran.err);
        assert_eq!(sandbox.read("a.py"), code);
    }
}

#[test]
fn a_broken_setup_py_is_left_alone_and_not_blamed_on_the_fix() {
    let setup = "from setuptools import setup\nsetup(name='x', install_requires=['websockets>=10,<14'])\nx = (\n";
    let sandbox = Sandbox::new(&[
        ("setup.py", setup),
        ("a.py", "import websockets\nwebsockets.connect(u, additional_headers=h)\n"),
    ]);
    let ran = sandbox.run("fix --unsafe-fixes --websockets >=14.2");
    assert_eq!(sandbox.read("setup.py"), setup);
    assert!(!ran.err.contains("internal error"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_hard_link_is_kept_and_told() {
    let sandbox = Sandbox::new(&[("tree/a.py", LEGACY)]);
    fs::hard_link(sandbox.path("tree/a.py"), sandbox.path("outside.py")).unwrap();
    let ran = sandbox.run("fix tree");
    assert!(ran.code == 2 && ran.err.contains("hard links"), "{}", ran.err);
    assert_eq!((sandbox.read("tree/a.py"), sandbox.read("outside.py")), (LEGACY.into(), LEGACY.into()));
}

#[test]
fn a_report_never_takes_the_place_of_what_is_checked() {
    let sandbox = Sandbox::new(&[
        ("a.py", LEGACY),
        ("plain.py", "x = 1\n"),
        ("script", &format!("#!/usr/bin/env python3\n{LEGACY}")),
    ]);
    for (name, arguments) in [("a.py", "a.py"), ("a.py", "."), ("plain.py", "."), ("script", "."), ("script", "script")]
    {
        let before = sandbox.read(name);
        let ran = sandbox.run(&format!("check --output-file {name} {arguments}"));
        assert!(ran.code == 2 && ran.err.contains("is one of the files that are checked"), "{name}: {}", ran.err);
        assert_eq!(sandbox.read(name), before);
    }
    assert_eq!(sandbox.run("check --output-file new.py a.py").code, 1, "nothing is there yet");
}

#[test]
fn what_a_killed_run_left_is_swept_by_the_next() {
    let sandbox = Sandbox::new(&[("a.py", MODERN), ("sub/b.py", LEGACY)]);
    let left = [".wsupgrade-4294967-abcdef", "sub/.wsupgrade-4294967-abcdef"];
    for name in left {
        sandbox.write(name, b"x");
    }
    sandbox.run("check");
    assert!(left.iter().all(|name| sandbox.path(name).exists()), "check changes nothing");
    sandbox.run("fix");
    assert!(left.iter().all(|name| !sandbox.path(name).exists()));
}

/// Runs a fix of many files and sends a signal to it after a while; what it came to, and what it said.
#[cfg(unix)]
fn interrupted(sandbox: &Sandbox, signal: &str, after: std::time::Duration) -> (Option<i32>, String) {
    use std::os::unix::process::ExitStatusExt as _;
    let mut command = crate::support::wsupgrade(&sandbox.path(""));
    command
        .args(["fix", "--isolated", "-q", "."])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    std::thread::sleep(after);
    let pid = child.id().to_string();
    std::process::Command::new("kill").args([signal, &pid]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let code = output.status.code().or(output.status.signal().map(|signal| -signal));
    (code, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_with_all_files_written_or_none() {
    for (at, (signal, code)) in
        [("-INT", 130), ("-TERM", 143), ("-TERM", 143), ("-HUP", 129), ("-TERM", 143)].into_iter().enumerate()
    {
        let files: Vec<(String, &str)> =
            (0..150).map(|index| (format!("p{}/m{index}.py", index % 10), LEGACY)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        let sandbox = Sandbox::new(&files);
        let after = std::time::Duration::from_millis(60 + 40 * u64::try_from(at).unwrap());
        let (ended, said) = interrupted(&sandbox, signal, after);
        let fixed = files.iter().filter(|(name, _)| sandbox.read(name) == MODERN).count();
        assert!(fixed == 0 || fixed == files.len(), "{fixed}");
        // It may have been through before the signal came, or not yet have listened.
        if ended == Some(code) {
            let count =
                if fixed == 0 { "no file was changed".to_owned() } else { format!("{fixed} files were changed") };
            assert!(said.contains("interrupted: ") && said.contains(&count), "{said}");
        }
        for directory in fs::read_dir(sandbox.path("")).unwrap().flatten() {
            for entry in fs::read_dir(directory.path()).unwrap().flatten() {
                assert!(entry.file_name().to_str().unwrap().starts_with('m'), "{:?}", entry.path());
            }
        }
    }
}

/// Many places that can change together only.
fn many_together(count: usize) -> String {
    (0..count).fold(
        "from websockets import connect\nfrom websockets.exceptions import InvalidStatusCode\n".to_owned(),
        |text, _| text + "try:\n    connect(u)\nexcept InvalidStatusCode as e:\n    print(e.status_code)\n",
    )
}

#[test]
fn a_fix_of_many_places_is_told_once_in_every_format() {
    let sandbox = Sandbox::new(&[("a.py", &many_together(300))]);
    for format in FORMATS {
        let report = sandbox.run(&format!("check --isolated --output-format {format}")).out;
        assert!(report.len() < 2_000_000, "{format}: {}", report.len());
    }
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run("check --isolated --output-format json").out).unwrap();
    let findings = json.as_array().unwrap();
    let edits = |at: usize| findings[at]["fix"]["edits"].as_array().unwrap().len();
    assert!(edits(0) > 600 && findings[0]["fix"].get("shared_with").is_none());
    for (at, finding) in findings.iter().enumerate().skip(1) {
        assert_eq!((edits(at), finding["fix"]["shared_with"].as_u64()), (0, Some(0)), "{at}");
    }
    let sarif: serde_json::Value =
        serde_json::from_str(&sandbox.run("check --isolated --output-format sarif").out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results[0]["fixes"].is_array());
    assert!(results[1].get("fixes").is_none() && results[1]["properties"]["fixSharedWith"] == 0);
    assert_eq!(sandbox.run("fix --isolated").code, 0);
    assert!(!sandbox.read("a.py").contains("InvalidStatusCode"));
}

#[test]
fn lines_end_as_the_file_ends_them() {
    let semicolon = "import websockets\nimport websockets.legacy.client\nfrom os import path; ws = websockets.legacy.client.connect('x')\nwebsockets.connect('x', extra_headers={})\n";
    let lists = "from websockets import (\n    connect,\n    WebSocketClientProtocol,  # noqa: F401\n    serve,  # kept\n)\n\nconnect(\n    u,\n    loop=None,\n    timeout=3,\n    extra_headers=h,\n)\nserve(f, '', 1)\n";
    for code in [semicolon, lists] {
        let fixed = |newline: &str| {
            let sandbox = Sandbox::new(&[("a.py", &code.replace('\n', newline))]);
            let ran = sandbox.run("fix --isolated --unsafe-fixes");
            assert!(ran.code < 2, "{}", ran.err);
            let once = sandbox.read("a.py");
            sandbox.run("fix --isolated --unsafe-fixes");
            assert_eq!(sandbox.read("a.py"), once, "settled");
            once
        };
        let expected = fixed("\n");
        assert!(expected.contains("additional_headers"), "{expected}");
        for newline in ["\r\n", "\r"] {
            let found = fixed(newline);
            assert_eq!(found.replace(newline, "\n"), expected, "{newline:?}");
        }
    }
}
