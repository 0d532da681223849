//! What holds for every program: the cases of all rules with all rules on, and generated ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::generate;
use crate::holds;
use crate::support::{LEGACY, Sandbox};
use wsupgrade::lint::registry::RULES;
use wsupgrade::target::Target;

/// The Python blocks of a text, and the target that its section names.
fn programs(text: &str) -> Vec<(Target, &str)> {
    let mut found = Vec::new();
    for section in text.split("\n## ") {
        let range = section.split_once("websockets: `").and_then(|(_, rest)| rest.split('`').next());
        let target = range.map_or_else(Target::default, |range| Target::from_range(range).unwrap());
        let blocks = section.split("```python").skip(1).filter_map(|part| part.split_once('\n')?.1.split("```").next());
        found.extend(blocks.map(|code| (target.clone(), code)));
    }
    found
}

#[test]
fn no_rule_undoes_another_in_the_cases_of_all_rules() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for rule in RULES {
        let path = format!("{}/tests/rules/{}.md", env!("CARGO_MANIFEST_DIR"), rule.name.replace('-', "_"));
        let cases = std::fs::read_to_string(&path).unwrap_or_default();
        for (target, code) in programs(&cases).into_iter().chain(programs(rule.docs)) {
            for target in [target, Target::default()] {
                let held = std::panic::catch_unwind(|| holds::for_program(code, &target));
                wrong.extend(held.err().map(|_| code.to_owned()));
                count += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}, the first:\n{}", wrong.len(), wrong[0]);
    assert!(count > 1_500, "{count}");
}

/// Bytes that look random and are the same on every run.
fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u8::try_from(state >> 32 & 0xff).unwrap_or_default()
    };
    (0..length).map(|_| next()).collect()
}

/// `ROUNDS=100000` tries more than a test run has time for.
fn seeds(few: u64) -> std::ops::Range<u64> {
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    1..rounds.unwrap_or(few) + 1
}

#[test]
fn generated_programs() {
    let targets = [Target::default(), Target::from_range(">=10").unwrap(), Target::from_range("<14").unwrap()];
    let mut valid = 0;
    for seed in seeds(600) {
        let length = usize::try_from(20 + seed % 7 * 30).unwrap();
        let code = generate::program(&bytes(seed, length));
        valid += u64::from(holds::for_program(&code, &targets[usize::try_from(seed % 3).unwrap()]));
    }
    assert!(valid * 2 > seeds(600).end, "most of them are Python: {valid}");
}

#[test]
fn generated_notebooks() {
    for seed in seeds(150) {
        holds::for_notebook(&generate::notebook(&bytes(seed, 120)));
    }
}

#[test]
fn bytes_that_are_nothing() {
    for seed in seeds(300) {
        holds::for_bytes(&bytes(seed, usize::try_from(seed % 90).unwrap()));
    }
}

#[test]
fn generated_metadata_and_settings() {
    for seed in seeds(12) {
        for name in generate::METADATA {
            let sandbox = Sandbox::new(&[("a.py", LEGACY)]);
            sandbox.write(name, generate::metadata(name, &bytes(seed, 30)).as_bytes());
            holds::for_tree(&sandbox.path(""));
        }
    }
}

/// What a fuzzer starts from, and what it has found.
#[test]
fn the_seeds_of_the_fuzzer() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("py") => holds::for_bytes(&bytes),
            Some("ipynb") => holds::for_notebook(&String::from_utf8(bytes).unwrap()),
            _ => {}
        }
    }
}
