//! Every file in which a project or its settings are declared, the baseline among them: the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/generate.rs"]
mod generate;
#[path = "../../tests/it/holds.rs"]
mod holds;

const CODE: &str = "import websockets\n\nwebsockets.connect(uri, extra_headers=h)\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let name = generate::METADATA[usize::from(*first) / 2 % generate::METADATA.len()];
    let text = if first % 2 == 0 { generate::metadata(name, rest).into_bytes() } else { rest.to_vec() };
    let directory = tempfile::tempdir().expect("a place to work");
    let path = directory.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    std::fs::write(path, text).expect("a file");
    std::fs::write(directory.path().join("a.py"), CODE).expect("a file");
    holds::for_tree(directory.path());
});
