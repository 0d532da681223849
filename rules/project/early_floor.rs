//! The oldest declared version is 14.0 or 14.1, which lacks parts of the new API.
//!
//! The new implementation took the place of the old one in 14.0, and was not ready: its connections have no `close_code` and no
//! `close_reason`, and messages that were not read yet are lost when the connection closes. Both are right in 14.1. `State`, `Request`,
//! `Response` and other types can be imported from the top level since 14.2.
//!
//! ```python
//! # /// script
//! # dependencies = ["websockets>=14.0,<18"]
//! # ///
//! import websockets
//! ```
//! becomes
//! ```python
//! # /// script
//! # dependencies = ["websockets>=14.2,<18"]
//! # ///
//! import websockets
//! ```
//!
//! The fix is unsafe, because it changes with what the project can be installed. Whoever installs the project today gets a newer version
//! as a rule, so this is only good to know, unless nothing newer than 14.1 is allowed.
//!
//! ## When there is no fix
//!
//! Several declarations hold together, or hashes follow: only the tool that wrote them can change them.

use pep440_rs::Version;

use crate::lint::rule::{Meta, Report, Severity};
use crate::lint::usage::{Usage, recommended};
use crate::target::Declaration;
use crate::text::edit::Applicability::Unsafe;

pub const META: Meta =
    Meta { code: "WS903", since: "14.0", severity: Severity::Info, fix: Unsafe, triggers: &["websockets"] };

pub fn check(declaration: &Declaration, usage: &Usage, report: &mut Report) -> Option<()> {
    let Declaration { evidence, own, together, .. } = declaration;
    if declaration.is_locked()
        || !usage.uses_library
        || usage.limit().is_some_and(|limit| together.below(&limit).is_some())
    {
        return None;
    }
    let floor = own.floor().filter(|_| together.floor() == own.floor())?;
    let good = recommended(floor.clone());
    (good != floor).then_some(())?;
    let lacks = if floor < Version::new([14, 1]) {
        "its connections have no `close_code`, and lose messages when they close"
    } else {
        "`State`, `Request` and other types came to the top level with 14.2"
    };
    let edit = declaration.raised(&good, None);
    let declare = edit.as_ref().map_or_else(|| format!(">={good}"), |edit| edit.content.trim().to_owned());
    let finding = report.report(declaration.range, format!("`{}` allows {floor}: {lacks}", evidence.text));
    finding.help(format!("Declare `{declare}`."));
    if !own.reaches(&good) {
        finding.severity(Severity::Warning);
    }
    if let Some(edit) = edit {
        finding.fix(Unsafe, vec![edit]);
    }
    Some(())
}
