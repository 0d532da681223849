//! The trees of a run: each file is parsed and bound once, and again only where the pool had to let it go.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::FxHashMap;

use super::lock;
use crate::syntax::tree::Tree;
use crate::text::source::Source;

/// Bytes of text whose trees are kept. A tree takes ten to fifteen times the bytes of its text.
const MOST_BYTES: usize = 2 << 20;

/// `None` for a file that cannot be read.
type Slot = Arc<OnceLock<Option<Arc<Tree>>>>;

#[derive(Default)]
pub(super) struct Trees {
    pool: Mutex<Pool>,
    parsed: AtomicUsize,
}

#[derive(Default)]
struct Pool {
    slots: FxHashMap<Arc<str>, Slot>,
    /// Oldest first, with the bytes of the text.
    order: VecDeque<(Arc<str>, usize)>,
    bytes: usize,
}

impl Trees {
    /// The tree of a file, whose text `load` gives; `None` where it gives none. Two threads that ask for one file at the same
    /// time wait for one parse.
    pub(super) fn get(&self, file: &str, load: impl FnOnce() -> Option<Arc<Source>>) -> Option<Arc<Tree>> {
        let slot = lock(&self.pool).slot(file);
        let mut is_new = false;
        let tree = slot.get_or_init(|| {
            is_new = true;
            let source = load()?;
            self.parsed.fetch_add(1, Ordering::Relaxed);
            Some(Tree::new(source))
        });
        if is_new {
            lock(&self.pool).add(file, tree.as_ref().map_or(0, |tree| tree.source().text().len()));
        }
        tree.clone()
    }

    /// Lets go of the tree of a file whose text changed.
    pub(super) fn forget(&self, file: &str) {
        let mut pool = lock(&self.pool);
        pool.slots.remove(file);
        if let Some(at) = pool.order.iter().position(|(other, _)| &**other == file)
            && let Some((_, bytes)) = pool.order.remove(at)
        {
            pool.bytes -= bytes;
        }
    }

    /// How many files were parsed so far.
    pub(super) fn parsed(&self) -> usize {
        self.parsed.load(Ordering::Relaxed)
    }
}

impl Pool {
    fn slot(&mut self, file: &str) -> Slot {
        if let Some(slot) = self.slots.get(file) {
            return slot.clone();
        }
        let slot = Slot::default();
        self.slots.insert(file.into(), slot.clone());
        slot
    }

    /// Counts a tree that was made, and lets the oldest ones go where there are too many.
    fn add(&mut self, file: &str, bytes: usize) {
        self.order.push_back((file.into(), bytes));
        self.bytes += bytes;
        while self.bytes > MOST_BYTES && self.order.len() > 1 {
            let Some((oldest, bytes)) = self.order.pop_front() else { break };
            self.slots.remove(&oldest);
            self.bytes -= bytes;
        }
    }
}
