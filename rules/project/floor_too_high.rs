//! Only websockets 14.0 and newer are declared, but the code is still written for older versions.
//!
//! Somebody moved the declaration, or a robot did, and the code did not follow, or not all of it. What is installed by it is what the
//! code does not work with.
//!
//! ```python
//! # /// script
//! # dependencies = ["websockets>=14.2"]
//! # ///
//! import websockets
//!
//! async def main(uri, token):
//!     await websockets.connect(uri, extra_headers={"Authorization": token})
//! ```
//!
//! The place is the line of the metadata; every place in the code has a finding of its own, with its own fix, and this one goes when the
//! last of them goes. There is no fix here: to declare the old versions again (`websockets<14`) would be the other way out, and only
//! a person knows which one is meant.
//!
//! ## When there is no fix
//!
//! Either the code or the declaration moves; every place in the code has its own finding.

use crate::lint::rule::{Meta, Report, Severity};
use crate::lint::usage::Usage;
use crate::target::{Declaration, Side};

pub const META: Meta = Meta {
    code: "WS902",
    since: "any",
    severity: Severity::Warning,
    fix: crate::text::edit::Applicability::DisplayOnly,
    triggers: &["websockets"],
};

pub fn check(declaration: &Declaration, usage: &Usage, report: &mut Report) -> Option<()> {
    let legacy = usage.legacy.as_ref()?;
    let Declaration { evidence, own, .. } = declaration;
    // What comes from elsewhere, or is limited elsewhere, is not this line's promise.
    let is_promise = !declaration.is_locked() && !declaration.is_constraint && own.side() == Some(Side::Modern);
    is_promise.then_some(())?;
    let text = &evidence.text;
    let message = format!("`{text}` excludes versions before 14.0, but the code is still written for them: {legacy}");
    let help = "`wsupgrade fix` changes what is safe to change. Until everything is changed, the code works with `websockets<14` only.";
    report.report(declaration.range, message).help(help);
    Some(())
}
