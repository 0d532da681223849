//! Notebooks: any bytes, and those made from programs.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/generate.rs"]
mod generate;
#[path = "../../tests/it/holds.rs"]
mod holds;

fuzz_target!(|bytes: &[u8]| {
    holds::for_notebook(&generate::notebook(bytes));
    holds::for_notebook(&String::from_utf8_lossy(bytes));
});
