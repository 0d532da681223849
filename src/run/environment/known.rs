//! What is known about packages that many people have: what to set, and which of their versions is past it.

use pep440_rs::Version;
use serde::Serialize;

/// What to do about an installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The first version of it that does not need the legacy API.
    pub since: Option<&'static str>,
    /// What to set or to know, as a sentence.
    pub note: &'static str,
}

struct Known {
    name: &'static str,
    since: Option<&'static str>,
    /// The first version that has what `note` says.
    from: &'static str,
    note: &'static str,
}

const KNOWN: &[Known] = &[Known {
    name: "uvicorn",
    since: None,
    from: "0.35.0",
    note: "Run it with `--ws websockets-sansio`: what it takes by default is the legacy implementation, which warns.",
}];

/// What is known about `version` of a package.
pub(super) fn advice(name: &str, version: &str) -> Option<Advice> {
    let known = KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(&name.replace('_', "-")))?;
    let installed: Version = version.parse().ok()?;
    let has_it = known.from.parse::<Version>().is_ok_and(|from| from <= installed);
    (has_it || known.since.is_some())
        .then_some(Advice { since: known.since, note: if has_it { known.note } else { "" } })
}
