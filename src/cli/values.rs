//! Values of arguments that know what they can be, so that completions do too.

use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use crate::lint::registry::RULES;
use crate::lint::select::Selector;
use crate::run::config::VersionRange;
use crate::target::{Side, Target};

/// What names rules: codes, prefixes of codes, names or `ALL`.
#[derive(Debug, Clone, Copy)]
pub struct Rules;

impl TypedValueParser for Rules {
    type Value = Selector;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Selector, clap::Error> {
        StringValueParser::new().try_map(|text| text.parse::<Selector>()).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(std::iter::once(PossibleValue::new("ALL").help("All rules.")).chain(rules())))
    }
}

/// The code or the name of a rule, or a word that a rule is about.
#[derive(Debug, Clone, Copy)]
pub struct RuleName;

impl TypedValueParser for RuleName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(rules()))
    }
}

fn rules() -> impl Iterator<Item = PossibleValue> {
    let mut sorted: Vec<_> = RULES.iter().collect();
    sorted.sort_by_key(|rule| rule.meta.code);
    sorted
        .into_iter()
        .flat_map(|rule| [rule.meta.code, rule.name].map(|name| PossibleValue::new(name).help(rule.summary())))
}

/// The oldest version to support: `14.2`, or a range that starts with one.
#[derive(Debug, Clone)]
pub struct Oldest(pub VersionRange);

impl FromStr for Oldest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_version = text.starts_with(|c: char| c.is_ascii_digit());
        let range = if is_version { format!(">={text}") } else { text.to_owned() };
        if Target::from_range(&range)?.side != Side::Modern {
            return Err("the new API begins with websockets 14.0. To support older versions too, use \
                        `wsupgrade migrate --both-sides` or `--websockets '>=10.4'`"
                .into());
        }
        Ok(Self(range.parse()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_version_needs_no_operator() {
        let read = |text: &str| text.parse::<Oldest>().map(|Oldest(range)| range);
        assert_eq!(read("14.2"), ">=14.2".parse());
        assert_eq!(read(">=15,<18"), ">=15,<18".parse());
        for wrong in ["13.1", ">=10", "latest", "14.x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
