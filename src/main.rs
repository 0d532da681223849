//! The command `wsupgrade`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

/// Parsing allocates many small nodes; the system's allocator takes about a fifth longer over them.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    wsupgrade::cli::commands::main()
}
