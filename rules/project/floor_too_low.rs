//! The declared websockets versions include some on which the code does not work.
//!
//! A project that uses what came with 14.0 (`additional_headers`, `InvalidStatus` from `connect()`, `request` of a connection) or with
//! `websockets.asyncio` in 13.0, and declares `websockets>=10`, installs without a word beside an old release, and fails there at run
//! time. One that declares `websockets<14` fails everywhere. What the code needs is read off the code: only what runs in any case
//! counts, so code that chooses by version, by signature or by `try` is not asked.
//!
//! The place is the line of the metadata: `pyproject.toml` (also Poetry, PDM, uv, hatch), `setup.cfg`, `setup.py`, requirements and
//! constraints files, `Pipfile`, `environment.yml`, or the metadata inside a script, as here:
//!
//! ```python
//! # /// script
//! # dependencies = ["websockets>=10,<18"]
//! # ///
//! import websockets
//!
//! async def main(uri, token):
//!     await websockets.connect(uri, additional_headers={"Authorization": token})
//! ```
//! becomes
//! ```python
//! # /// script
//! # dependencies = ["websockets>=14.2,<18"]
//! # ///
//! import websockets
//!
//! async def main(uri, token):
//!     await websockets.connect(uri, additional_headers={"Authorization": token})
//! ```
//!
//! The fix is unsafe, because it changes with what the project can be installed. It keeps extras, markers, quotes, comments and
//! upper bounds, except a bound that would leave nothing. It declares 14.2 where 14.0 or 14.1 would do: 14.0 lost close codes and
//! messages. The floor moves first, and the code is then written for the new range, so that both are one diff.
//!
//! `--websockets ">=14.2"` says what shall be supported from now on. Then a declaration that still allows less is reported too: a
//! project that supports both sides of 14.0 moves to the new one with `wsupgrade fix --unsafe-fixes --websockets ">=14.2"`.
//!
//! Lines with hashes, and declarations of which several hold together, are reported and left to a person. Lock files are never
//! changed. Where any version is declared, which gets the newest one as a rule, the finding is only good to know.
//!
//! ## When there is no fix
//!
//! Several declarations hold together, or hashes follow: only the tool that wrote them can change them.

use crate::lint::rule::{Meta, Report, Severity};
use crate::lint::usage::{Usage, recommended};
use crate::target::{Declaration, Target, python_for};
use crate::text::edit::Applicability::Unsafe;

pub const META: Meta =
    Meta { code: "WS901", since: "any", severity: Severity::Warning, fix: Unsafe, triggers: &["websockets"] };

pub fn check(declaration: &Declaration, usage: &Usage, report: &mut Report) -> Option<()> {
    if usage.asks_for_both && declaration.excludes_modern() {
        return excludes_modern(declaration, report);
    }
    let limit = usage.limit()?;
    let floor = recommended(limit.clone());
    let Declaration { evidence, own, together, .. } = declaration;
    if declaration.is_locked() {
        return None;
    }
    let fits = own.reaches(&floor);
    let needed = usage.need.as_ref().map(|(version, ..)| version);
    // A release that is allowed although the code does not work on it, or although nobody wants to support it any more.
    let asked = usage.asked.as_ref().and_then(|target| target.floor.as_ref());
    let low = if together.reaches(&floor) { together.below(&limit) } else { own.below(&limit) };
    // Where only another declaration is in the way, that one is found.
    if fits && (low.is_none() || declaration.is_constraint) {
        return None;
    }
    let reason = match (&usage.need, &usage.asked) {
        (Some((version, what, places)), _) if needed >= asked => {
            format!("the code needs websockets {version} or newer: {what} at {places}")
        }
        (_, Some(asked)) => format!("{asked} is the goal"),
        _ => return None,
    };
    let text = &evidence.text;
    let message = match low {
        _ if !fits => format!("`{text}` excludes what is needed: {reason}"),
        _ if own.is_any() => format!("`{text}` declares no version, and {reason}"),
        Some(low) => format!("`{text}` allows {low}, but {reason}"),
        None => return None,
    };
    let severity = match fits {
        false => Severity::Error,
        true if own.is_any() => Severity::Info,
        true => META.severity,
    };
    let cap = usage.asked.as_ref().and_then(Target::cap);
    let edit = declaration.raised(&floor, cap.as_deref());
    let mut help = match &edit {
        Some(edit) => format!("Declare `{}`.", edit.content.trim()),
        None => format!("Declare `>={floor}`."),
    };
    if let (Some(python), Some(needs)) =
        (declaration.python, python_for(&floor).filter(|needs| declaration.python < Some(*needs)))
    {
        help +=
            &format!(" It needs Python {}.{}, and the project supports {}.{}.", needs.0, needs.1, python.0, python.1);
    }
    let finding = report.report(declaration.range, message);
    finding.help(help).severity(severity);
    if let Some(edit) = edit {
        finding.fix(Unsafe, vec![edit]);
    }
    Some(())
}

/// For a project that is to support both sides of 14.0: what keeps the new one out.
fn excludes_modern(declaration: &Declaration, report: &mut Report) -> Option<()> {
    let message =
        format!("`{}` excludes websockets 14.0 and newer, which are to be supported too", declaration.evidence.text);
    let finding = report.report(declaration.range, message);
    match declaration.opened() {
        Some(edit) => finding.help(format!("Declare `{}`.", edit.content.trim())).fix(Unsafe, vec![edit]),
        None => finding.help("Declare a range without an upper bound below 14.0."),
    };
    Some(())
}
