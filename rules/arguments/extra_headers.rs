//! `extra_headers` is now `additional_headers`.
//!
//! ```python
//! import websockets
//!
//! websockets.connect(uri, extra_headers=headers)
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! websockets.connect(uri, additional_headers=headers)
//! ```

use ruff_python_ast::ExprCall;

use crate::api;
use crate::edit::{Applicability, Edit};
use crate::rule::{Context, Meta, Severity};

pub const META: Meta = Meta { code: "WS101", since: "14.0", severity: Severity::Error, fix: Applicability::Safe };

pub fn check(call: &ExprCall, cx: &mut Context) -> Option<()> {
    let keyword = call.arguments.find_keyword("extra_headers")?;
    cx.origin(&call.func).is_one_of(api::TOP_LEVEL_CONNECT).then_some(())?;
    let name = keyword.arg.as_ref()?;
    cx.report(name, "renamed to `additional_headers`").fix(Applicability::Safe, vec![Edit::replace(name, "additional_headers")]);
    Some(())
}
