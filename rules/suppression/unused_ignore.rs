//! A `noqa` or `wsupgrade: ignore` comment that suppresses nothing.
//!
//! The line below it was fixed, or was never wrong. What is left of the comment would hide the next mistake. Looked for with
//! `--report-unused-ignores`, or where this rule is selected by its code or name.
//!
//! ```python
//! import websockets
//!
//! websockets.connect(uri, additional_headers=h)  # noqa: WS101
//! ```
//! becomes
//! ```python
//! import websockets
//!
//! websockets.connect(uri, additional_headers=h)
//! ```
//!
//! A bare `# noqa` and the codes of other tools are left alone, and so are the codes of rules that are not selected.
//!
//! ## When there is no fix
//!
//! The comment stands where removing it would change the line.

use crate::lint::rule::{Meta, Report, Severity};
use crate::lint::suppress::Unused;
use crate::text::edit::Applicability::Safe;

pub const META: Meta = Meta { code: "WS001", since: "any", severity: Severity::Warning, fix: Safe, triggers: &[] };

pub fn check(unused: &Unused, report: &mut Report) -> Option<()> {
    let names: Vec<String> = unused.codes.iter().map(|code| format!("`{code}`")).collect();
    let (what, help) = match names.as_slice() {
        [] => (format!("`{}` suppresses nothing", unused.text), "Remove the comment.".to_owned()),
        [one] => {
            (format!("{one} is not found here, so this comment does not suppress it"), format!("Remove {one} from it."))
        }
        several => {
            let all = several.join(", ");
            (
                format!("{all} are not found here, so this comment does not suppress them"),
                format!("Remove {all} from it."),
            )
        }
    };
    report.report(unused.range, what).here("suppresses nothing").help(help).fix(Safe, vec![unused.edit.clone()]);
    Some(())
}
