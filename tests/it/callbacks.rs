//! One function that servers in several files get: each names it in its own way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::support::Sandbox;

const GATE: &str = "\
import http
import websockets


async def gate(path, headers):
    if path != \"/open\":
        return http.HTTPStatus.FORBIDDEN, [], b\"no\\n\"


async def main(handler):
    async with websockets.serve(handler, \"\", 1, process_request=gate):
        pass
";

/// What a check of the file says while another one has `other` in it.
fn found(name: &str, gate: &str, other: &str) -> String {
    let sandbox = Sandbox::new(&[("app/__init__.py", ""), ("app/gate.py", gate)]);
    sandbox.write(name, format!("import functools\nimport websockets\n{other}").as_bytes());
    sandbox.run("check --isolated --websockets >=14.2 --select WS603 --output-format concise .").out
}

#[test]
fn a_gate_is_found_however_another_file_names_it() {
    for (imported, named) in [
        ("from app import gate", "gate.gate"),
        ("from app.gate import gate", "gate"),
        ("import app.gate", "app.gate.gate"),
        ("from app import gate as guards", "guards.gate"),
    ] {
        let other = format!(
            "{imported}\nasync def t(h):\n    async with websockets.serve(h, '', 1, process_request={named}): pass\n"
        );
        for name in ["tests/test_gate.py", "app/second.py"] {
            let said = found(name, GATE, &other);
            assert!(said.starts_with("app/gate.py:5:16: WS603 [*] error: `gate` receives"), "{name}: {named}: {said}");
        }
    }
}

#[test]
fn a_method_is_found_with_its_object_before_it_or_in_front() {
    let hub = GATE
        .replace("async def gate(path, headers):", "class Hub:\n  async def gate(self, path, headers):")
        .replace("process_request=gate", "process_request=Hub().gate");
    let other = "from app.gate import Hub\nhub = Hub()\nasync def t(h):\n    async with websockets.serve(h, '', 1, process_request=functools.partial(Hub.gate, hub)): pass\n";
    let said = found("app/second.py", &hub, other);
    assert!(said.contains("WS603 [*]"), "{said}");
}

#[test]
fn where_the_places_disagree_nothing_is_rewritten() {
    let other = "from app import gate\nasync def t(h):\n    async with websockets.serve(h, '', 1, process_request=functools.partial(gate.gate, 'x')): pass\n";
    let said = found("app/second.py", GATE, other);
    assert!(!said.contains("[*]"), "{said}");
}
