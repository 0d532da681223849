//! Fixes: to a fixpoint in memory first, to the disk when all is known.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::project::files::Walked;
use crate::run::session::{Change, FileFindings, Outcome, Session, Settings};
use crate::text::problem::Problem;
use crate::text::replace::{self, Replacement};
use crate::text::temporary;

/// Fixes that uncover further findings do so a few times, not for ever.
const MOST_ROUNDS: usize = 32;

/// Fixes what a walk found, in memory. The findings of the outcome are those that are left.
pub fn fix(walked: Walked, settings: &Settings) -> Outcome {
    let mut session = Session::open(walked, settings);
    session.check();
    let found = session.count();
    settle(&mut session);
    Outcome { found, ..session.outcome() }
}

/// Makes fixes in memory until there is nothing more to fix.
pub(crate) fn settle(session: &mut Session<'_>) {
    let mut rounds = 0;
    let mut fresh = true;
    let mut sorted = false;
    loop {
        if rounds == MOST_ROUNDS {
            session.abandon_unsettled(rounds);
            break;
        }
        if session.apply() {
            session.check();
            rounds += 1;
            fresh = false;
        } else if fresh {
            if sorted || !session.sort_imports() {
                break;
            }
            session.check();
            sorted = true;
        } else {
            // The files that did not change may now see other things in those that did.
            session.check_dependents();
            fresh = true;
        }
    }
}

/// Writes the changed files of `outcome`. One that cannot be written is a problem, and its findings are those of before. All are made
/// ready before the first of them changes, so that a run that is ended changes all of them or none.
pub fn write(outcome: &mut Outcome) {
    outcome.directories.iter().for_each(|directory| temporary::sweep(directory));
    let changes = std::mem::take(&mut outcome.changes);
    let inside = |path: &Path| outcome.inside.contains(path);
    let ready: Vec<_> = changes.into_iter().map(|change| (prepare(&change, &inside), change)).collect();
    let replacements = ready.iter().filter_map(|(replacement, _)| replacement.as_ref().ok());
    let directories: BTreeSet<PathBuf> = replacements.map(|it| it.directory().to_owned()).collect();
    let done: Vec<_> = temporary::together(|| {
        let finished =
            ready.into_iter().map(|(replacement, change)| (replacement.and_then(|it| finish(it, &change)), change));
        let finished = finished.collect();
        for directory in &directories {
            replace::synchronise(directory);
        }
        finished
    });
    for (result, change) in done {
        match result {
            Ok(()) => outcome.changes.push(change),
            Err(message) => {
                outcome.problems.push(Problem::new(change.before.source.path(), message));
                restore(&mut outcome.files, change.before);
            }
        }
    }
    outcome.problems.sort();
}

fn prepare(Change { before, after, .. }: &Change, is_inside: &dyn Fn(&Path) -> bool) -> Result<Replacement, String> {
    Replacement::prepare(before.source.path(), &before.source.bytes(), &after.bytes(), is_inside)
}

fn finish(replacement: Replacement, Change { before, .. }: &Change) -> Result<(), String> {
    replacement.finish(&before.source.bytes())
}

fn restore(files: &mut Vec<FileFindings>, before: FileFindings) {
    let place = files.binary_search_by(|file| file.source.path().cmp(before.source.path()));
    match place {
        Ok(at) => files[at] = before,
        Err(at) => files.insert(at, before),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::run::inside::Inside;
    use crate::text::source::Source;

    fn change(path: &Path, before: &str, after: &str) -> Change {
        let source = |text: &str| Source::new(path.to_owned(), text.to_owned());
        let before = FileFindings { source: source(before), findings: Vec::new() };
        Change { before, after: source(after), rules: Vec::new(), unsafe_rules: Vec::new() }
    }

    /// Writes `changes`, all of which lie in `directory`.
    fn written(directory: &Path, changes: Vec<Change>) -> Outcome {
        let inside = Inside::new(&[directory.canonicalize().unwrap()], &[]);
        let mut outcome = Outcome { changes, inside, ..Outcome::default() };
        write(&mut outcome);
        outcome
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let [old, new] = ["old.py", "new.py"].map(|name| directory.path().join(name));
        fs::write(&old, "mine\n").unwrap();
        fs::write(&new, "old\n").unwrap();
        let changes = [&new, &old].map(|path| change(path, "old\n", "fixed\n")).into();
        let outcome = written(directory.path(), changes);
        assert!(outcome.problems[0].message.contains("it changed on the disk"), "{:?}", outcome.problems);
        assert_eq!(fs::read_to_string(&old).unwrap(), "mine\n");
        assert_eq!(fs::read_to_string(&new).unwrap(), "fixed\n");
        assert_eq!(outcome.changes.len(), 1);
    }

    #[test]
    fn a_file_that_is_gone_is_a_problem_with_its_old_findings() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gone.py");
        let outcome = written(directory.path(), vec![change(&path, "old\n", "fixed\n")]);
        assert!(outcome.changes.is_empty());
        assert_eq!(outcome.problems[0].message, "not written: no such file or directory. The file is as it was.");
        assert_eq!(outcome.files[0].source.text(), "old\n");
    }
}
