//! Configuration, as a user meets it: which file holds for which checked file, what it does, and what is said about mistakes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fs;
use std::path::Path;

use crate::support::{LEGACY, MODERN, Sandbox, feed, wsupgrade};
use serde_json::Value;

/// A legacy client with findings of several rules.
const CLIENT: &str = "\
import websockets

async def main(uri):
    async with websockets.connect(uri, extra_headers={}, timeout=3) as ws:
        return ws.open
";

/// `path:code` of every finding.
fn found(sandbox: &Sandbox, arguments: &str) -> Vec<String> {
    let ran = sandbox.run(&format!("check -q --output-format concise {arguments}"));
    assert!(ran.code < 2, "{}", ran.err);
    let short = |line: &str| {
        let mut parts = line.split(' ');
        let file = parts.next().unwrap().split(':').next().unwrap().replace('\\', "/");
        format!("{file}:{}", parts.next().unwrap())
    };
    ran.out.lines().map(short).collect()
}

/// The files with findings.
fn files(sandbox: &Sandbox, arguments: &str) -> Vec<String> {
    let mut files: Vec<String> =
        found(sandbox, arguments).iter().map(|it| it.split(':').next().unwrap().to_owned()).collect();
    files.dedup();
    files
}

/// What is said about a mistake; nothing may be written then.
fn mistake(name: &str, text: &str) -> String {
    let sandbox = Sandbox::new(&[("a.py", LEGACY), (name, text)]);
    let ran = sandbox.run("fix");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{text}: {}", ran.err);
    assert_eq!(sandbox.read("a.py"), LEGACY, "{text}");
    assert_eq!(sandbox.run("config a.py").err, ran.err, "{text}");
    ran.err
}

#[test]
fn every_name_of_a_configuration_file_counts() {
    for (name, text) in [
        ("pyproject.toml", "[project]\nname = 'x'\n[tool.wsupgrade]\nselect = ['WS104']\n"),
        ("wsupgrade.toml", "select = ['WS104']\n"),
        (".wsupgrade.toml", "select = ['timeout']\r\n"),
        ("wsupgrade.toml", "\u{feff}select = [\r\n  'ws104', # only this\r\n]\r\n"),
    ] {
        let sandbox = Sandbox::new(&[("a.py", CLIENT), (name, text)]);
        assert_eq!(found(&sandbox, ""), ["a.py:WS104"], "{name}");
        assert_eq!(found(&sandbox, "a.py"), ["a.py:WS104"], "{name}");
        assert_eq!(found(&sandbox, "--isolated"), ["a.py:WS101", "a.py:WS104", "a.py:WS501"], "{name}");
    }
}

#[test]
fn the_nearest_file_decides_and_the_others_do_not_count() {
    let sandbox = Sandbox::new(&[
        ("pyproject.toml", "[tool.wsupgrade]\nselect = ['WS104']\n"),
        ("a.py", CLIENT),
        ("one/wsupgrade.toml", "ignore = ['WS501']\n"),
        ("one/deep/er/b.py", CLIENT),
        // Not about wsupgrade, so it is passed by.
        ("one/deep/pyproject.toml", "[tool.other]\nselect = []\n"),
        ("two/wsupgrade.toml", "extend = '../pyproject.toml'\nextend-select = ['WS501']\n"),
        ("two/c.py", CLIENT),
        ("three/.wsupgrade.toml", ""),
        ("three/wsupgrade.toml", "select = ['WS501']\n"),
        ("three/d.py", CLIENT),
    ]);
    let expected = [
        "a.py:WS104",
        "one/deep/er/b.py:WS101",
        "one/deep/er/b.py:WS104",
        "three/d.py:WS101",
        "three/d.py:WS104",
        "three/d.py:WS501",
        "two/c.py:WS104",
        "two/c.py:WS501",
    ];
    assert_eq!(found(&sandbox, ""), expected);
    assert_eq!(found(&sandbox, "a.py one/deep/er/b.py two/c.py three/d.py"), expected);
    // From inside, nothing is different.
    let mut inside = wsupgrade(&sandbox.path("one/deep"));
    inside.args(["check", "-q", "--output-format", "concise", "er"]);
    assert_eq!(feed(inside, b"").out.lines().count(), 2);
    let stdin = sandbox.pipe("check - --stdin-filename two/new.py -q --output-format concise", CLIENT.as_bytes());
    assert_eq!(stdin.out.lines().count(), 2, "{}", stdin.out);
}

#[test]
fn the_command_line_overrules() {
    let sandbox = Sandbox::new(&[
        ("a.py", CLIENT),
        ("wsupgrade.toml", "select = ['WS1']\nignore = ['WS104']\nexclude = ['b.py']\n"),
        ("b.py", CLIENT),
        ("other.toml", "select = ['WS501']\n"),
    ]);
    assert_eq!(found(&sandbox, ""), ["a.py:WS101"]);
    assert_eq!(found(&sandbox, "--select WS104"), ["a.py:WS104"], "though the file ignores it");
    assert_eq!(found(&sandbox, "--extend-select WS5"), ["a.py:WS101", "a.py:WS501"]);
    assert_eq!(found(&sandbox, "--ignore WS101"), Vec::<String>::new());
    assert_eq!(files(&sandbox, "--exclude nothing"), ["a.py", "b.py"]);
    assert_eq!(files(&sandbox, "--extend-exclude a.py"), Vec::<String>::new());
    assert_eq!(found(&sandbox, "--per-file-ignores a.py:WS1"), Vec::<String>::new());
    assert_eq!(found(&sandbox, "--config other.toml"), ["a.py:WS501", "b.py:WS501"]);
    let mut inline = wsupgrade(&sandbox.path(""));
    inline.args(["fix", "--diff", "--config", "timeout-means = \"open\"", "--select", "WS104"]);
    assert!(feed(inline, b"").out.contains("open_timeout=3"));
}

#[test]
fn a_mistake_is_named_with_its_line_and_nothing_is_written() {
    for (text, expected) in [
        ("select = []\nselct = ['WS1']\n", "line 2: there is no setting `selct`; the nearest is `select`."),
        (
            "\r\nforce_exclude = true\r\n",
            "line 2: there is no setting `force_exclude`; the nearest is `force-exclude`.",
        ),
        (
            "[tool.wsupgrade]\nselect = []\n",
            "line 1: in this file the settings stand at the top, without `[tool.wsupgrade]`.",
        ),
        (
            "ignore = [\n  'WS1',\n  'WS10l',\n]\n",
            "line 3: `ignore`: no rule has this code, prefix or name; the nearest is `WS101`, and `wsupgrade rules` lists all.",
        ),
        ("select = 'WS1'\n", "line 1: `select`: this is the text \"WS1\"; it has to be a list."),
        ("unsafe-fixes = 1\n", "line 1: `unsafe-fixes`: this is the number `1`; it has to be true or false."),
        ("timeout-means = 'opne'\n", "line 1: `timeout-means`: unknown value `opne`; it has to be `close` or `open`."),
        ("websockets = '>=14,<13'\n", "line 1: `websockets`: no version of websockets is in the range `>=14,<13`."),
        (
            "websockets = '14.2'\n",
            "line 1: `websockets`: `14.2` is not a version specifier: it has no operator, as in `>=14.2`.",
        ),
        ("per-file-ignores = ['WS1']\n", "line 1: `per-file-ignores`: this is a list; it has to be a table."),
        ("exclude = ['[']\n", "line 1: `exclude`: `[` is no pattern: unclosed character class; missing ']'."),
        (
            "[per-file-ignores]\n'a.py' = ['WS1']\n'b.py' = ['no-such']\n",
            "line 3: `per-file-ignores`: no rule has this code, prefix or name;",
        ),
        (
            "connect-functions = ['dial']\n",
            "line 1: `connect-functions`: `dial` is no dotted name; write the module and the function, such as `app.net.open_ws`.",
        ),
        ("extend = 'wsupgrade.toml'\n", "line 1: `extend`: the files extend each other in a circle. Take one out."),
        ("\nselect = [\n", "line 2: this is not valid TOML: unclosed array, expected `]`."),
    ] {
        let message = mistake("wsupgrade.toml", text);
        assert!(message.starts_with(&format!("error: wsupgrade.toml: {expected}")), "{text}\n{message}\n{expected}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for (text, expected) in [
        ("[project]\nname = 'x'\n\n[tool.wsupgrade]\nselct = []\n", "line 5: there is no setting `selct`"),
        ("[wsupgrade]\nselect = []\n", "line 1: in this file the settings stand under `[tool.wsupgrade]`."),
        ("[tool]\nwsupgrade = 3\n", "line 2: this is the number `3`; it has to be a table."),
    ] {
        let message = mistake("pyproject.toml", text);
        assert!(message.starts_with(&format!("error: pyproject.toml: {expected}")), "{text}\n{message}");
    }
    let both = mistake("wsupgrade.toml", "zzz = 1\nslect = 1\n");
    assert_eq!(both.lines().count(), 2, "every mistaken name at once: {both}");
    let missing = mistake("wsupgrade.toml", "extend = 'gone.toml'\n");
    assert!(
        missing.contains("line 1: `extend`: ") && missing.contains("gone.toml cannot be read: no such file"),
        "{missing}"
    );
}

#[test]
fn what_is_given_on_the_command_line_has_to_be_there() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("pyproject.toml", "[project]\nname = 'x'\n")]);
    for (arguments, expected) in [
        ("--config gone.toml", "error: gone.toml: cannot be read: no such file or directory. Check the path.\n"),
        (
            "--config pyproject.toml",
            "error: pyproject.toml: has no section `[tool.wsupgrade]`. Add it, or name another file.\n",
        ),
        (
            "--config timout-means='open'",
            "error: --config: there is no setting `timout-means`; the nearest is `timeout-means`.\n",
        ),
    ] {
        let ran = sandbox.run(&format!("fix {arguments}"));
        assert_eq!((ran.code, ran.err.as_str()), (2, expected));
    }
    let ran = sandbox.run("check --per-file-ignores a.py");
    assert!(ran.code == 2 && ran.err.contains("write a pattern, a colon and a rule"), "{}", ran.err);
    assert_eq!(sandbox.read("a.py"), LEGACY);
}

#[test]
fn a_broken_pyproject_that_says_nothing_to_us_is_somebody_elses() {
    let sandbox = Sandbox::new(&[("a.py", LEGACY), ("pyproject.toml", "[tool.black\n")]);
    assert_eq!(files(&sandbox, ""), ["a.py"]);
}

#[test]
fn patterns_exclude_by_name_and_by_path() {
    let sandbox = Sandbox::new(&[
        ("wsupgrade.toml", "extend-exclude = ['gen', 'src/old/*.py', '*_pb2.py', 'pkg/']\n"),
        ("a.py", LEGACY),
        ("gen/b.py", LEGACY),
        ("src/gen/c.py", LEGACY),
        ("src/old/d.py", LEGACY),
        ("src/old/sub/d.py", LEGACY),
        ("lib/src/old/e.py", LEGACY),
        ("src/f_pb2.py", LEGACY),
        ("pkg/g.py", LEGACY),
        ("build/h.py", LEGACY),
        // Its own file says what is excluded there, and that `build` is not.
        ("nested/wsupgrade.toml", "exclude = ['x.py']\n"),
        ("nested/x.py", LEGACY),
        ("nested/gen/y.py", LEGACY),
        ("nested/build/z.py", LEGACY),
    ]);
    let expected = ["a.py", "lib/src/old/e.py", "nested/build/z.py", "nested/gen/y.py"];
    assert_eq!(files(&sandbox, ""), expected);
    assert_eq!(files(&sandbox, "--threads 1 ."), expected);
    assert_eq!(files(&sandbox, "gen src/f_pb2.py"), ["gen/b.py", "src/f_pb2.py"], "who names it means it");
}

#[test]
fn force_exclude_holds_for_what_is_named() {
    let sandbox = Sandbox::new(&[
        ("wsupgrade.toml", "force-exclude = true\nextend-exclude = ['gen', 'src/old.py']\n"),
        ("a.py", LEGACY),
        ("gen/deep/b.py", LEGACY),
        ("src/old.py", LEGACY),
        ("build/c.py", LEGACY),
    ]);
    assert_eq!(files(&sandbox, "a.py gen/deep/b.py gen gen/deep src/old.py build/c.py ./src/../gen"), ["a.py"]);
    assert_eq!(files(&sandbox, "--no-force-exclude gen/deep/b.py"), ["gen/deep/b.py"]);
    assert_eq!(sandbox.run("fix gen/deep/b.py").code, 0);
    assert_eq!(sandbox.read("gen/deep/b.py"), LEGACY);
    let piped = sandbox.pipe("fix - --stdin-filename gen/new.py", LEGACY.as_bytes());
    assert_eq!((piped.code, piped.out.as_str()), (0, LEGACY), "an editor gets back what it sent");
    assert_eq!(sandbox.pipe("fix - --stdin-filename new.py", LEGACY.as_bytes()).out, MODERN);
    // The directories around the project have names of their own.
    let inside = Sandbox::new(&[("build/app/wsupgrade.toml", "force-exclude = true\n"), ("build/app/a.py", LEGACY)]);
    assert_eq!(files(&inside, "build/app/a.py build/app"), ["build/app/a.py"]);
}

#[test]
fn ignore_files_count_unless_told_otherwise() {
    let sandbox = Sandbox::new(&[
        (".gitignore", "b.py\n"),
        ("a.py", LEGACY),
        ("b.py", LEGACY),
        ("sub/wsupgrade.toml", "respect-gitignore = false\n"),
        ("sub/b.py", LEGACY),
    ]);
    assert_eq!(files(&sandbox, ""), ["a.py"]);
    assert_eq!(files(&sandbox, "--no-respect-gitignore"), ["a.py", "b.py", "sub/b.py"]);
    assert_eq!(files(&sandbox, "sub"), ["sub/b.py"]);
    assert_eq!(files(&sandbox, ". sub"), ["a.py", "sub/b.py"]);
    assert_eq!(files(&sandbox, "sub --respect-gitignore"), Vec::<String>::new());
}

#[test]
fn rules_are_ignored_by_file() {
    let sandbox = Sandbox::new(&[
        ("wsupgrade.toml", "[per-file-ignores]\n'tests/*' = ['WS1']\n'!src/*' = ['WS501']\n'z.py' = ['ALL']\n"),
        ("src/a.py", CLIENT),
        ("tests/deep/b.py", CLIENT),
        ("src/z.py", CLIENT),
        ("c.py", CLIENT),
    ]);
    assert_eq!(found(&sandbox, ""), ["c.py:WS101", "c.py:WS104", "src/a.py:WS101", "src/a.py:WS104", "src/a.py:WS501"]);
    assert_eq!(found(&sandbox, "tests/deep/b.py --select WS101"), Vec::<String>::new(), "also when it is selected");
}

#[test]
fn fixes_count_as_what_they_are_said_to_be() {
    let sandbox = Sandbox::new(&[
        ("careful/wsupgrade.toml", "extend-unsafe-fixes = ['WS1']\nextend-safe-fixes = ['WS104']\n"),
        ("careful/a.py", CLIENT),
        ("bold/wsupgrade.toml", "unsafe-fixes = true\nextend-unsafe-fixes = ['WS101']\n"),
        ("bold/b.py", CLIENT),
    ]);
    let found: Value = serde_json::from_str(&sandbox.run("check --output-format json").out).unwrap();
    let found = found.as_array().unwrap().iter();
    let sure: Vec<_> =
        found.map(|it| (it["code"].as_str().unwrap(), it["fix"]["applicability"].as_str().unwrap())).collect();
    let expected = [("WS101", "unsafe"), ("WS104", "safe"), ("WS501", "safe")];
    assert_eq!(sure, [expected, expected].concat());
    let ran = sandbox.run("check");
    assert!(
        ran.out
            .ends_with("Found 6 findings in 2 files: 5 fixable with `wsupgrade fix`, 1 more with `--unsafe-fixes`.\n"),
        "{}",
        ran.out
    );
    assert_eq!(sandbox.run("fix --no-unsafe-fixes --diff -q").out.matches("+        return ws.state").count(), 2);
    assert_eq!(sandbox.run("fix").code, 1);
    assert!(sandbox.read("careful/a.py").contains("extra_headers={}, close_timeout=3"));
    assert!(sandbox.read("bold/b.py").contains("additional_headers={}, close_timeout=3"));
}

#[test]
fn what_fails_is_configured() {
    let sandbox = Sandbox::new(&[("wsupgrade.toml", "fail-on = 'never'\n"), ("a.py", LEGACY)]);
    assert_eq!(sandbox.run("check").code, 0);
    assert_eq!(sandbox.run("check --fail-on error").code, 1);
    assert_eq!(sandbox.run("check --isolated").code, 1);
    assert!(sandbox.run("config").out.contains("fail-on               = \"never\"  # wsupgrade.toml:1\n"));
}

#[test]
fn the_range_and_the_format_are_configured() {
    let sandbox = Sandbox::new(&[
        ("wsupgrade.toml", "websockets = '>=10.4'\noutput-format = 'concise'\n"),
        ("requirements.txt", "websockets<13\n"),
        ("a.py", LEGACY),
        ("sub/wsupgrade.toml", "output-format = 'json'\n"),
        ("sub/b.py", LEGACY),
    ]);
    let ran = sandbox.run("check -v");
    assert!(ran.out.starts_with("a.py:3:25: WS101 [*] ") && ran.out.contains("\nsub/b.py:3:25: WS101 "), "{}", ran.out);
    assert!(ran.err.contains("supported: websockets>=10.4 (both), from wsupgrade.toml:1\n"), "{}", ran.err);
    assert!(ran.err.contains("configuration: sub/wsupgrade.toml\nconfiguration: wsupgrade.toml\n"), "{}", ran.err);
    assert!(sandbox.run("fix --diff a.py").out.contains("inspect.signature"));
    assert!(!sandbox.run("fix --diff a.py --websockets >=14").out.contains("inspect.signature"));
    assert!(sandbox.run("check --output-format json a.py").out.starts_with('['));
}

const WRAPPERS: &str = "\
import websockets

def dial(uri, **kwargs):
    return websockets.connect(uri, **kwargs)

def own(uri, extra_headers=None, **kwargs):
    return websockets.connect(uri, additional_headers=extra_headers, **kwargs)

def taken(uri, **kwargs):
    headers = kwargs.pop('extra_headers', None)
    return websockets.connect(uri, additional_headers=headers, **kwargs)

def closed(uri, headers):
    return websockets.connect(uri, additional_headers=headers)

class Net:
    async def open(self, uri, **kwargs):
        return await websockets.connect(uri, **kwargs)
";

const CALLERS: &str = "\
from app.net import dial, own, taken, closed, Net
from company import connect
from other import dial as another

async def main(uri):
    async with dial(uri, extra_headers={}, timeout=3) as ws:
        ws.open
    own(uri, extra_headers={})
    taken(uri, extra_headers={})
    closed(uri, extra_headers={})
    another(uri, extra_headers={})
    await Net().open(uri, extra_headers={})
    connect(uri, extra_headers={})
";

#[test]
fn functions_that_pass_keywords_on_stand_for_connect() {
    let functions = "connect-functions = ['app.net.dial', 'app.net.own', 'app.net.taken', 'app.net.closed', 'app.net.Net.open', 'company.connect']\n";
    let sandbox = Sandbox::new(&[
        ("wsupgrade.toml", functions),
        ("python/app/net.py", WRAPPERS),
        ("python/app/__init__.py", ""),
        ("python/app/use.py", CALLERS),
        ("scripts/use.py", CALLERS),
    ]);
    // Where imports lead to the functions, what they do with keywords is seen; from elsewhere it is not.
    assert_eq!(files(&sandbox, "--isolated"), ["python/app/use.py"]);
    assert_eq!(files(&sandbox, ""), ["python/app/use.py", "scripts/use.py"]);
    // From elsewhere nobody sees the functions, and the configuration is taken at its word, unless `src` says where they are.
    assert_eq!(found(&sandbox, "scripts --select WS101").len(), 5);
    sandbox.write("wsupgrade.toml", format!("src = ['python']\n{functions}").as_bytes());
    assert_eq!(sandbox.run("fix").code, 0);
    let fixed = CALLERS
        .replace("dial(uri, extra_headers={}, timeout=3)", "dial(uri, additional_headers={}, close_timeout=3)")
        .replace("ws.open", "ws.state.name == \"OPEN\"")
        .replace("Net().open(uri, extra", "Net().open(uri, additional")
        .replace("    connect(uri, extra", "    connect(uri, additional");
    assert_eq!(sandbox.read("python/app/use.py"), fixed);
    assert_eq!(sandbox.read("scripts/use.py"), fixed);
    assert_eq!(sandbox.read("python/app/net.py"), WRAPPERS);
}

#[cfg(unix)]
#[test]
fn a_link_is_configured_where_it_is_seen() {
    let sandbox = Sandbox::new(&[
        ("real/wsupgrade.toml", "select = ['WS501']\n"),
        ("real/src/a.py", CLIENT),
        ("project/wsupgrade.toml", "select = ['WS104']\n"),
    ]);
    std::os::unix::fs::symlink(sandbox.path("real/src"), sandbox.path("project/link")).unwrap();
    assert_eq!(found(&sandbox, "project/link"), ["project/link/a.py:WS104"]);
    assert_eq!(found(&sandbox, "real"), ["real/src/a.py:WS501"]);
    assert_eq!(found(&sandbox, "project"), Vec::<String>::new(), "a walk follows no links");
}

#[test]
fn config_tells_what_holds_and_who_says_so() {
    let sandbox = Sandbox::new(&[
        ("base.toml", "ignore = ['WS5']\nselect = ['WS1', 'WS5']\n"),
        (
            "pyproject.toml",
            "[project]\ndependencies = ['websockets>=12']\n[tool.wsupgrade]\nextend = 'base.toml'\nextend-exclude = ['gen']\n\
             per-file-ignores = { 'a.py' = ['WS104'] }\n",
        ),
        ("a.py", LEGACY),
        ("gen/b.py", LEGACY),
        ("ignored.py", LEGACY),
        (".gitignore", "ignored.py\n"),
        ("notes.txt", ""),
        ("env/pyvenv.cfg", ""),
        ("env/c.py", LEGACY),
    ]);
    let ran = sandbox.run("config a.py --ignore WS102");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for line in [
        "a.py is checked.",
        "Configuration: pyproject.toml, which extends base.toml.",
        "Supported: websockets>=12 (both), from pyproject.toml:2.",
        "extend-exclude        = [\"gen\"]  # pyproject.toml:5",
        "ignore                = [\"WS5\"]  # base.toml:1",
        "                        [\"WS102\"]  # --ignore",
        "select                = [\"WS1\", \"WS5\"]  # base.toml:2",
        "per-file-ignores      = { \"a.py\" = [\"WS104\"] }  # pyproject.toml:6",
        "timeout-means         = \"close\"  # default",
        "websockets            = (not set)  # default",
        "on  WS101 extra-headers  # select, base.toml:2",
    ] {
        assert!(ran.out.lines().any(|shown| shown == line), "{line:?} in\n{}", ran.out);
    }
    for off in ["WS102", "WS104", "WS501"] {
        assert!(!ran.out.contains(&format!("on  {off}")), "{}", ran.out);
    }
    let first = |path: &str| sandbox.run(&format!("config {path}")).out.lines().next().unwrap().to_owned();
    let unless = "is not checked, unless it is named on the command line";
    assert_eq!(
        first("gen/b.py"),
        format!("gen/b.py {unless}: gen is excluded by the pattern `gen` (pyproject.toml:5).")
    );
    assert_eq!(
        first("build/x.py"),
        format!("build/x.py {unless}: build is excluded by the pattern `build` (default).")
    );
    assert_eq!(first("ignored.py"), format!("ignored.py {unless}: an ignore file, such as `.gitignore`, names it."));
    assert_eq!(
        first("notes.txt"),
        format!("notes.txt {unless}: it is no Python file by its name and first line, or a symbolic link leads to it.")
    );
    assert_eq!(first("env/c.py"), format!("env/c.py {unless}: env is a virtual environment."));
    assert_eq!(
        first("gen/b.py --force-exclude"),
        "gen/b.py is not checked, also when it is named on the command line: gen is excluded by the pattern `gen` (pyproject.toml:5)."
    );
    assert_eq!(first("."), ". is checked.");
    assert_eq!(first("new.py"), "new.py does not exist; it would be checked.");
    let json: Value = serde_json::from_str(&sandbox.run("config a.py --output-format json").out).unwrap();
    assert_eq!((&json["path"], &json["skipped"]), (&"a.py".into(), &Value::Null));
    let rule = json["rules"].as_array().unwrap().iter().find(|rule| rule["code"] == "WS104").unwrap();
    assert_eq!(
        (&rule["on"], &rule["by"], &rule["from"]),
        (&false.into(), &"per-file-ignores".into(), &"pyproject.toml:6".into())
    );
}

fn repository(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn the_schema_is_printed() {
    let printed = Sandbox::new(&[]).run("config --schema");
    assert_eq!(printed.out, fs::read_to_string(repository("wsupgrade.schema.json")).unwrap());
}

#[test]
fn the_schema_says_what_is_allowed() {
    let schema: Value = serde_json::from_str(&Sandbox::new(&[]).run("config --schema").out).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    for (key, default) in settings() {
        let property = &schema["properties"][&key];
        assert!(property["description"].is_string(), "{key}");
        assert_eq!(property.get("default").unwrap_or(&Value::Null), &default, "{key}");
        assert!(!property.to_string().contains("null"), "TOML has no null: {property}");
    }
    assert_eq!(schema["properties"]["select"]["type"], "array");
    assert!(schema["properties"]["output-format"].to_string().contains("$ref"));
}

#[test]
#[ignore = "needs the network: installs a validator"]
fn an_editor_with_the_schema_sees_the_same_mistakes() {
    const VALIDATE: &str = "import json, sys, tomllib, jsonschema\n\
        schema = json.load(open(sys.argv[1]))\n\
        jsonschema.Draft7Validator.check_schema(schema)\n\
        validator = jsonschema.Draft7Validator(schema)\n\
        for text in sys.argv[2:]:\n    \
            print(len(list(validator.iter_errors(tomllib.loads(text)))))\n";
    let validator = crate::tools::installed("jsonschema-4.25.1", &["jsonschema==4.25.1"]);
    let right = "select = ['WS1', 'timeout']\nunsafe-fixes = true\ntimeout-means = 'open'\noutput-format = 'sarif'\n\
                 exclude = ['a/*']\nextend = 'b.toml'\n[per-file-ignores]\n'x' = ['ALL']\n";
    let wrong =
        ["selct = []", "select = 'WS1'", "unsafe-fixes = 1", "timeout-means = 'no'", "per-file-ignores = { a = 1 }"];
    let mut python = crate::tools::command(crate::tools::python());
    python.env("PYTHONPATH", validator).args(["-c", VALIDATE]).arg(repository("wsupgrade.schema.json"));
    python.arg(right).args(wrong);
    assert_eq!(crate::tools::succeed(&mut python), format!("0\n{}", "1\n".repeat(wrong.len())));
}

/// All settings by name, with what holds by default.
fn settings() -> Vec<(String, Value)> {
    let shown = Sandbox::new(&[]).run("config --isolated --output-format json").out;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let settings = shown["settings"].as_array().unwrap().iter();
    settings.map(|it| (it["key"].as_str().unwrap().to_owned(), it["value"].clone())).collect()
}

#[test]
fn the_page_of_the_settings_has_the_default_list_and_examples_that_work() {
    let page = fs::read_to_string(repository("docs/reference/settings.md")).unwrap();
    let (_, defaults) = page.split_once("skipped by default: ").expect("the default list");
    let defaults = defaults.split(".\n").next().unwrap().replace('\n', " ");
    let defaults: Vec<&str> = defaults.split(", ").map(|name| name.trim_matches('`')).collect();
    let list = settings().into_iter().find(|(key, _)| key == "exclude").unwrap().1;
    assert_eq!(Value::from(defaults), list);
    let guide = fs::read_to_string(repository("docs/guides/client.md")).unwrap();
    let blocks = [page, guide].join("\n");
    for (at, block) in blocks.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).enumerate() {
        let name = if block.contains("[tool.wsupgrade]") { "pyproject.toml" } else { "wsupgrade.toml" };
        let ran = Sandbox::new(&[(name, block), ("a.py", "x = 1\n")]).run("check");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "block {at}");
    }
}
