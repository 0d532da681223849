//! Signals: a run that is told to end leaves nothing behind, and says what it has written.

use std::io::Write as _;

use crate::text::temporary;

/// Listens from now on, for the rest of the process.
#[cfg(unix)]
pub fn listen() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ignored = ignored();
    // What the parent has switched off, as for a job in the background, stays so.
    let wanted: Vec<i32> = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_in(ignored, *signal)).collect();
    let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(signal);
        }
    });
}

/// No file is half written, and those that belong together are all written, or none.
#[cfg(unix)]
#[expect(clippy::exit, reason = "the run is to end wherever it is")]
fn end(signal: i32) {
    let (written, _stopped) = temporary::stop();
    let what = match written {
        0 => "no file was changed".to_owned(),
        1 => "1 file was changed, whole".to_owned(),
        count => format!("{count} files were changed, each whole"),
    };
    // Who cannot be told is not told.
    let _ = writeln!(std::io::stderr(), "interrupted: {what}.");
    std::process::exit(128 + signal);
}

/// The signals that this process was started to ignore, one bit each.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(unix)]
fn is_in(mask: u64, signal: i32) -> bool {
    u32::try_from(signal - 1).ok().and_then(|bit| mask.checked_shr(bit)).unwrap_or_default() & 1 == 1
}

/// Elsewhere the system ends the process.
#[cfg(not(unix))]
pub fn listen() {}
