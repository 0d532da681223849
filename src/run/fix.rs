//! Fixes: to a fixpoint in memory first, to the disk when all is known.

use std::fs::{self, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

use crate::project::files::Walked;
use crate::run::session::{Change, FileFindings, Outcome, Session, Settings};
use crate::text::problem::Problem;
use crate::text::problem::reason;

/// Fixes that uncover further findings do so a few times, not for ever.
const MOST_ROUNDS: usize = 32;

/// Fixes what a walk found, in memory. The findings of the outcome are those that are left.
pub fn fix(walked: Walked, settings: &Settings) -> Outcome {
    let mut session = Session::open(walked, settings);
    session.check();
    let mut rounds = 0;
    let mut fresh = true;
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
            break;
        } else {
            // The files that did not change may now see other things in those that did.
            session.check_dependents();
            fresh = true;
        }
    }
    session.close()
}

/// Writes the changed files of `outcome`. One that cannot be written is a problem, and its findings are those of before.
pub fn write(outcome: &mut Outcome) {
    let mut written = Vec::new();
    for change in std::mem::take(&mut outcome.changes) {
        match write_one(&change) {
            Ok(()) => written.push(change),
            Err(message) => {
                outcome.problems.push(Problem::new(change.before.source.path(), message));
                restore(&mut outcome.files, change.before);
            }
        }
    }
    outcome.changes = written;
    outcome.problems.sort();
}

fn restore(files: &mut Vec<FileFindings>, before: FileFindings) {
    let place = files.binary_search_by(|file| file.source.path().cmp(before.source.path()));
    match place {
        Ok(at) => files[at] = before,
        Err(at) => files.insert(at, before),
    }
}

/// Puts the new text beside the file and renames it over it, so that nobody ever sees half a file.
fn write_one(change: &Change) -> Result<(), String> {
    let problem = |error: io::Error| format!("not written: {}. The file is as it was.", reason(&error));
    // A link stays a link; its target is what changes.
    let path = change.before.source.path().canonicalize().map_err(problem)?;
    let metadata = path.metadata().map_err(problem)?;
    if metadata.permissions().readonly() {
        return Err("not written: the file is read-only. Make it writable (`chmod u+w`) and run again.".into());
    }
    if fs::read(&path).map_err(problem)? != change.before.source.bytes().as_ref() {
        return Err("not written: it changed on the disk while wsupgrade was at work. Run again.".into());
    }
    replace(&path, &metadata, &change.after.bytes()).map_err(problem)
}

fn replace(path: &Path, metadata: &Metadata, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".wsupgrade-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    keep_owner(file.path(), metadata);
    fs::set_permissions(file.path(), metadata.permissions())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Only root can give a file away, and only root needs to: a new file is the user's own.
#[cfg(unix)]
fn keep_owner(path: &Path, metadata: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let _ = chown(path, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_path: &Path, _metadata: &Metadata) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::source::Source;

    fn change(path: &Path, before: &str, after: &str) -> Change {
        let source = |text: &str| Source::new(path.to_owned(), text.to_owned());
        let before = FileFindings { source: source(before), findings: Vec::new() };
        Change { before, after: source(after), rules: Vec::new() }
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.py");
        fs::write(&path, "new\n").unwrap();
        let message = write_one(&change(&path, "old\n", "fixed\n")).unwrap_err();
        assert!(message.contains("it changed on the disk"), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
        write_one(&change(&path, "new\n", "fixed\n")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "fixed\n");
    }

    #[test]
    fn a_file_that_is_gone_is_a_problem_with_its_old_findings() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gone.py");
        let mut outcome = Outcome { changes: vec![change(&path, "old\n", "fixed\n")], ..Outcome::default() };
        write(&mut outcome);
        assert!(outcome.changes.is_empty());
        assert_eq!(outcome.problems[0].message, "not written: no such file or directory. The file is as it was.");
        assert_eq!(outcome.files[0].source.text(), "old\n");
    }
}
