//! The rules: `rules/<family>/<rule>.rs`, one file each. The registry is written by the build script from these files.

use crate::rule::{Check, Rule};

include!(concat!(env!("OUT_DIR"), "/registry.rs"));

/// The rule with this code (`WS101`) or name (`extra-headers`), however it is capitalised.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.meta.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name))
}
