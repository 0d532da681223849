//! Files that are only there for a moment, beside the file that they become: what happens to them when the run ends early, and what
//! to do with those that a killed run left.
//!
//! Invariant: between [`stop`] and the end of the process no such file is there, and none comes.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const PREFIX: &str = ".wsupgrade-";

/// What the random part of a name has.
const RANDOM: usize = 6;

/// A file of this age is no other run's, whatever the number of its process says: that may have been given again, or on another machine.
const OLD: Duration = Duration::from_hours(24);

/// The files that are there now.
static LIVE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Held while files that belong together take their places.
static PLACING: Mutex<()> = Mutex::new(());

static PLACED: AtomicUsize = AtomicUsize::new(0);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new file beside another one. It is gone when this is dropped.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
}

impl Temporary {
    /// Makes a file in `directory` that only its owner can open, or that anybody may read whom the process lets (its `umask`).
    ///
    /// # Errors
    /// When none can be made.
    pub fn create(directory: &Path, is_private: bool) -> io::Result<(Self, File)> {
        let mut builder = tempfile::Builder::new();
        let prefix = format!("{PREFIX}{}-", std::process::id());
        builder.prefix(&prefix).rand_bytes(RANDOM);
        if !is_private {
            widen(&mut builder);
        }
        // A signal ends the process before the file is there, or after it is known.
        let mut live = lock(&LIVE);
        let (file, path) = builder.tempfile_in(directory)?.keep().map_err(|error| error.error)?;
        live.push(path.clone());
        Ok((Self { path }, file))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in the place of `target`, whatever is there.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn place(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut live = lock(&LIVE);
        if let Some(at) = live.iter().position(|path| *path == self.path) {
            live.swap_remove(at);
        }
        // It is not there any more where it took its place.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn widen(builder: &mut tempfile::Builder) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn widen(_: &mut tempfile::Builder) {}

/// Does `work`, which is not interrupted by [`stop`]: the files of one run take their places together.
pub fn together<T>(work: impl FnOnce() -> T) -> T {
    let _guard = lock(&PLACING);
    work()
}

/// Notes that the file of a person has a new content.
pub fn placed() {
    PLACED.fetch_add(1, Ordering::SeqCst);
}

/// Waits for what must not be interrupted, takes all files away, and lets no new one come as long as the result lives. Returns how
/// many files of the user were written.
pub fn stop() -> (usize, impl Drop) {
    let placing = lock(&PLACING);
    let mut live = lock(&LIVE);
    for path in live.drain(..) {
        // Nobody is there to be told.
        let _ = fs::remove_file(path);
    }
    (PLACED.load(Ordering::SeqCst), Stopped { _live: live, _placing: placing })
}

struct Stopped<'a> {
    _live: MutexGuard<'a, Vec<PathBuf>>,
    _placing: MutexGuard<'a, ()>,
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {}
}

/// Takes away what a killed run left in `directory`. Another run may be at work there, and its files stay.
pub fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let Some(process) = process_of(&entry.file_name()) else { continue };
        let Ok(metadata) = entry.metadata() else { continue };
        let is_old = || metadata.modified().ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > OLD);
        if metadata.is_file() && process != std::process::id() && (!is_running(process) || is_old()) {
            // Another run may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The process that gave a file its name.
fn process_of(name: &OsStr) -> Option<u32> {
    let (process, random) = name.to_str()?.strip_prefix(PREFIX)?.split_once('-')?;
    if random.len() != RANDOM || !random.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    process.parse().ok()
}

#[cfg(unix)]
fn is_running(process: u32) -> bool {
    let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    // One that belongs to somebody else is there, too.
    process.is_some_and(|process| rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_running(_process: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_as_long_as_it_is_held() {
        let directory = tempfile::tempdir().unwrap();
        let (temporary, _) = Temporary::create(directory.path(), true).unwrap();
        let path = temporary.path().to_owned();
        assert!(path.is_file() && process_of(path.file_name().unwrap()) == Some(std::process::id()));
        drop(temporary);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_what_a_killed_run_left_is_swept() {
        let directory = tempfile::tempdir().unwrap();
        let make = |name: &str| fs::write(directory.path().join(name), "x").unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let left = format!("{PREFIX}{}-abcdef", child.id());
        let running = format!("{PREFIX}1-abcdef");
        let stays = [running.as_str(), ".wsupgrade-notes", ".wsupgrade.toml", ".wsupgrade-99999999-abc", "a.py"];
        for name in stays {
            make(name);
        }
        make(&left);
        sweep(directory.path());
        assert!(!directory.path().join(left).exists());
        for name in stays {
            assert!(directory.path().join(name).exists(), "{name}");
        }
    }
}
