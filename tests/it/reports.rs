//! The output formats, as the programs that read them do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::support::{LEGACY, MODERN, Ran, Sandbox, feed, wsupgrade};
use serde_json::{Value, json};

const FORMATS: [&str; 10] =
    ["full", "concise", "grouped", "json", "json-lines", "sarif", "github", "gitlab", "junit", "markdown"];

/// A name with what some format has to escape.
const AWKWARD: &str = "a dir/50% <&\"'`|,:é.py";

/// Findings of all severities, a syntax error, an awkward name, and the same line several times.
fn project() -> Sandbox {
    Sandbox::new(&[
        (AWKWARD, "import websockets\nwebsockets.connect(\"é|<b>&\", extra_headers=h)\n"),
        ("bad.py", "import websockets (\n"),
        ("same.py", &format!("{LEGACY}{LEGACY}{LEGACY}")),
        (
            "rejected.py",
            "import websockets\n\n\nasync def main(uri):\n    try:\n        await websockets.connect(uri)\n    except \
             websockets.InvalidStatusCode as e:\n        print(e.status_code, e.headers)\n",
        ),
        ("pinned/requirements.txt", "websockets<14\n"),
        ("pinned/old.py", LEGACY),
        ("src/split.py", "import websockets\n\nwebsockets.connect(uri, **{\n    'extra_headers': h,\n})\n"),
        (
            "server.py",
            "from fastapi import FastAPI, WebSocket\n\napp = FastAPI()\n\n\n@app.websocket('/c')\nasync def c(ws: WebSocket):\n    await ws.accept(subprotocol='x')\n",
        ),
    ])
}

fn run(sandbox: &Sandbox, format: &str) -> Ran {
    sandbox.run(&format!("check --output-format {format}"))
}

fn read(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
}

/// The places, codes and severities that `json` lists.
fn all(sandbox: &Sandbox) -> Vec<(String, u64, String, String)> {
    let listed = read(&run(sandbox, "json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let root = format!("{}/", sandbox.path("").display().to_string().trim_end_matches('/'));
    let entries = listed.as_array().unwrap().iter().map(|entry| {
        let path = text(&entry["filename"]).strip_prefix(&root).unwrap().to_owned();
        (path, entry["location"]["row"].as_u64().unwrap(), text(&entry["code"]), text(&entry["severity"]))
    });
    entries.collect()
}

#[test]
fn the_project_has_it_all() {
    let found = all(&project());
    let severities: BTreeSet<&str> = found.iter().map(|(.., severity)| severity.as_str()).collect();
    assert_eq!(severities, BTreeSet::from(["error", "info", "warning"]), "{found:?}");
    assert!(
        found.iter().any(|(path, ..)| path == AWKWARD) && found.iter().any(|(_, _, code, _)| code == "syntax-error")
    );
}

#[test]
fn every_format_says_the_same_twice_and_on_any_number_of_threads() {
    let sandbox = project();
    for format in FORMATS {
        let one = sandbox.run(&format!("check --threads 1 --output-format {format}"));
        assert_eq!((one.code, one.err.as_str()), (1, ""), "{format}");
        assert!(one.out.ends_with('\n') && !one.out.contains('\u{1b}'), "{format}");
        assert_eq!(one, sandbox.run(&format!("check --threads 3 --output-format {format}")), "{format}");
    }
}

#[test]
fn every_format_can_say_that_there_is_nothing() {
    let sandbox = Sandbox::new(&[("a.py", MODERN)]);
    for format in FORMATS {
        let ran = run(&sandbox, format);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{format}");
        match format {
            "full" | "concise" | "grouped" => assert_eq!(ran.out, "All clear: 1 file checked.\n"),
            "json-lines" | "github" => assert_eq!(ran.out, ""),
            "json" | "gitlab" => assert_eq!(read(&ran), json!([])),
            "sarif" => assert_eq!(read(&ran)["runs"][0]["results"], json!([])),
            "junit" => assert_eq!(cases(&ran.out).1, ["no findings: passed"]),
            _ => assert_eq!(ran.out, "## wsupgrade\n\nAll clear: 1 file checked.\n"),
        }
    }
}

#[test]
fn grouped_names_a_file_once() {
    let sandbox = Sandbox::new(&[("b.py", &format!("{LEGACY}\n\n\n\n\n\n{LEGACY}")), ("a.py", LEGACY)]);
    let ran = sandbox.run("check -q --output-format grouped --select WS101");
    let message = "WS101 [*] error: `connect()` no longer accepts `extra_headers` (removed in websockets 14.0): awaiting it raises TypeError";
    assert_eq!(ran.out, format!("a.py:\n  3:25 {message}\n\nb.py:\n  3:25  {message}\n  12:25 {message}\n\n"));
}

#[test]
fn json_lines_are_the_objects_of_json() {
    let sandbox = project();
    let lines: Vec<Value> =
        run(&sandbox, "json-lines").out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(lines), read(&run(&sandbox, "json")));
}

#[test]
fn json_says_on_which_row_a_comment_has_room() {
    let sandbox = Sandbox::new(&[
        ("a.py", "import websockets\nwebsockets.connect(u, extra_headers=h) if u \\\n    else \\\n    None\n"),
        ("b.py", "import websockets\n\ndef f(ws: websockets.ClientConnection):\n    return f'''\n{ws.closed}\n\n'''\n"),
        ("c.py", LEGACY),
    ]);
    let listed = read(&run(&sandbox, "json"));
    let rows: Vec<_> = listed.as_array().unwrap().iter().map(|it| (&it["location"]["row"], &it["noqa_row"])).collect();
    assert_eq!(rows, [(&json!(2), &json!(4)), (&json!(5), &json!(7)), (&json!(3), &json!(3))]);
}

#[test]
fn github_gets_one_command_a_line() {
    let sandbox = project();
    let out = run(&sandbox, "github").out;
    let mut found = Vec::new();
    for line in out.lines() {
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = head.split_once(' ').unwrap();
        let properties: Vec<(&str, &str)> =
            properties.split(',').map(|property| property.split_once('=').unwrap()).collect();
        let property = |name: &str| properties.iter().find(|(key, _)| *key == name).map(|(_, value)| decode(value));
        assert_eq!(property("endColumn").is_some(), property("line") == property("endLine"), "{line}");
        let title = property("title").unwrap();
        let code = title.strip_prefix("wsupgrade (").unwrap().strip_suffix(')').unwrap();
        let message = decode(message);
        let (path, line) = (property("file").unwrap(), property("line").unwrap());
        assert!(message.starts_with(&format!("{path}:{line}:")), "the log shows the message only: {message}");
        assert_eq!(message.contains("\nhttps://"), code != "syntax-error", "{message}");
        let severity = if level == "notice" { "info" } else { level };
        found.push((path, line.parse().unwrap(), code.to_owned(), severity.to_owned()));
    }
    assert_eq!(found, all(&sandbox));
}

/// As the runner of GitHub Actions decodes data and properties.
fn decode(text: &str) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
    text.replace("%25", "%")
}

#[test]
fn gitlab_gets_what_it_asks_for() {
    let sandbox = project();
    let issues = read(&run(&sandbox, "gitlab"));
    let issues = issues.as_array().unwrap();
    let found = issues.iter().map(|issue| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let severity = match issue["severity"].as_str().unwrap() {
            "major" => "error",
            "minor" => "warning",
            other => other,
        };
        let begin = issue["location"]["positions"]["begin"]["line"].as_u64().unwrap();
        let code = text(&issue["check_name"]);
        assert_eq!(text(&issue["description"]).contains("https://"), code != "syntax-error");
        (text(&issue["location"]["path"]), begin, code, severity.to_owned())
    });
    let found: Vec<_> = found.collect();
    assert_eq!(found, all(&sandbox));
    let fingerprints = fingerprints(&sandbox);
    assert_eq!(fingerprints.iter().collect::<BTreeSet<_>>().len(), found.len(), "each is unique");
    // Lines move; the findings stay what they are.
    let same = format!("# A comment.\n\n\n{}\n\n{}  {}", LEGACY, LEGACY.trim_end(), "\n".to_owned() + LEGACY);
    sandbox.write("same.py", same.as_bytes());
    assert_eq!(self::fingerprints(&sandbox), fingerprints);
}

fn fingerprints(sandbox: &Sandbox) -> Vec<String> {
    let issues = read(&run(sandbox, "gitlab"));
    issues.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn sarif_has_results_rules_and_fixes() {
    let sandbox = project();
    let log = read(&run(&sandbox, "sarif"));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["helpUri"].as_str().unwrap().starts_with("https://")));
    let mut found = Vec::new();
    for result in run["results"].as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
        let code = result["ruleId"].as_str().unwrap();
        match result["ruleIndex"].as_u64() {
            Some(at) => assert_eq!(rules[usize::try_from(at).unwrap()]["id"], code),
            None => assert_eq!(code, "syntax-error"),
        }
        let severity = result["level"].as_str().unwrap().replace("note", "info");
        let row = place["region"]["startLine"].as_u64().unwrap();
        found.push((unquote(uri), row, code.to_owned(), severity));
    }
    assert_eq!(found, all(&sandbox));
    let rejected = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "WS201").unwrap();
    assert!(!rejected["relatedLocations"].as_array().unwrap().is_empty());
    let replacements = rejected["fixes"][0]["artifactChanges"][0]["replacements"].as_array().unwrap();
    let region =
        |row: u32, from: u32, to: u32| json!({"startLine": row, "startColumn": from, "endLine": row, "endColumn": to});
    assert_eq!(
        replacements[..2],
        [
            json!({"deletedRegion": region(7, 12, 40), "insertedContent": {"text": "websockets.InvalidStatus"}}),
            json!({"deletedRegion": region(8, 16, 16), "insertedContent": {"text": ".response"}}),
        ]
    );
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let log = read(&sandbox.run("check --output-format sarif missing.py"));
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert!(invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap().contains("no such file"));
}

fn unquote(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = uri.split('%');
    bytes.extend(parts.next().unwrap().bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn sarif_names_files_elsewhere_in_full() {
    let (here, there) = (Sandbox::new(&[]), Sandbox::new(&[("a b.py", LEGACY)]));
    let mut command = wsupgrade(&here.path(""));
    command.args(["check", "--output-format", "sarif"]).arg(there.path("a b.py"));
    let log: Value = serde_json::from_str(&feed(command, b"").out).unwrap();
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    let uri = location["uri"].as_str().unwrap();
    assert!(uri.starts_with("file:///") && uri.ends_with("/a%20b.py"), "{uri}");
    assert_eq!(location["uriBaseId"], Value::Null);
}

/// The totals of a `JUnit` document, and its cases.
fn cases(xml: &str) -> ([String; 2], Vec<String>) {
    let document = roxmltree::Document::parse(xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
    let root = document.root_element();
    let total = |name: &str| root.attribute(name).unwrap().to_owned();
    let suites = || root.children().filter(|node| node.has_tag_name("testsuite"));
    for suite in suites() {
        let count = |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
        assert_eq!(suite.attribute("tests").unwrap(), count("testcase"));
        assert_eq!(suite.attribute("failures").unwrap(), count("failure"));
    }
    let cases = suites().flat_map(|suite| suite.children()).filter(|node| node.has_tag_name("testcase")).map(|case| {
        let failure = case.children().find(|node| node.has_tag_name("failure"));
        let verdict = failure.map_or("passed", |node| node.attribute("type").unwrap());
        format!("{}: {verdict}", case.attribute("name").unwrap())
    });
    ([total("tests"), total("failures")], cases.collect())
}

#[test]
fn junit_has_a_case_for_each_finding() {
    let sandbox = project();
    let out = run(&sandbox, "junit").out;
    let (totals, cases) = cases(&out);
    let expected = all(&sandbox);
    let failures = expected.iter().filter(|(.., severity)| severity != "info").count();
    assert_eq!(totals, [expected.len().to_string(), failures.to_string()]);
    let mut wanted = Vec::new();
    for (_, row, code, severity) in &expected {
        wanted.push((format!("{code} {row}:"), severity.replace("info", "passed")));
    }
    for (case, (start, end)) in cases.iter().zip(&wanted) {
        assert!(case.starts_with(start) && case.ends_with(end), "{case}");
    }
    let document = roxmltree::Document::parse(&out).unwrap();
    let suites: Vec<&str> = document.root_element().children().filter_map(|node| node.attribute("name")).collect();
    assert!(suites.contains(&AWKWARD), "{suites:?}");
    let control =
        Sandbox::new(&[("a.py", "import websockets\nwebsockets.connect(u, extra_headers=h)\n\u{1}\u{1b}(\n")]);
    self::cases(&run(&control, "junit").out);
}

#[test]
fn markdown_is_two_tables() {
    let sandbox = project();
    let out = run(&sandbox, "markdown").out;
    assert!(out.starts_with("## wsupgrade\n\nFound "), "{out}");
    let rows: Vec<&str> = out.lines().filter(|line| line.starts_with('|')).collect();
    let bars = |row: &&str| row.replace("\\|", "").matches('|').count();
    assert!(rows.iter().all(|row| bars(row) == 5), "{out}");
    let found = all(&sandbox);
    let places = rows.iter().filter(|row| row.starts_with("| `")).count();
    assert_eq!(places, found.len());
    assert!(out.contains("| `` a dir/50% <&\"'`\\|,:é.py:2:30 `` |"), "{out}");
    assert!(out.contains("| 6 | [WS101](https://"), "{out}");
    let many = Sandbox::new(&[("a.py", &LEGACY.repeat(600))]);
    let out = run(&many, "markdown").out;
    assert_eq!(out.lines().filter(|line| line.starts_with("| `")).count(), 500);
    assert!(out.ends_with("\nAnd 100 more.\n\n</details>\n"));
}

#[test]
fn a_file_gets_the_findings_and_standard_output_the_summary() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    let summary = "Found 1 finding in 1 file: 1 fixable with `wsupgrade fix`.\n";
    for format in FORMATS {
        let plain = run(&sandbox, format).out.replace(summary, "");
        let ran = sandbox.run(&format!("check --output-format {format} --output-file report"));
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (1, summary, ""), "{format}");
        let kept = if format == "markdown" { summary } else { "" };
        assert_eq!(sandbox.read("report").replace(kept, ""), plain, "{format}");
        assert_eq!(sandbox.run(&format!("check -q --output-format {format} --output-file report")).out, "");
    }
    let ran = sandbox.run("fix --output-format json --output-file report");
    assert_eq!(ran.out, "Fixed a.py: 1 WS101 extra-headers\nFixed 1 finding in 1 file. Nothing is left.\n");
    assert_eq!(sandbox.read("report"), "[]\n");
    let piped = sandbox.pipe("fix - --output-file report", LEGACY.as_bytes());
    assert_eq!((piped.out.as_str(), sandbox.read("report").as_str()), (MODERN, ""));
    sandbox.write("a.py", LEGACY.as_bytes());
    assert_eq!(sandbox.run("check --diff --output-file report").out, "");
    assert!(sandbox.read("report").starts_with("--- a/a.py\n"));
    let names: Vec<_> = fs::read_dir(sandbox.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_file_that_cannot_be_written_stops_the_run_before_it_fixes() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("directory/b.py", LEGACY)]);
    for path in ["missing/report", "directory", "a.py/report"] {
        let ran = sandbox.run(&format!("fix --output-file {path}"));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{path}");
        assert!(
            ran.err.starts_with(&format!("error: {path}: cannot be written: ")) && ran.err.lines().count() == 1,
            "{}",
            ran.err
        );
    }
    assert_eq!(sandbox.read("a.py"), LEGACY);
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode_and_a_device_stays_one() {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("real", "old")]);
    symlink(sandbox.path("real"), sandbox.path("link")).unwrap();
    fs::set_permissions(sandbox.path("real"), fs::Permissions::from_mode(0o640)).unwrap();
    sandbox.run("check --output-format concise --output-file link");
    assert!(sandbox.path("link").is_symlink());
    assert!(sandbox.read("real").starts_with("a.py:3:25: "));
    assert_eq!(fs::metadata(sandbox.path("real")).unwrap().permissions().mode() & 0o777, 0o640);
    fs::write(sandbox.path("usual"), "").unwrap();
    sandbox.run("check --output-file new");
    let mode = |name: &str| fs::metadata(sandbox.path(name)).unwrap().permissions().mode();
    assert_eq!(mode("new"), mode("usual"));
    assert_eq!(sandbox.run("check --output-file /dev/null").code, 1);
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn links_and_colours_follow_the_environment() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
    let link = "\u{1b}]8;;https://github.com/wsupgrade/wsupgrade/blob/main/docs/rules/extra-headers.md\u{1b}\\";
    let with = |variables: &[(&str, &str)], arguments: &str| {
        let mut command = wsupgrade(&sandbox.path(""));
        command.envs(variables.iter().copied()).args(arguments.split_whitespace());
        feed(command, b"").out
    };
    for format in ["full", "concise", "grouped"] {
        let check = format!("check --output-format {format}");
        let out = with(&[("FORCE_HYPERLINK", "1"), ("FORCE_COLOR", "1")], &check);
        assert!(out.contains(link) && !out.contains("see https"), "{out:?}");
        assert!(!with(&[("FORCE_HYPERLINK", "1")], &check).contains('\u{1b}'), "no colours, no links");
        assert!(!with(&[("FORCE_HYPERLINK", "1"), ("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &check).contains('\u{1b}'));
        assert!(!with(&[("FORCE_HYPERLINK", "0"), ("FORCE_COLOR", "1")], &check).contains(link));
        assert!(with(&[("NO_COLOR", "1"), ("TERM", "dumb")], &format!("{check} --color always")).contains('\u{1b}'));
    }
    assert!(with(&[], "check").contains("  see https://"));
    for format in ["json", "sarif", "github", "gitlab", "junit", "markdown"] {
        let out = with(&[("FORCE_HYPERLINK", "1"), ("FORCE_COLOR", "1")], &format!("check --output-format {format}"));
        assert!(!out.contains('\u{1b}'), "{format}");
    }
    with(&[("FORCE_HYPERLINK", "1"), ("FORCE_COLOR", "1")], "check --output-file report");
    assert!(!sandbox.read("report").contains('\u{1b}'));
}

/// The schema that OASIS publishes, out of a crate that has it.
fn sarif_schema() -> PathBuf {
    let place = crate::tools::target().join("sarif-schema");
    fs::create_dir_all(place.join("src")).unwrap();
    fs::write(place.join("src/lib.rs"), "").unwrap();
    let manifest = "[package]\nname = \"sarif-schema\"\nedition = \"2024\"\n\n[dependencies]\nserde-sarif = \"=0.8.0\"\n\n[workspace]\n";
    fs::write(place.join("Cargo.toml"), manifest).unwrap();
    let mut cargo = crate::tools::command(env!("CARGO"));
    cargo
        .args(["metadata", "--quiet", "--format-version", "1"])
        .current_dir(&place)
        .stderr(std::process::Stdio::null());
    let metadata: Value = serde_json::from_str(&crate::tools::succeed(&mut cargo)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    PathBuf::from(package["manifest_path"].as_str().unwrap()).with_file_name("src").join("schema.json")
}

#[test]
#[ignore = "needs the network: gets the schema of SARIF and a validator"]
fn sarif_is_valid_by_the_official_schema() {
    const VALIDATE: &str = "import json, sys, jsonschema\n\
        schema = json.load(open(sys.argv[1]))\n\
        assert schema['$id'].endswith('sarif-schema-2.1.0.json'), schema['$id']\n\
        validator = jsonschema.Draft7Validator(schema)\n\
        for name in sys.argv[2:]:\n    \
            problems = [f'{error.json_path}: {error.message}' for error in validator.iter_errors(json.load(open(name)))]\n    \
            assert not problems, (name, problems)\n\
        assert list(validator.iter_errors({'version': '2.1.0', 'runs': [{}]}))\n";
    let validator = crate::tools::installed("jsonschema-4.25.1", &["jsonschema==4.25.1"]);
    let sandbox = project();
    assert_eq!(sandbox.run("check --output-format sarif --output-file all.sarif").code, 1);
    assert_eq!(sandbox.run("check --ignore ALL --output-format sarif --output-file none.sarif same.py").code, 0);
    assert_eq!(sandbox.run("check --output-format sarif --output-file failed.sarif missing.py").code, 2);
    assert_eq!(sandbox.run("fix --unsafe-fixes --output-format sarif --output-file left.sarif").code, 1);
    let mut python = crate::tools::command(crate::tools::python());
    python.env("PYTHONPATH", validator).args(["-c", VALIDATE]).arg(sarif_schema());
    python.args(["all.sarif", "none.sarif", "failed.sarif", "left.sarif"].map(|name| sandbox.path(name)));
    crate::tools::succeed(&mut python);
}

#[test]
#[ignore = "needs the network: installs junitparser"]
fn junit_is_read_by_a_parser_of_it() {
    const COUNT: &str = "import sys, junitparser\n\
        xml = junitparser.JUnitXml.fromfile(sys.argv[1])\n\
        cases = [case for suite in xml for case in suite]\n\
        assert sum(suite.tests for suite in xml) == len(cases) == xml.tests\n\
        print(sum(not case.is_passed for case in cases))\n";
    let parser = crate::tools::installed("junitparser-4.0.2", &["junitparser==4.0.2"]);
    let sandbox = project();
    sandbox.run("check --output-format junit --output-file report.xml");
    let mut python = crate::tools::command(crate::tools::python());
    python.env("PYTHONPATH", parser).args(["-c", COUNT]).arg(sandbox.path("report.xml"));
    let failures = all(&sandbox).iter().filter(|(.., severity)| severity != "info").count();
    assert_eq!(crate::tools::succeed(&mut python).trim(), failures.to_string());
}

/// Runs a command with a terminal as its standard error. Says what the terminal got.
const TERMINAL: &str = r"
import os, pty, subprocess, sys
terminal, end = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=end)
process.stdout.read()
process.wait()
os.close(end)
shown = b''
try:
    while chunk := os.read(terminal, 4096):
        shown += chunk
except OSError:
    pass
print(shown.decode())
";

#[cfg(unix)]
#[test]
#[ignore = "needs Python, for a terminal"]
fn a_long_run_shows_how_far_it_is_to_who_can_see_it() {
    // So much takes more than half a second on any machine, in a test build.
    let slow = (0..15_000).map(|number| {
        format!("async def f{number}(uri):\n    async with websockets.connect(uri, ping_interval={number}) as ws:\n        await ws.send('x')\n")
    });
    let slow = format!("import websockets\n{}", slow.collect::<String>());
    let sandbox = Sandbox::new(&[("quick.py", LEGACY), ("slow.py", &slow)]);
    let shown = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut python = crate::tools::command(crate::tools::python());
        python.current_dir(sandbox.path("")).env_remove("CI").env("TERM", "xterm").envs(variables.iter().copied());
        python.args(["-c", TERMINAL, env!("CARGO_BIN_EXE_wsupgrade"), "check"]).args(arguments);
        crate::tools::succeed(&mut python)
    };
    let long = shown(&[], &["slow.py"]);
    assert!(long.contains("0/1 files"), "{long:?}");
    // What stands on the line in the end is what was written after the last but one return to its start: blanks.
    let mut written = long.trim_end_matches(['\r', '\n']).rsplit('\r');
    let (last, before) = (written.next().unwrap(), written.next().unwrap());
    assert!(last.trim().is_empty() && last.len() >= before.len(), "it is gone when the run is done: {long:?}");
    for (variables, arguments) in [
        (&[][..], &["quick.py"][..]),
        (&[], &["slow.py", "--quiet"]),
        (&[("CI", "true")], &["slow.py"]),
        (&[("TERM", "dumb")], &["slow.py"]),
    ] {
        assert_eq!(shown(variables, arguments), "\n", "{variables:?} {arguments:?}");
    }
}
