//! Programs with legacy idioms in every position.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/generate.rs"]
mod generate;
#[path = "../../tests/it/holds.rs"]
mod holds;

fuzz_target!(|bytes: &[u8]| {
    holds::for_program(&generate::program(bytes), &wsupgrade::target::Target::default());
});
