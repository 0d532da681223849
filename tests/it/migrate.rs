//! `migrate`, the numbers of every summary, and what fingers know from other tools.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::support::{LEGACY, MODERN, Ran, Sandbox, feed, wsupgrade};

/// A server that needs a hand: nobody knows which subprotocol it would select.
const BY_HAND: &str = "\
import websockets


async def main(handler):
    # the lobby
    async with websockets.serve(handler, \"localhost\", 8765, klass=Room):
        pass
";

fn pinned(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new(files);
    sandbox.write("requirements.txt", b"websockets>=10,<14\n");
    sandbox
}

fn last(ran: &Ran) -> &str {
    ran.out.lines().last().unwrap_or_default()
}

#[test]
fn code_and_declaration_move_together() {
    let sandbox = pinned(&[("a.py", LEGACY)]);
    let diff = sandbox.run("migrate --diff");
    assert_eq!(diff.code, 1);
    assert!(diff.out.contains("+websockets.connect(uri, additional_headers=h)"), "{}", diff.out);
    assert!(diff.out.contains("+websockets>=14.2"), "{}", diff.out);
    assert!(diff.err.contains("Next: `wsupgrade migrate` without `--diff`"), "{}", diff.err);
    assert_eq!(sandbox.read("a.py"), LEGACY);
    let done = sandbox.run("migrate");
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
    assert!(last(&done).starts_with("Next: install websockets 14.2 or newer"), "{}", done.out);
    assert_eq!(
        (sandbox.read("a.py").as_str(), sandbox.read("requirements.txt").as_str()),
        (MODERN, "websockets>=14.2\n")
    );
    let again = sandbox.run("migrate");
    assert!(again.code == 0 && again.out.contains("Nothing to change."), "{}", again.out);
    assert_eq!(last(&sandbox.run("check")), "All clear: 1 file checked.");
}

#[test]
fn the_goal_can_be_named() {
    for (arguments, expected) in [
        ("--to 15.0", "websockets>=15.0\n"),
        ("--to >=14.2,<18", "websockets>=14.2,<18\n"),
        ("--both-sides", "websockets>=10\n"),
    ] {
        let sandbox = pinned(&[("a.py", LEGACY)]);
        assert_eq!(sandbox.run(&format!("migrate {arguments}")).code, 0, "{arguments}");
        assert_eq!(sandbox.read("requirements.txt"), expected, "{arguments}");
        assert_ne!(sandbox.read("a.py"), LEGACY);
        assert_eq!(sandbox.run("check").code, 0, "{arguments}");
    }
    let sandbox = pinned(&[("a.py", LEGACY)]);
    let old = sandbox.run("migrate --to 13.1");
    assert!(old.code == 2 && old.err.contains("the new API begins with websockets 14.0"), "{}", old.err);
    assert_eq!(sandbox.run("migrate --to 14.2 --both-sides").code, 2);
}

#[test]
fn a_project_that_is_there_already_is_left_alone() {
    for declared in ["websockets>=15\n", "websockets>=14.2,<18\n", "websockets~=16.0\n"] {
        let sandbox = Sandbox::new(&[("a.py", MODERN), ("requirements.txt", declared)]);
        let ran = sandbox.run("migrate");
        assert_eq!((ran.code, sandbox.read("requirements.txt").as_str()), (0, declared), "{}", ran.out);
        assert_eq!(sandbox.run("migrate --both-sides").code, 0);
        assert_eq!((sandbox.read("a.py").as_str(), sandbox.read("requirements.txt").as_str()), (MODERN, declared));
    }
}

#[test]
fn what_is_left_is_a_list() {
    let sandbox = pinned(&[("a.py", LEGACY), ("b.py", BY_HAND), ("bad.py", "import websockets (\n")]);
    let ran = sandbox.run("migrate --checklist LEFT.md");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("\nNeeds manual work (2):\n"), "{}", ran.out);
    assert!(ran.out.contains("b.py:6:61") && ran.out.contains("No fix: "), "{}", ran.out);
    let list = sandbox.read("LEFT.md");
    assert!(list.contains("- [ ] `b.py:6:61` [WS106]("), "{list}");
    assert!(list.contains("## Review these changes") && list.contains("[WS901]("), "{list}");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_is_told_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = pinned(&[("a.py", LEGACY), ("b.py", LEGACY)]);
    let make = |mode| std::fs::set_permissions(sandbox.path("a.py"), std::fs::Permissions::from_mode(mode)).unwrap();
    make(0o444);
    let ran = sandbox.run("migrate --checklist LEFT.md");
    let told = |text: &str| text.matches("read-only").count();
    assert_eq!((ran.code, told(&ran.out), told(&ran.err), told(&sandbox.read("LEFT.md"))), (2, 1, 0, 1), "{}", ran.out);
    assert!(ran.out.contains("\nNot written (1):\n  a.py: the file is read-only."), "{}", ran.out);
    assert!(!ran.out.contains("Needs manual work"), "the next run fixes it: {}", ran.out);
    assert!(ran.out.contains("run `wsupgrade migrate` again"), "{}", ran.out);
    make(0o644);
    assert_eq!(sandbox.run("migrate").code, 0);
    assert_eq!(sandbox.read("a.py"), MODERN);
    // Elsewhere errors are where a shell expects them.
    sandbox.write("a.py", LEGACY.as_bytes());
    make(0o444);
    assert_eq!(told(&sandbox.run("fix").err), 1);
    make(0o644);
}

#[test]
fn a_declaration_that_waits_for_the_code_is_not_listed_beside_it() {
    let sandbox = pinned(&[("b.py", BY_HAND)]);
    let ran = sandbox.run("migrate --checklist LEFT.md");
    assert!(ran.out.contains("Needs manual work (1):\n  WS106"), "{}", ran.out);
    assert!(!ran.out.contains("WS902") && !sandbox.read("LEFT.md").contains("WS902"), "{}", ran.out);
    assert!(sandbox.run("check").out.contains("WS902"), "a check says what is wrong with each file");
    // With nobody else to say it, it is said.
    sandbox.write("b.py", BY_HAND.replace("klass=Room):", "klass=Room):  # noqa: WS106").as_bytes());
    assert!(sandbox.run("migrate").out.contains("Needs manual work (1):\n  WS902"));
}

#[test]
fn comments_say_what_is_left_until_it_is_done() {
    let sandbox = Sandbox::new(&[("b.py", BY_HAND)]);
    assert_eq!(sandbox.run("migrate --add-todo").code, 1);
    let noted = sandbox.read("b.py");
    assert!(noted.contains("    # the lobby\n    # TODO(wsupgrade): WS106: "), "{noted}");
    sandbox.run("migrate --add-todo");
    assert_eq!(sandbox.read("b.py"), noted, "once");
    sandbox.run("migrate");
    assert_eq!(sandbox.read("b.py"), noted, "as long as it holds");
    sandbox.write("b.py", noted.replace(", klass=Room", "").as_bytes());
    assert_eq!(sandbox.run("migrate").code, 0);
    assert_eq!(sandbox.read("b.py"), BY_HAND.replace(", klass=Room", ""));
}

#[test]
fn what_check_counts_is_what_fix_fixes() {
    // The import is unsafe to change, and brings two findings with it that are safe.
    let cascade = "from websockets.client import connect\n\n\nasync def f(uri, h):\n    async with connect(uri, extra_headers=h) as ws:\n        return ws.open\n";
    for text in [LEGACY, BY_HAND, cascade] {
        for flags in ["", " --unsafe-fixes"] {
            let sandbox = Sandbox::new(&[("a.py", text)]);
            let number = |line: &str, before: &str| -> usize {
                let words: Vec<&str> = line.split([' ', ',', ':', '.']).filter(|word| !word.is_empty()).collect();
                let at = words.iter().position(|word| *word == before);
                at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok()).unwrap_or_default()
            };
            let check = sandbox.run(&format!("check --output-format concise{flags}"));
            let said = if last(&check).contains(&format!("fixable with `wsupgrade fix{flags}`")) {
                number(last(&check), "fixable")
            } else {
                0
            };
            let fix = sandbox.run(&format!("fix --output-format concise{flags}"));
            let fixed = if last(&fix).starts_with("Fixed ") {
                number(last(&fix), if said == 1 { "finding" } else { "findings" })
            } else {
                0
            };
            assert_eq!(said, fixed, "{text}{flags}\n{}\n{}", check.out, fix.out);
            let manual = |ran: &Ran| {
                if last(ran).contains("manual") { last(ran).split("manual").next().map(str::to_owned) } else { None }
            };
            let left = manual(&fix).and_then(|text| text.split_whitespace().rev().nth(1).map(str::to_owned));
            let next = sandbox.run(&format!("check --output-format concise{flags}"));
            let found = manual(&next).and_then(|text| text.split_whitespace().rev().nth(1).map(str::to_owned));
            assert_eq!(left, found, "{}\n{}", fix.out, next.out);
        }
    }
}

#[test]
fn what_waits_behind_a_pin_fits_a_screen() {
    let many = LEGACY.repeat(40);
    let sandbox = pinned(&[("a.py", &many), ("b.py", &many)]);
    let ran = sandbox.run("check");
    assert_eq!(ran.code, 0);
    assert!(ran.out.lines().count() < 24, "{}", ran.out);
    assert!(ran.out.starts_with("Pinned: websockets>=10,<14 (legacy), from requirements.txt:1\n"), "{}", ran.out);
    assert!(ran.out.contains("80  WS101 extra-headers"), "{}", ran.out);
    assert!(last(&ran).starts_with("`wsupgrade migrate` fixes 81 and moves the pin; nothing is left"), "{}", ran.out);
    let all = sandbox.run("check --min-severity info --output-format concise");
    assert_eq!(all.out.lines().filter(|line| line.contains(" WS101 ")).count(), 80);
}

#[test]
fn a_long_report_says_the_same_once_with_all_places() {
    let sandbox = Sandbox::new(&[("a.py", &LEGACY.repeat(30))]);
    let out = sandbox.run("check").out;
    assert!(out.contains("and in 29 more places:"), "{out}");
    for place in ["a.py:3:25", "a.py:6:25", "a.py:90:25"] {
        assert!(out.contains(place), "{place}: {out}");
    }
    assert!(out.lines().count() < 40, "{out}");
    assert!(!Sandbox::new(&[("a.py", &LEGACY.repeat(20))]).run("check").out.contains("more places"));
}

#[test]
fn only_what_is_bad_enough_is_reported_and_fixed() {
    let text = "import websockets\n\n\nasync def f(ws):\n    try:\n        await ws.recv()\n    except websockets.ConnectionClosed as exc:\n        print(exc.code)\n";
    let sandbox = Sandbox::new(&[("a.py", &format!("{text}\n\nwebsockets.connect(uri, extra_headers=h)\n"))]);
    let codes = |arguments: &str| -> Vec<String> {
        let out = sandbox.run(&format!("check -q --output-format concise {arguments}")).out;
        out.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(codes(""), ["WS206", "WS101"]);
    assert_eq!(codes("--min-severity error"), ["WS101"]);
    sandbox.run("fix --min-severity error");
    assert_eq!(codes(""), ["WS206"]);
}

#[test]
fn fingers_find_what_they_know() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("b.txt", "x"), ("sub/c.py", "x = 1\n")]);
    assert_eq!(sandbox.run("a.py").code, 1, "`wsupgrade PATH`");
    assert!(sandbox.run("fix --dry-run").out.starts_with("--- a/a.py\n"));
    assert_eq!(sandbox.run("check --show-files").out, "a.py\nsub/c.py\n");
    assert!(sandbox.run("check --show-settings").out.contains("output-format"));
    assert_eq!(sandbox.run("rule WS101").out, sandbox.run("explain extra-headers").out);
    assert!(sandbox.run("explain extra_headers").out.contains("Also about `extra_headers`"));
    assert!(sandbox.run("check --watch").err.contains("watchexec"));
    assert!(sandbox.run("check --target-version py311").err.contains("`--to 14.2`"));
    assert_eq!(sandbox.run("check -o report --output-format json").code, 1);
    assert!(sandbox.read("report").starts_with('['));
    assert_eq!(sandbox.run("check --fix").code, 0);
    assert_eq!(sandbox.read("a.py"), MODERN);
}

#[test]
fn comments_can_be_ignored_and_get_a_reason() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    let mut command = wsupgrade(&sandbox.path(""));
    command.args(["check", "--add-noqa=the gateway runs 12.0"]);
    assert_eq!(feed(command, b"").code, 0);
    assert!(sandbox.read("a.py").ends_with("  # noqa: WS101 the gateway runs 12.0\n"));
    assert_eq!(sandbox.run("check").code, 0);
    assert_eq!(sandbox.run("check --ignore-noqa").code, 1);
}

#[test]
fn a_variable_stands_for_a_flag() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = wsupgrade(&sandbox.path(""));
        command.env(name, value).args(arguments);
        feed(command, b"")
    };
    assert!(with("WSUPGRADE_OUTPUT_FORMAT", "concise", &["check"]).out.starts_with("a.py:3:25: WS101"));
    assert!(with("WSUPGRADE_OUTPUT_FORMAT", "concise", &["check", "--output-format", "json"]).out.starts_with('['));
    assert_eq!(with("WSUPGRADE_EXIT_ZERO", "1", &["check"]).code, 0);
    assert_eq!(with("WSUPGRADE_EXIT_ZERO", "false", &["check"]).code, 1);
    assert_eq!(with("WSUPGRADE_IGNORE", "WS1", &["check"]).code, 0);
    assert_eq!(with("WSUPGRADE_OUTPUT_FORMAT", "nonsense", &["check"]).code, 2);
}

#[test]
fn an_environment_is_read_and_not_run() {
    let sandbox = Sandbox::new(&[
        (
            "site-packages/old-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: old\nVersion: 1.0\nRequires-Dist: websockets (<14,>=10)\n\ntext\n",
        ),
        ("site-packages/old-1.0.dist-info/RECORD", "old/__init__.py,,\n../../bin/old.py,,\n"),
        ("site-packages/old/__init__.py", LEGACY),
        ("site-packages/fine-2.0.dist-info/METADATA", "Name: fine\nVersion: 2.0\nRequires-Dist: websockets>=14\n"),
        ("site-packages/fine-2.0.dist-info/RECORD", "fine.py,,\n"),
        ("site-packages/fine.py", MODERN),
        ("site-packages/websockets-13.1.dist-info/METADATA", "Name: websockets\nVersion: 13.1\n"),
    ]);
    let ran = sandbox.run("env --python site-packages");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{}", ran.out);
    assert!(ran.out.contains("3 packages, websockets 13.1\n"), "{}", ran.out);
    assert!(
        ran.out.contains("old 1.0\n  requires websockets<14,>=10, which keeps 14.0 and newer out\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("old/__init__.py:3: "), "{}", ran.out);
    assert!(!ran.out.contains("fine"), "{}", ran.out);
    let nowhere = sandbox.run("env --python missing");
    assert!(nowhere.code == 2 && nowhere.err.contains("no installed packages there"), "{}", nowhere.err);
}

#[test]
fn other_systems_read_azure_and_rdjson() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    let azure = sandbox.run("check --output-format azure").out;
    let start = "##vso[task.logissue type=error;sourcepath=a.py;linenumber=3;columnnumber=25;code=WS101;]";
    assert!(azure.starts_with(start), "{azure}");
    let rdjson: serde_json::Value = serde_json::from_str(&sandbox.run("check --output-format rdjson").out).unwrap();
    let diagnostic = &rdjson["diagnostics"][0];
    assert_eq!(diagnostic["location"]["range"]["start"], serde_json::json!({"line": 3, "column": 25}));
    assert_eq!(diagnostic["suggestions"][0]["text"], "additional_headers");
    assert_eq!(diagnostic["severity"], "ERROR");
}
