//! The scripts and pages of a project, read for the clients in them.

use std::path::PathBuf;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::text::panics;
use crate::text::paths::shown;
use crate::text::read;
use crate::websockets::contract::script::{self, MOST_BYTES, STACK, Scripts};

/// Few scripts have a client, so few threads with a large stack are enough.
const THREADS: usize = 2;

/// Reads scripts, and parses those that may have a client. What cannot be read has none.
pub(crate) fn read(paths: Vec<PathBuf>, pool: Option<&ThreadPool>) -> Scripts {
    let candidate = |path: PathBuf| {
        if !script::is_script(&path.file_name()?.to_string_lossy()) {
            return None;
        }
        let bytes = read::regular(&path, MOST_BYTES).ok()?;
        script::can_matter(&bytes).then_some((path, bytes))
    };
    let Some(pool) = pool.filter(|_| !paths.is_empty()) else { return Scripts::default() };
    let candidates: Vec<_> = pool.install(|| paths.into_par_iter().filter_map(candidate).collect());
    if candidates.is_empty() {
        return Scripts::default();
    }
    let threads = THREADS.min(candidates.len());
    let Ok(pool) = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build() else {
        return Scripts::default();
    };
    let base = std::env::current_dir().ok();
    let collect = |(path, bytes): (PathBuf, Vec<u8>)| {
        let path = shown(&path, base.as_deref());
        panics::catch(|| script::collect(&path, &bytes)).ok()
    };
    Scripts::new(pool.install(|| candidates.into_par_iter().filter_map(collect).collect()))
}
