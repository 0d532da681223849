//! What further commands would do with what a run found, tried in memory, so that every summary can say which one is next.

use crate::project::files::Walked;
use crate::run::fix::settle;
use crate::run::session::{Outcome, Session, Settings};
use crate::text::edit::{Applicability, Fix};

/// What a command would come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    /// How many findings it would fix; see [`Outcome::fixed`].
    pub fixed: usize,
    /// How many would be left.
    pub left: usize,
    /// How many of these only wait for a project to move on that is pinned below 14.0.
    pub waiting: usize,
    /// Whether unsafe fixes would do more.
    pub has_more: bool,
}

impl Preview {
    /// What a run came to.
    pub fn new(outcome: &Outcome) -> Self {
        let findings =
            || outcome.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)));
        let is_unsafe = |fix: &Fix| fix.applicability() == Applicability::Unsafe && !fix.is_allowed();
        Self {
            fixed: outcome.fixed(),
            left: outcome.left(),
            waiting: findings().filter(|(file, finding)| outcome.waits(file, finding)).count(),
            has_more: findings().any(|(_, finding)| finding.fix.as_ref().is_some_and(is_unsafe)),
        }
    }
}

/// What further commands would do.
#[derive(Debug, Default)]
pub struct Previews {
    /// `fix` with the flags at hand.
    pub fix: Option<Preview>,
    /// The same with `--unsafe-fixes`, where that does more.
    pub with_unsafe: Option<Preview>,
    /// `migrate`, where something waits behind a pin.
    pub migrate: Option<Preview>,
}

/// The settings of further commands.
#[derive(Debug)]
pub struct Further {
    /// Those of `fix --unsafe-fixes`.
    pub with_unsafe: Settings,
    /// Those of `migrate`.
    pub migrate: Settings,
}

/// Checks what a walk found, or fixes it in memory, and goes on from there: each further command does more than the one before it,
/// so that nothing is found out twice.
pub fn run(walked: Walked, settings: &Settings, fixes: bool, further: &Further) -> (Outcome, Previews) {
    let mut session = Session::open(walked, settings);
    session.check();
    let found = session.count();
    if fixes {
        settle(&mut session);
    }
    let outcome = Outcome { found, ..session.outcome() };
    let seen = Preview::new(&outcome);
    if seen.left == 0 {
        return (outcome, Previews { fix: Some(seen), ..Previews::default() });
    }
    let preview = |session: &mut Session<'_>| {
        settle(session);
        Preview::new(&Outcome { found, ..session.outcome() })
    };
    let fix = if !fixes && allows_a_fix(&outcome) { preview(&mut session) } else { seen };
    let mut go_on = |settings| {
        session.go_on(settings);
        preview(&mut session)
    };
    let with_unsafe = fix.has_more.then(|| go_on(&further.with_unsafe));
    let migrate = (seen.waiting > 0).then(|| go_on(&further.migrate));
    (outcome, Previews { fix: Some(fix), with_unsafe, migrate })
}

fn allows_a_fix(outcome: &Outcome) -> bool {
    let findings = outcome.files.iter().flat_map(|file| &file.findings);
    findings.filter_map(|finding| finding.fix.as_ref()).any(Fix::is_allowed)
}
