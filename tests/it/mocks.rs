//! Mocks across files: what a patched name is, and what the module under test does with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::path::Path;

use crate::support::settled;
use wsupgrade::project::Project;
use wsupgrade::target::Target;
use wsupgrade::text::edit::Applicability::{Safe, Unsafe};
use wsupgrade::text::source::Source;

const CLIENT: &str = "
import websockets
from websockets import connect
def dial(uri): return websockets.connect(uri, extra_headers={})
def redial(uri): return connect(uri, extra_headers={})
";

const WRAPPER: &str = "
import websockets
def open_ws(uri, **options): return websockets.connect(uri, **options)
def connect(uri, extra_headers=None): return open_ws(uri, extra_headers=extra_headers)
";

const PLAIN: &str = "
import websockets
def ping(uri): return websockets.connect(uri)
";

const LEGACY: &str = "
import websockets.legacy.client
def dial(uri): return websockets.legacy.client.connect(uri)
";

/// Code and applicability of what is found in a test beside the application, `-` for no fix.
fn findings(test: &str) -> Vec<String> {
    findings_beside("", test)
}

/// The same, with fixtures in a `conftest.py`.
fn findings_beside(conftest: &str, test: &str) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a directory");
        std::fs::write(&path, text).expect("a file");
        path
    };
    write("pyproject.toml", "");
    write("app/__init__.py", "");
    write("app/client.py", CLIENT);
    write("app/wrapper.py", WRAPPER);
    write("app/plain.py", PLAIN);
    write("app/legacy.py", LEGACY);
    write("tests/conftest.py", &format!("import pytest\nfrom unittest.mock import patch\n{conftest}"));
    let text = format!("import websockets\nfrom unittest.mock import patch\n{test}");
    let source = Source::new(write("tests/test_app.py", &text), text);
    let selected = |rule: &wsupgrade::lint::rule::Rule| rule.family == "mocks";
    let checked = settled(&source, &Project::default(), &Target::default(), &selected);
    let fix = |finding: &wsupgrade::lint::rule::Finding| match finding
        .fix
        .as_ref()
        .map(wsupgrade::text::edit::Fix::applicability)
    {
        Some(Safe) => "safe",
        Some(Unsafe) => "unsafe",
        _ => "-",
    };
    checked.findings.iter().map(|finding| format!("{} {}", finding.code(), fix(finding))).collect()
}

/// A test that patches `target` and expects the old keyword.
fn expecting(target: &str) -> Vec<String> {
    findings(&format!("with patch({target}) as m: m.assert_called_with(uri, extra_headers=h)"))
}

#[test]
fn a_patched_name_is_looked_up_in_its_module() {
    assert_eq!(expecting("\"app.client.websockets.connect\""), ["WS701 safe"]);
    assert_eq!(expecting("\"app.client.connect\""), ["WS701 safe"]);
}

#[test]
fn a_function_of_the_project_has_its_own_interface() {
    assert!(expecting("\"app.wrapper.connect\"").is_empty());
    assert_eq!(expecting("\"app.wrapper.open_ws\""), ["WS701 unsafe"], "it passes the keyword on");
    assert!(expecting("\"app.plain.ping\"").is_empty());
    assert!(expecting("\"app.nowhere.connect\"").is_empty());
}

#[test]
fn a_dictionary_that_is_passed_on_is_not_certain() {
    assert_eq!(expecting("\"app.wrapper.websockets.connect\""), ["WS701 unsafe"]);
    let fake = "def fake(uri, extra_headers): ...\nwith patch('app.wrapper.websockets.connect', fake): ...";
    assert_eq!(findings(fake), ["WS702 unsafe"]);
}

#[test]
fn code_that_never_passes_the_keyword_is_not_changed() {
    assert!(expecting("\"app.plain.websockets.connect\"").is_empty());
    assert!(
        findings("def fake(uri, extra_headers): ...\nwith patch('app.plain.websockets.connect', fake): ...").is_empty()
    );
}

#[test]
fn a_patched_library_is_looked_up_in_what_the_test_imports() {
    let test = "with patch('websockets.connect') as m: m.assert_called_with(uri, extra_headers=h)";
    assert_eq!(findings(test), ["WS701 unsafe"]);
    assert_eq!(findings(&format!("from app import client\n{test}")), ["WS701 safe"]);
    assert_eq!(findings(&format!("from app.client import dial\n{test}")), ["WS701 safe"]);
    assert_eq!(findings(&format!("from app import client, wrapper\n{test}")), ["WS701 unsafe"]);
}

#[test]
fn objects_are_patched_like_paths() {
    let fake = "def fake(uri, extra_headers): ...";
    let test = format!("from app import client\n{fake}\nwith patch.object(client, 'connect', fake): ...");
    assert_eq!(findings(&test), ["WS702 unsafe"]);
    let test = format!("from app import wrapper\n{fake}\nwith patch.object(wrapper, 'connect', fake): ...");
    assert!(findings(&test).is_empty());
}

#[test]
fn a_legacy_target_is_right_for_legacy_code() {
    let patched = "with patch('websockets.legacy.client.connect'): ...";
    assert_eq!(findings(&format!("from app import client\n{patched}")), ["WS704 -"]);
    assert!(findings(&format!("from app import legacy\n{patched}")).is_empty());
    assert!(findings(&format!("from app import client, legacy\n{patched}")).is_empty());
    assert!(findings(patched).is_empty());
}

#[test]
fn a_fixture_of_conftest_hands_out_a_mock() {
    let fixture = |name: &str, target: &str| {
        format!("@pytest.fixture{name}\ndef dialled():\n    with patch(\"{target}\") as m: yield m\n")
    };
    let test = "def test_it(dialled): dialled.assert_called_with(uri, extra_headers=h)";
    assert_eq!(findings_beside(&fixture("", "app.client.websockets.connect"), test), ["WS701 safe"]);
    assert!(findings_beside(&fixture("", "app.wrapper.connect"), test).is_empty(), "its own interface");
    assert!(findings_beside(&fixture("(name=\"other\")", "app.client.connect"), test).is_empty(), "another name");
    let own = "import pytest\n@pytest.fixture\ndef dialled(): return Recorder()\n";
    let found = findings_beside(&fixture("", "app.client.connect"), &format!("{own}{test}"));
    assert!(found.is_empty(), "the nearest one counts: {found:?}");
}

#[test]
fn a_patch_of_a_class_adds_to_its_tests() {
    let class = |method: &str| {
        format!(
            "@patch(\"app.client.websockets.connect\")\nclass TestIt:\n    @patch(\"app.plain.ping\")\n    def {method}(self, ping, connect): connect.assert_called_with(uri, extra_headers=h)\n"
        )
    };
    assert_eq!(findings(&class("test_it")), ["WS701 safe"]);
    assert!(findings(&class("helper")).is_empty(), "only methods that are tests get the mock");
}
