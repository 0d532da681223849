//! The example rule of CONTRIBUTING.md is a rule: `example_rule.rs` is the same text, compiled here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use wsupgrade::lint::registry::RULES;
use wsupgrade::lint::rule::Check;

use crate::example_rule;

#[test]
fn the_example_rule_is_the_one_that_compiles() {
    let document = include_str!("../../CONTRIBUTING.md");
    let block = document.split("```rust\n").nth(1).and_then(|rest| rest.split("\n```\n").next()).unwrap();
    let compiled = include_str!("example_rule.rs").replace("wsupgrade::", "crate::");
    assert_eq!(block.trim(), compiled.trim());
}

#[test]
fn the_example_rule_fits_into_the_registry() {
    assert!(matches!(Check::Call(example_rule::check), Check::Call(_)));
    let code = example_rule::META.code;
    assert!(RULES.iter().all(|rule| rule.meta.code != code), "{code} is taken: the example needs another one");
}
