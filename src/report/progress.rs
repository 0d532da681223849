//! Shows how far a long run is, on standard error: half a second after its start, on a terminal only, and gone when it is done.

use std::env;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use crate::run::progress::Progress;

/// Nobody waits for what takes less.
const SHORT: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// The columns of the bar.
const BAR: usize = 30;

/// Draws a [`Progress`] until it is dropped.
#[derive(Debug)]
pub struct Display {
    progress: Progress,
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Display {
    /// Draws nothing where nobody sees it: not where it is to be `quiet`, and neither in a file nor in the log of a CI job.
    pub fn new(quiet: bool) -> Self {
        let progress = Progress::default();
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        if quiet || is_dumb || is_set("CI") || !stderr().is_terminal() {
            return Self { progress, drawing: None };
        }
        let (stop, stopped) = channel();
        let shown = progress.clone();
        let thread = spawn(move || draw(&shown, &stopped));
        Self { progress, drawing: Some((stop, thread)) }
    }

    /// The counts to draw.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.drawing.take() {
            drop(stop);
            // The thread ends at once, and does not panic.
            let _ = thread.join();
        }
    }
}

/// Draws line over line, and clears the last one. A terminal that takes nothing has nobody to tell it to.
fn draw(progress: &Progress, stopped: &Receiver<()>) {
    let mut wait = SHORT;
    let mut width = 0;
    while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        wait = TICK;
        let line = line(progress.counts());
        let _ = write!(stderr(), "\r{line:<width$}");
        width = line.len();
    }
    if width > 0 {
        let _ = write!(stderr(), "\r{:width$}\r", "");
    }
}

fn line((done, all): (usize, usize)) -> String {
    if all == 0 {
        return "Looking for files".to_owned();
    }
    let filled = (done.min(all) * BAR) / all;
    let bar: String = (0..BAR).map(|at| if at < filled { '=' } else { ' ' }).collect();
    format!("Checking [{bar}] {done}/{all} files")
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_bar_fills() {
        assert_eq!(line((0, 0)), "Looking for files");
        assert_eq!(line((0, 3)), format!("Checking [{}] 0/3 files", " ".repeat(30)));
        assert_eq!(line((1, 3)), format!("Checking [{}{}] 1/3 files", "=".repeat(10), " ".repeat(20)));
        assert_eq!(line((4, 3)), format!("Checking [{}] 4/3 files", "=".repeat(30)), "a file may be checked once more");
    }
}
