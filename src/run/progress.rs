//! How far a run is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts the files that are to be checked and those that are done. Workers write to it, and whoever shows it reads it.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicUsize,
    all: AtomicUsize,
}

impl Progress {
    /// Starts over, with `count` files to check.
    pub fn start(&self, count: usize) {
        self.0.done.store(0, Relaxed);
        self.0.all.store(count, Relaxed);
    }

    /// Counts one more file as done.
    pub fn advance(&self) {
        self.0.done.fetch_add(1, Relaxed);
    }

    /// How many files are done, and how many there are: none before the files are known.
    pub fn counts(&self) -> (usize, usize) {
        (self.0.done.load(Relaxed), self.0.all.load(Relaxed))
    }
}
