//! What whole projects declare, in every form of metadata, and how a migration moves it: one diff with the code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::support::Sandbox;

/// Needs 14.0.
const NEW: &str = "import websockets\n\nwebsockets.connect(uri, additional_headers=h)\n";
/// Needs 14.0 as well, and there is no way back.
const REQUEST: &str =
    "import websockets\n\nasync def f():\n    async with websockets.connect(u) as ws:\n        ws.request\n";
/// Written for versions before 14.0.
const OLD: &str = "import websockets\n\nwebsockets.connect(uri, extra_headers=h)\n";

fn project(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new(files);
    sandbox.write(".git/HEAD", b"");
    sandbox
}

/// The lines of the findings about declarations, without their messages' ends.
fn found(sandbox: &Sandbox, arguments: &str) -> Vec<String> {
    let ran = sandbox.run(&format!("check --output-format concise --select WS9 -q {arguments}"));
    assert!(ran.err.is_empty(), "{}", ran.err);
    ran.out.lines().map(str::to_owned).collect()
}

/// The text of `file` after `fix --unsafe-fixes`, the rest being code that needs 14.0. A second time changes nothing.
#[track_caller]
fn moved(file: &str, text: &str) -> String {
    let sandbox = project(&[(file, text), ("app.py", REQUEST)]);
    let ran = sandbox.run("fix --unsafe-fixes -q");
    assert!(ran.err.is_empty(), "{}", ran.err);
    let after = sandbox.read(file);
    assert_eq!(sandbox.read("app.py"), REQUEST);
    let again = sandbox.run("fix --unsafe-fixes -q");
    assert_eq!((sandbox.read(file), again.out), (after.clone(), ran.out), "the second time");
    after
}

#[test]
fn the_floor_moves_in_every_form_of_metadata() {
    for (file, before, after) in [
        (
            "pyproject.toml",
            "[project]\r\ndependencies = [\r\n  'a', # é\r\n  \"websockets[x]>=10,<18; os_name=='nt'\",\r\n]\r\n",
            "[project]\r\ndependencies = [\r\n  'a', # é\r\n  \"websockets[x]>=14.2,<18; os_name=='nt'\",\r\n]\r\n",
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = ['a']\n[project.optional-dependencies]\nws = ['websockets~=12.0']\n",
            "[project]\ndependencies = ['a']\n[project.optional-dependencies]\nws = ['websockets>=14.2']\n",
        ),
        (
            "pyproject.toml",
            "[dependency-groups]\ndev = ['websockets==10.*']\n",
            "[dependency-groups]\ndev = ['websockets>=14.2']\n",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\npython = \"^3.9\"\nwebsockets = \"^10.4\"\n",
            "[tool.poetry.dependencies]\npython = \"^3.9\"\nwebsockets = \">=14.2\"\n",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\nwebsockets = { version = \">=10 <18\", extras = [\"x\"] }\n",
            "[tool.poetry.dependencies]\nwebsockets = { version = \">=14.2 <18\", extras = [\"x\"] }\n",
        ),
        (
            "pyproject.toml",
            "[tool.pdm.dev-dependencies]\ntest = ['websockets>=12']\n",
            "[tool.pdm.dev-dependencies]\ntest = ['websockets>=14.2']\n",
        ),
        (
            "pyproject.toml",
            "[tool.uv]\ndev-dependencies = ['websockets>=12']\n",
            "[tool.uv]\ndev-dependencies = ['websockets>=14.2']\n",
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    a\n    websockets>=10,<14  # old\n",
            "[options]\ninstall_requires =\n    a\n    websockets>=14.2  # old\n",
        ),
        (
            "setup.py",
            "from setuptools import setup\nsetup(install_requires=['a', 'websockets>=10'])\n",
            "from setuptools import setup\nsetup(install_requires=['a', 'websockets>=14.2'])\n",
        ),
        ("requirements.txt", "a==1\nwebsockets==10.4  # pinned\n", "a==1\nwebsockets>=14.2  # pinned\n"),
        ("requirements.txt", "\u{feff}websockets", "\u{feff}websockets>=14.2"),
        ("requirements-dev.txt", "websockets >= 13.1\n", "websockets >= 14.2\n"),
        ("Pipfile", "[packages]\nwebsockets = \"*\"\n", "[packages]\nwebsockets = \">=14.2\"\n"),
        (
            "environment.yml",
            "dependencies:\n  - python\n  - websockets=10.4  # c\n",
            "dependencies:\n  - python\n  - websockets>=14.2  # c\n",
        ),
        (
            "environment.yml",
            "dependencies:\n- pip:\n  - websockets<14\n",
            "dependencies:\n- pip:\n  - websockets>=14.2\n",
        ),
    ] {
        assert_eq!(moved(file, before), after, "{file}");
    }
}

#[test]
fn what_cannot_be_moved_is_reported_and_left() {
    let hashed = "websockets==10.4 \\\n    --hash=sha256:aa\n";
    let escaped = "[project]\ndependencies = [\"websockets\\u003e=10\"]\n";
    let marked = "websockets<14; python_version<'3.9'\nwebsockets>=14.2; python_version>='3.9'\n";
    for (file, text) in [("requirements.txt", hashed), ("pyproject.toml", escaped), ("requirements.txt", marked)] {
        assert_eq!(moved(file, text), text);
        let sandbox = project(&[(file, text), ("app.py", REQUEST)]);
        let lines = found(&sandbox, "");
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with(file) && lines[0].contains(": WS901 "), "{lines:?}");
    }
    // Not the bytes of the file, which has another encoding.
    let sandbox = project(&[("app.py", REQUEST)]);
    let latin = b"# caf\xe9\nwebsockets>=10\n";
    sandbox.write("requirements.txt", latin);
    let ran = sandbox.run("fix --unsafe-fixes");
    assert!(ran.out.contains("requirements.txt:2:1") && ran.err.is_empty(), "{}{}", ran.out, ran.err);
    assert_eq!(std::fs::read(sandbox.path("requirements.txt")).unwrap(), latin);
}

#[test]
fn a_finding_names_the_place_and_the_reason() {
    let toml = "[project]\nname = 'x'\ndependencies = ['websockets>=10']\n";
    let sandbox = project(&[("pyproject.toml", toml), ("src/app.py", NEW), ("src/b.py", REQUEST)]);
    let expected = "pyproject.toml:3:18: WS901 warning: `websockets>=10` allows 13.1, but the code needs websockets 14.0 or newer: \
                    `additional_headers` at src/app.py:3 and one more place";
    assert_eq!(found(&sandbox, ""), [expected]);
    // A hook passes one file, and several files of one project are one finding.
    assert_eq!(found(&sandbox, "src/app.py"), [expected.trim_end_matches(" and one more place")]);
    assert_eq!(found(&sandbox, "src/b.py src/app.py").len(), 1);
    let json = sandbox.run("check --output-format json --select WS901 --unsafe-fixes src/b.py");
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json[0]["filename"], sandbox.path("pyproject.toml").to_str().unwrap());
    assert_eq!(json[0]["fix"]["edits"][0]["content"], ">=14.2");
}

#[test]
fn the_severity_says_whether_it_breaks() {
    for (requirement, exit, words) in [
        ("websockets<14", 1, "excludes what is needed"),
        ("websockets>=10", 1, "allows 13.1"),
        ("websockets", 0, "declares no version"),
    ] {
        let sandbox = project(&[("requirements.txt", requirement), ("app.py", NEW)]);
        let ran = sandbox.run("check --select WS901 --output-format concise");
        assert_eq!((ran.code, ran.out.contains(words)), (exit, true), "{}", ran.out);
    }
}

#[test]
fn a_declaration_is_blamed_for_what_it_says_itself() {
    let both = "websockets>=10\nwebsockets<14\n";
    let sandbox = project(&[("requirements.txt", both), ("app.py", NEW)]);
    let lines = found(&sandbox, "--select WS901");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("requirements.txt:1:1: WS901 warning: `websockets>=10` allows 13.1, but "), "{lines:?}");
    assert!(
        lines[1].contains("requirements.txt:2:1: WS901 error: `websockets<14` excludes what is needed: "),
        "{lines:?}"
    );
}

#[test]
fn what_holds_together_is_judged_together() {
    for (files, expected) in [
        // The development group is installed beside what the project needs anyway.
        (
            &[(
                "pyproject.toml",
                "[project]\ndependencies = ['websockets>=14.2']\n[dependency-groups]\ndev = ['websockets>=10']\n",
            )][..],
            0,
        ),
        (&[("requirements.txt", "websockets>=14.2\n-c constraints.txt\n"), ("constraints.txt", "websockets<18\n")], 0),
        (&[("requirements.txt", "websockets\n"), ("constraints.txt", "websockets<18\n")], 0),
        (&[("requirements.txt", "websockets>=14.2\n"), ("constraints.txt", "websockets<14\n")], 1),
        (
            &[
                ("pyproject.toml", "[project]\ndependencies = ['websockets>=10']\n"),
                ("requirements.txt", "websockets==10.4\n"),
            ],
            2,
        ),
        // One that is as it has to be is not to blame for another that is left to a person.
        (
            &[
                (
                    "pyproject.toml",
                    "[project]\ndependencies = [\"websockets\\u003d=12.0\"]\n[dependency-groups]\ndev = ['websockets>=14.2']\n",
                ),
                ("constraints.txt", "websockets<18\n"),
            ],
            1,
        ),
        // What a tool wrote is never judged for its floor.
        (&[("requirements.in", "websockets>=14.2\n"), ("requirements.txt", "websockets==14.2\n")], 0),
    ] {
        let sandbox = project(files);
        sandbox.write("app.py", NEW.as_bytes());
        let lines = found(&sandbox, "--select WS901");
        assert_eq!(lines.len(), expected, "{files:?} {lines:?}");
    }
}

#[test]
fn a_nested_project_is_judged_by_its_own_code() {
    let old = "[project]\ndependencies = ['websockets>=10']\n";
    let sandbox = project(&[
        ("pyproject.toml", old),
        ("a.py", "import websockets\n"),
        ("new/pyproject.toml", old),
        ("new/src/b.py", NEW),
        ("http/pyproject.toml", old),
        ("http/c.py", "from fastapi import WebSocket\n"),
    ]);
    let lines = found(&sandbox, "");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("new/pyproject.toml:2:18: WS901"), "{lines:?}");
}

#[test]
fn a_file_that_is_imported_behind_a_version_check_proves_nothing() {
    let choice = "import websockets\nif websockets.__version__ >= '14':\n    from .new import dial\nelse:\n    from .old import dial\n";
    let sandbox = project(&[
        ("pyproject.toml", "[project]\ndependencies = ['websockets>=10']\n"),
        ("app/__init__.py", choice),
        ("app/new.py", NEW),
        ("app/old.py", OLD),
    ]);
    assert_eq!(found(&sandbox, "--select WS901"), Vec::<String>::new());
    // Also when a hook passes only that file.
    assert_eq!(found(&sandbox, "--select WS901 app/new.py"), Vec::<String>::new());
}

#[test]
fn a_migration_is_one_diff() {
    let toml = "[project]\ndependencies = [\n    \"websockets>=10,<14\",  # legacy API\n]\n";
    let sandbox = project(&[("pyproject.toml", toml), ("app.py", OLD), ("requirements.txt", "websockets==13.1\n")]);
    // Pinned below 14.0, nothing is wrong.
    assert_eq!(sandbox.run("fix --unsafe-fixes -q").code, 0);
    assert_eq!(sandbox.read("app.py"), OLD);
    let arguments = ["fix", "--unsafe-fixes", "--websockets", ">=14.2,<18"];
    let ran = sandbox.run(&arguments.join(" "));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(sandbox.read("app.py"), NEW);
    assert_eq!(sandbox.read("pyproject.toml"), toml.replace(">=10,<14", ">=14.2,<18"));
    assert_eq!(sandbox.read("requirements.txt"), "websockets>=14.2,<18\n");
    // From now on the project says so itself.
    let again = sandbox.run("check");
    assert_eq!((again.code, again.out.as_str()), (0, "All clear: 1 file checked.\n"));
}

#[test]
fn the_code_is_written_for_the_range_after_the_move() {
    let both = format!("{NEW}websockets.connect(uri, extra_headers=h)\n");
    let sandbox = project(&[("requirements.txt", "websockets>=10\n"), ("app.py", &both)]);
    sandbox.run("fix --unsafe-fixes -q");
    assert_eq!(sandbox.read("app.py"), both.replace("extra_headers", "additional_headers"));
    assert_eq!(sandbox.read("requirements.txt"), "websockets>=14.2\n");
}

#[test]
fn standard_input_passes_through_alone() {
    let sandbox = project(&[("requirements.txt", "websockets>=10\n")]);
    let ran = sandbox.pipe("fix - --stdin-filename app.py --unsafe-fixes", NEW.as_bytes());
    assert_eq!(ran.out, NEW);
    assert_eq!(sandbox.read("requirements.txt"), "websockets>=10\n");
}

#[test]
fn a_lock_file_is_named_and_never_changed() {
    let lock = "version = 1\n\n[[package]]\nname = \"websockets\"\nversion = \"13.1\"\n";
    let toml = "[project]\ndependencies = ['websockets>=13']\n";
    let sandbox = project(&[("pyproject.toml", toml), ("app.py", NEW), ("uv.lock", lock)]);
    assert_eq!(sandbox.run("check -q").err, "");
    let ran = sandbox.run("fix --unsafe-fixes");
    assert_eq!(
        ran.err,
        "warning: uv.lock:5: 13.1 locked, but `websockets>=14.2` is declared now. Update it with `uv lock`.\n"
    );
    assert_eq!((ran.code, sandbox.read("uv.lock").as_str()), (0, lock));
    assert_eq!(sandbox.run("fix --unsafe-fixes").err, "", "said once, when it happened");
}

#[test]
fn the_exit_code_follows_the_severity_that_was_asked_for() {
    let sandbox = project(&[("requirements.txt", "websockets>=10"), ("app.py", NEW)]);
    for (least, code) in [("error", 0), ("warning", 1), ("info", 1), ("never", 0)] {
        assert_eq!(sandbox.run(&format!("check --fail-on {least}")).code, code, "{least}");
        assert_eq!(sandbox.run(&format!("fix --diff --unsafe-fixes --fail-on {least}")).code, code, "{least}");
    }
    sandbox.write("requirements.txt", b"websockets>=14.0");
    assert_eq!((sandbox.run("check").code, sandbox.run("check --fail-on info").code), (0, 1));
    assert_eq!(sandbox.run("check --fail-on error missing").code, 2);
    assert_eq!(sandbox.run("check --fail-on error --exit-zero").code, 2);
}

#[test]
fn the_target_is_shown_with_its_place_and_its_reason() {
    let sandbox = project(&[
        ("pyproject.toml", "[project]\ndependencies = ['websockets>=10']\n"),
        ("a.py", NEW),
        ("b.py", NEW),
        ("new/requirements.txt", "websockets\n"),
        ("new/c.py", NEW),
    ]);
    let expected = "websockets, any version (modern), from new/requirements.txt:1\n  \
                    modern: any version is declared, which gets the newest; fixes write the new API\n  \
                    for new/c.py\n\
                    websockets>=10 (both), from pyproject.toml:2\n  \
                    both: some versions are older than 14.0, some are not; fixes write what works on all of them\n  \
                    for a.py and one more file\n";
    let ran = sandbox.run("check --show-target");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
    assert_eq!(sandbox.run("fix --show-target --unsafe-fixes").out, expected);
    assert_eq!(sandbox.read("pyproject.toml"), "[project]\ndependencies = ['websockets>=10']\n");
    assert_eq!(project(&[("a.py", "")]).run("check --show-target").out, "No Python file mentions websockets.\n");
}
