//! How far a long run is, on standard error. It comes after half a second, on a terminal only, and is gone when the run is done.

use std::env;
use std::io::{IsTerminal as _, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Nobody waits for what takes less.
const SHORT: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// What workers tell how far they are. Without anybody to see it, they tell nobody.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Default for Progress {
    fn default() -> Self {
        Self(ProgressBar::hidden())
    }
}

impl Progress {
    /// `count` files are to be looked at.
    pub fn start(&self, count: usize) {
        self.0.set_style(style("{spinner} Checking [{bar:30}] {pos}/{len} files"));
        self.0.set_position(0);
        self.0.set_length(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// One more is done.
    pub fn advance(&self) {
        self.0.inc(1);
    }
}

/// Shows a [`Progress`] until it is dropped.
#[derive(Debug)]
pub struct Display {
    bar: ProgressBar,
    stop: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Display {
    /// Shows nothing where nobody sees it: not to be `quiet`, and neither in a file nor in the log of a CI job.
    pub fn new(quiet: bool) -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let bar = ProgressBar::hidden();
        if quiet || is_dumb || is_set("CI") || !stderr().is_terminal() {
            return Self { bar, stop: None };
        }
        bar.set_style(style("{spinner} Looking for files"));
        let (sender, stopped) = channel();
        let shown = bar.clone();
        let thread = spawn(move || {
            if stopped.recv_timeout(SHORT) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(TICK);
            }
        });
        Self { bar, stop: Some((sender, thread)) }
    }

    /// For the workers.
    pub fn progress(&self) -> Progress {
        Progress(self.bar.clone())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.stop.take() {
            drop(sender);
            // The thread ends at once, and does not panic.
            let _ = thread.join();
            self.bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}
