//! A test that looks at how `connect()` was called has to expect `additional_headers`.
//!
//! Since websockets 14.0 the code under test passes `additional_headers`. A mock accepts any keyword, so nothing but the assertion
//! knows the old name: it fails when the code is right, and passes when the code is broken.
//!
//! ```python
//! import websockets
//! from unittest.mock import patch
//!
//! def dial(uri):
//!     return websockets.connect(uri, additional_headers={"X-Name": "n"})
//!
//! def test_dial():
//!     with patch("websockets.connect") as connect:
//!         dial("ws://localhost")
//!     connect.assert_called_once_with("ws://localhost", extra_headers={"X-Name": "n"})
//!     assert connect.call_args.kwargs["extra_headers"] == {"X-Name": "n"}
//! ```
//! becomes
//! ```python
//! import websockets
//! from unittest.mock import patch
//!
//! def dial(uri):
//!     return websockets.connect(uri, additional_headers={"X-Name": "n"})
//!
//! def test_dial():
//!     with patch("websockets.connect") as connect:
//!         dial("ws://localhost")
//!     connect.assert_called_once_with("ws://localhost", additional_headers={"X-Name": "n"})
//!     assert connect.call_args.kwargs["additional_headers"] == {"X-Name": "n"}
//! ```
//!
//! The mock is known by what it replaces: `patch`, `patch.object`, `mocker.patch` and `monkeypatch.setattr`, as a context manager,
//! a decorator, a fixture of the file or of a `conftest.py`, or an attribute of the test case. The fix is safe where the code under test is seen to name
//! the keyword in the call: the module that the target goes through, or what the test file imports of the project. It is unsafe
//! where no such call is seen, where it passes a dictionary from elsewhere on, or where the library itself is patched and the test hands the
//! headers to other code. There is none where both sides of 14.0 are supported, because then the name depends on the installed version.
//!
//! The same is said of `timeout`, which is `close_timeout` now, of the `extra_headers` of `serve()`, and of mocks of the project's own functions
//! that pass such an argument on.
//!
//! A test that names both keywords, or expects `TypeError` or `AssertionError` around the place, is left alone.
//!
//! ## When there is no fix
//!
//! The code under test is not changed in the same run.

use ruff_python_ast::ModModule;

use crate::fixes::renamed::{self, Renamed};
use crate::lint::rule::{Context, Meta, Severity};
use crate::python::mocks::{Mocks, Passing};
use crate::target::Side;
use crate::text::edit::Applicability::{self, Safe, Unsafe};

pub const META: Meta = Meta {
    code: "WS701",
    since: "14.0",
    severity: Severity::Error,
    fix: Safe,
    triggers: &["extra_headers", "timeout"],
};

pub fn check<'a>(_: &'a ModModule, cx: &mut Context<'a>) -> Option<()> {
    let text = cx.source.text();
    let mentions_it = text.contains("assert_") || text.contains("_args") || text.contains("_calls");
    (mentions_it && cx.target.side.has_modern()).then_some(())?;
    for renamed in renamed::all(cx).iter().filter(|it| text.contains(it.old)) {
        expected(cx, renamed);
    }
    Some(())
}

fn expected(cx: &mut Context, renamed: &Renamed) {
    let Renamed { old, new, callees, .. } = renamed;
    // What is known about calls is known for one name.
    let mocks = Mocks::new(cx.model);
    let hands_on = hands_on(cx, old, callees);
    for place in mocks.expectations(old, new) {
        let passing = mocks.passing(&place.patch, callees, &[old, new]);
        let is_direct = place.patch.target.is_one_of(callees);
        let is_ours = renamed.is_taken_by(cx, &mocks, &place.patch) && !(is_direct && passing == Passing::Never);
        if !is_ours || cx.model.is_version_guarded(place.range.start()) {
            continue;
        }
        if !renamed.is_same && passing != Passing::Named {
            continue;
        }
        let depends = cx.target.side == Side::Both && !renamed.is_everywhere;
        let applicability: Option<Applicability> = match passing {
            _ if depends || !renamed.is_same => None,
            _ if !is_direct => Some(Unsafe),
            // Whose headers arrive, those of the call that was seen or those that the test hands to other code?
            Passing::Named if place.patch.module.is_none() && hands_on => Some(Unsafe),
            Passing::Named => Some(Safe),
            // Whatever way leads there, the new client takes no other name.
            Passing::Unseen | Passing::Unclear => Some(Unsafe),
            Passing::Never => None,
        };
        let function = renamed.function(&place.patch.target);
        let message = format!("{function} is called with `{new}` since websockets 14.0: this expects the old name");
        let finding = cx.report(place.range, message);
        if let Some(call) = place.patch.call {
            finding.label(&*call.func, "the mock is set up here");
        }
        finding.here(format!("now `{new}`")).help(if depends {
            format!("Expect the name that the installed version takes: `{new}` since 14.0, `{old}` before.")
        } else if renamed.is_same {
            format!("Rename it to `{new}`, with the call in the code under test.")
        } else {
            format!("Expect `{new}`, which the code under test has to pass instead.")
        });
        if let (Some(applicability), Some(edit)) = (applicability, place.edit) {
            finding.fix(applicability, vec![edit]);
        }
    }
}

/// Whether the file passes the keyword to code that is neither the client nor a mock.
fn hands_on(cx: &Context, old: &str, callees: &[&str]) -> bool {
    cx.model.calls().iter().filter(|call| call.arguments.find_keyword(old).is_some()).any(|call| {
        let is_assertion = call.func.as_attribute_expr().is_some_and(|method| method.attr.starts_with("assert_"));
        let callee = cx.callee(call);
        !is_assertion && !callee.is_one_of(callees) && !callee.is_one_of(&["unittest.mock.call", "mock.call"])
    })
}
