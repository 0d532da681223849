//! Any bytes as a file of Python, in any encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/holds.rs"]
mod holds;

fuzz_target!(|bytes: &[u8]| holds::for_bytes(bytes));
