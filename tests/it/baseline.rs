//! Baselines: what a code base lives with is written down, and only what is new is reported.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::support::{LEGACY, MODERN, Ran, Sandbox};
use serde_json::{Value, json};

const LINE: &str = "websockets.connect(uri, extra_headers=h)";

/// Two files with three findings, all of them in `baseline.json`.
fn project() -> Sandbox {
    let sandbox = Sandbox::new(&[("src/a.py", &format!("{LEGACY}{LINE}\n")), ("src/b.py", LEGACY)]);
    let ran = sandbox.run("check --write-baseline baseline.json");
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (0, "Wrote 3 findings in 2 files to baseline.json.\n", "")
    );
    sandbox
}

fn findings(sandbox: &Sandbox) -> Value {
    serde_json::from_str::<Value>(&sandbox.read("baseline.json")).unwrap()["findings"].clone()
}

fn last(ran: &Ran) -> &str {
    ran.out.lines().last().unwrap_or_default()
}

#[test]
fn a_baseline_is_sorted_and_has_a_line_for_each_entry() {
    let sandbox = project();
    assert_eq!(
        sandbox.read("baseline.json"),
        "{\n  \"version\": 1,\n  \"findings\": {\n    \"src/a.py\": {\n      \"WS101\": {\n        \
         \"websockets.connect(uri, extra_headers=h)\": 2\n      }\n    },\n    \"src/b.py\": {\n      \"WS101\": {\n        \
         \"websockets.connect(uri, extra_headers=h)\": 1\n      }\n    }\n  }\n}\n"
    );
    let before = sandbox.read("baseline.json");
    assert_eq!(sandbox.run("check --write-baseline baseline.json").code, 0);
    assert_eq!(sandbox.read("baseline.json"), before);
}

#[test]
fn what_is_known_is_not_reported_wherever_it_moves() {
    let sandbox = project();
    let ran = sandbox.run("check --baseline baseline.json");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out, "All clear: 2 files checked. 3 findings are in the baseline.\n");
    assert_eq!(sandbox.run("check --baseline baseline.json --output-format json").out, "[]\n");
    sandbox.write(
        "src/a.py",
        format!("# New.\n\n\n{LEGACY}\n\nif x:\n    websockets.connect(uri,   extra_headers=h)\n").as_bytes(),
    );
    assert_eq!(sandbox.run("check --baseline baseline.json").code, 0);
    // From elsewhere, the names are still the baseline's.
    let mut command = crate::support::wsupgrade(&sandbox.path("src"));
    command.args(["check", "--baseline", "../baseline.json"]);
    assert_eq!(crate::support::feed(command, b"").code, 0);
}

#[test]
fn what_is_new_is_reported() {
    let sandbox = project();
    sandbox.write("src/b.py", format!("{LEGACY}{LINE}\nwebsockets.connect(other, extra_headers=h)\n").as_bytes());
    sandbox.write("src/c.py", LEGACY.as_bytes());
    let ran = sandbox.run("check --output-format concise --baseline baseline.json");
    assert_eq!(ran.code, 1);
    let places: Vec<&str> = ran.out.lines().filter_map(|line| line.split(": WS").next()).collect();
    assert_eq!(places[..3], ["src/b.py:4:25", "src/b.py:5:27", "src/c.py:3:25"], "the same line once more is new");
    assert_eq!(
        last(&ran),
        "Found 3 findings in 2 files: 3 fixable with `wsupgrade fix`. 3 findings are in the baseline."
    );
    assert_eq!(findings(&sandbox)["src/b.py"]["WS101"][LINE], 1, "check does not write");
}

#[test]
fn fix_leaves_what_is_known() {
    let sandbox = project();
    let known = sandbox.read("src/a.py");
    sandbox.write("src/c.py", LEGACY.as_bytes());
    sandbox.write("src/b.py", format!("{LEGACY}websockets.connect(other, extra_headers=h)\n").as_bytes());
    let ran = sandbox.run("fix --baseline baseline.json");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(sandbox.read("src/a.py"), known);
    assert_eq!(sandbox.read("src/b.py"), format!("{LEGACY}websockets.connect(other, additional_headers=h)\n"));
    assert_eq!(sandbox.read("src/c.py"), MODERN);
    assert_eq!(sandbox.run("check --baseline baseline.json").code, 0);
    assert_eq!(sandbox.run("fix").code, 0);
    assert_eq!(sandbox.read("src/b.py").matches("extra_headers").count(), 0);
}

#[test]
fn a_new_finding_on_a_known_line_is_left_to_a_person() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    sandbox.write("a.py", b"import websockets\nwebsockets.connect(uri, extra_headers=h, timeout=5)\n");
    assert_eq!(sandbox.run("check --select WS101 --write-baseline baseline.json").code, 0);
    let before = sandbox.read("a.py");
    let ran = sandbox.run("fix --baseline baseline.json");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("WS104 timeout (error)") && ran.out.contains("judge it yourself"), "{}", ran.out);
    assert_eq!(sandbox.read("a.py"), before, "or the line would not be the known one any more");
}

#[test]
fn expired_entries_are_reported_and_taken_out_by_fix_or_on_demand() {
    let sandbox = project();
    sandbox.write("src/a.py", LEGACY.as_bytes());
    sandbox.write("src/b.py", b"x = 1\n");
    let ran = sandbox.run("check --baseline baseline.json");
    assert_eq!(ran.code, 0, "it is good news");
    assert_eq!(
        ran.err,
        format!(
            "warning: baseline.json: 2 findings are no longer there; `--update-baseline` removes them:\n  \
             src/a.py: WS101 {LINE}\n  src/b.py: WS101 {LINE}\n"
        )
    );
    assert_eq!(sandbox.run("fix --diff --baseline baseline.json").code, 0);
    assert_eq!(findings(&sandbox)["src/a.py"]["WS101"][LINE], 2, "a diff does not write");
    let again = project();
    again.write("src/a.py", LEGACY.as_bytes());
    again.write("src/b.py", b"x = 1\n");
    for (sandbox, command) in [(&sandbox, "check --update-baseline"), (&again, "fix")] {
        sandbox.write("src/c.py", MODERN.as_bytes());
        let ran = sandbox.run(&format!("{command} --baseline baseline.json"));
        assert_eq!(ran.code, 0);
        assert_eq!(ran.err, "Removed 2 findings that are no longer there from baseline.json.\n");
        assert_eq!(findings(sandbox), json!({"src/a.py": {"WS101": {LINE: 1}}}));
        assert_eq!(sandbox.run(&format!("{command} --baseline baseline.json")).err, "");
    }
    sandbox.write("src/b.py", LEGACY.as_bytes());
    assert_eq!(sandbox.run("check --update-baseline --baseline baseline.json").code, 1, "nothing is added");
    assert_eq!(findings(&sandbox), json!({"src/a.py": {"WS101": {LINE: 1}}}));
}

#[test]
fn what_was_not_looked_at_does_not_expire() {
    let sandbox = project();
    sandbox.write("src/a.py", MODERN.as_bytes());
    sandbox.write("src/b.py", b"x = 1\n");
    let gone = |arguments: &str| {
        let ran = sandbox.run(&format!("check --baseline baseline.json {arguments}"));
        ran.err
            .lines()
            .filter_map(|line| Some(line.strip_prefix("  ")?.split(':').next()?.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(gone("src/a.py"), ["src/a.py"], "as pre-commit does");
    assert_eq!(gone("src/b.py"), ["src/b.py"], "it was looked at, though there is nothing in it");
    assert_eq!(gone("--select WS2 src/a.py"), Vec::<String>::new(), "a rule that is off finds nothing");
    assert_eq!(gone("src"), ["src/a.py", "src/b.py"]);
    std::fs::remove_file(sandbox.path("src/b.py")).unwrap();
    assert_eq!(gone("src/a.py"), ["src/a.py"]);
    assert_eq!(gone("."), ["src/a.py", "src/b.py"], "a file that is gone has no findings");
    sandbox.write("src/a.py", b"import websockets (\n");
    assert_eq!(gone("src/a.py"), Vec::<String>::new(), "nobody knows what is in a file that is no Python");
    sandbox.write(".gitignore", b"/src/b.py\n");
    sandbox.write("src/b.py", LEGACY.as_bytes());
    assert_eq!(gone("."), Vec::<String>::new());
}

#[test]
fn a_baseline_of_some_files_keeps_the_others() {
    let sandbox = project();
    sandbox.write("src/a.py", b"import websockets\n");
    sandbox.write("src/b.py", format!("{LEGACY}{LINE}\n").as_bytes());
    assert_eq!(sandbox.run("check --write-baseline baseline.json src/b.py").code, 0);
    assert_eq!(findings(&sandbox), json!({"src/a.py": {"WS101": {LINE: 2}}, "src/b.py": {"WS101": {LINE: 2}}}));
    assert_eq!(sandbox.run("check --write-baseline baseline.json").code, 0);
    assert_eq!(findings(&sandbox), json!({"src/b.py": {"WS101": {LINE: 2}}}));
}

#[test]
fn a_suppressed_finding_needs_no_baseline_and_what_is_only_good_to_know_has_none() {
    let sandbox = Sandbox::new(&[("a.py", &format!("{}  # noqa: WS101\n", LEGACY.trim_end()))]);
    let ran = sandbox.run("check --write-baseline baseline.json");
    assert_eq!(ran.out, "Wrote 0 findings in 0 files to baseline.json.\n");
    assert_eq!(findings(&sandbox), json!({}));
    let pinned = Sandbox::new(&[("requirements.txt", "websockets<14\n"), ("a.py", LEGACY)]);
    pinned.run("check --write-baseline baseline.json");
    assert_eq!(findings(&pinned), json!({}), "it comes up when the pin goes");
}

#[test]
fn a_bad_baseline_is_an_error() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    for (content, said) in [
        ("", "EOF while parsing"),
        ("<<<<<<< HEAD\n{}", "expected value at line 1 column 1"),
        ("[]", "invalid length 0"),
        ("{\"version\": 1}", "missing field `findings`"),
        ("{\"version\": 2, \"findings\": {}}", "its version is 2"),
        ("{\"version\": 1, \"findings\": {}, \"x\": 1}", "unknown field `x`"),
        ("{\"version\": 1, \"findings\": {\"a.py\": {\"WS101\": {\"x\": -1}}}}", "invalid value"),
    ] {
        sandbox.write("bad.json", content.as_bytes());
        for flag in ["--baseline", "--write-baseline"] {
            let ran = sandbox.run(&format!("check {flag} bad.json"));
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{content}");
            assert!(
                ran.err.starts_with("error: cannot read the baseline bad.json: ") && ran.err.contains(said),
                "{}",
                ran.err
            );
            assert_eq!(sandbox.read("bad.json"), content);
        }
    }
    let ran = sandbox.run("fix --baseline missing.json");
    assert_eq!((ran.code, sandbox.read("a.py").as_str()), (2, LEGACY));
    assert!(ran.err.contains("no such file or directory. `--write-baseline` writes it."), "{}", ran.err);
    assert_eq!(sandbox.run("check --write-baseline missing/baseline.json").code, 2);
    assert_eq!(sandbox.run("check --update-baseline").code, 2);
    assert_eq!(sandbox.run("check --baseline a --write-baseline b").code, 2);
}

#[test]
fn fix_can_write_what_it_leaves() {
    let by_hand = "import websockets\nasync def main():\n    await websockets.serve(h, '', 1, extra_headers=x)\n";
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("b.py", by_hand)]);
    let ran = sandbox.run("fix --write-baseline baseline.json");
    assert_eq!(ran.code, 0);
    assert_eq!(sandbox.read("a.py"), MODERN);
    assert_eq!(
        findings(&sandbox),
        json!({"b.py": {"WS102": {"await websockets.serve(h, '', 1, extra_headers=x)": 1}}})
    );
    assert_eq!(sandbox.run("check --baseline baseline.json").code, 0);
}

#[test]
fn standard_input_has_a_baseline_by_its_name() {
    let sandbox = project();
    let known = sandbox.pipe("check - --stdin-filename src/b.py --baseline baseline.json", LEGACY.as_bytes());
    assert_eq!((known.code, known.err.as_str()), (0, ""));
    let gone = sandbox.pipe("fix - --stdin-filename src/b.py --baseline baseline.json", MODERN.as_bytes());
    assert_eq!((gone.out.as_str(), findings(&sandbox)["src/b.py"]["WS101"][LINE].as_u64()), (MODERN, Some(1)));
    let new = sandbox.pipe("check - --baseline baseline.json", LEGACY.as_bytes());
    assert_eq!(new.code, 1);
}

#[test]
fn metadata_is_known_too() {
    let code = "import websockets\n\nwebsockets.connect(uri, additional_headers=h)\n";
    let sandbox = Sandbox::new(&[("a.py", code), ("requirements.txt", "websockets>=10,<13\n")]);
    assert_eq!(sandbox.run("check").code, 1);
    assert_eq!(sandbox.run("check --write-baseline baseline.json").code, 0);
    assert_eq!(findings(&sandbox)["requirements.txt"], json!({"WS901": {"websockets>=10,<13": 1}}));
    sandbox.write("requirements.txt", b"# New.\nwebsockets>=10,<13\n");
    assert_eq!(sandbox.run("check --baseline baseline.json").code, 0);
    sandbox.run("fix --unsafe-fixes --baseline baseline.json");
    assert_eq!(sandbox.read("requirements.txt"), "# New.\nwebsockets>=10,<13\n");
    // Code that asks for nothing says nothing about what the rest needs.
    sandbox.write("b.py", b"import websockets\n");
    assert_eq!(sandbox.run("check b.py --baseline baseline.json").err, "");
    sandbox.write("requirements.txt", b"websockets>=14.2\n");
    let named = |arguments: &str| {
        sandbox.run(&format!("check {arguments} --baseline baseline.json")).err.contains("requirements.txt: WS901")
    };
    assert!(!named("a.py"), "as pre-commit does");
    assert!(!named("--ignore WS9"), "nobody looked");
    assert!(named(""));
    assert_eq!(sandbox.run("fix --baseline baseline.json").code, 0);
    assert_eq!(findings(&sandbox), json!({}));
}
