//! Which rules: `--select` and `--ignore`.

use std::str::FromStr;

use crate::rule::Rule;
use crate::rules::RULES;

/// What names rules: `ALL`, a prefix of codes (`WS`, `WS1`), a code (`WS101`) or a name (`extra-headers`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(String);

impl Selector {
    /// How exactly it names `rule`; `None` where it does not. A name or a code beats a prefix, a prefix beats `ALL`.
    fn matches(&self, rule: &Rule) -> Option<usize> {
        let Self(text) = self;
        if text.eq_ignore_ascii_case("ALL") {
            return Some(0);
        }
        if text.eq_ignore_ascii_case(rule.name) {
            return Some(rule.meta.code.len());
        }
        rule.meta.code.get(..text.len())?.eq_ignore_ascii_case(text).then_some(text.len())
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let selector = Self(text.trim().to_owned());
        if !selector.0.is_empty() && RULES.iter().any(|rule| selector.matches(rule).is_some()) {
            return Ok(selector);
        }
        Err(format!("no rule has this code, prefix or name; {}", nearest(text)))
    }
}

/// What somebody who typed `text` may have meant.
pub fn nearest(text: &str) -> String {
    let is_code = text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("WS")) && !text.contains('-');
    let names = RULES.iter().map(|rule| if is_code { rule.meta.code } else { rule.name });
    let names: Vec<&str> = names.collect();
    let typed = if is_code { text.to_ascii_uppercase() } else { text.to_ascii_lowercase() };
    match similar::get_close_matches(typed.as_str(), &names, 1, 0.4).first() {
        Some(name) => format!("the nearest is `{name}`, and `wsupgrade rules` lists all"),
        None => "`wsupgrade rules` lists all".to_owned(),
    }
}

/// The selected rules.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    select: Vec<Selector>,
    ignore: Vec<Selector>,
}

impl Selection {
    /// All rules that `select` names (all there are, if it is empty) without those that `ignore` names as exactly or more so.
    pub fn new(select: Vec<Selector>, ignore: Vec<Selector>) -> Self {
        Self { select, ignore }
    }

    /// Whether the rule is on because somebody named it, and not only as one of many.
    pub fn names(&self, rule: &Rule) -> bool {
        let is_name = |selector: &Selector| selector.matches(rule) == Some(rule.meta.code.len());
        self.contains(rule) && self.select.iter().any(is_name)
    }

    /// Whether the rule is on.
    pub fn contains(&self, rule: &Rule) -> bool {
        let best = |selectors: &[Selector]| selectors.iter().filter_map(|selector| selector.matches(rule)).max();
        let selected = if self.select.is_empty() { Some(0) } else { best(&self.select) };
        selected > best(&self.ignore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extra_headers(select: &[&str], ignore: &[&str]) -> bool {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Selection::new(parse(select), parse(ignore)).contains(crate::rules::find("WS101").unwrap())
    }

    #[test]
    fn the_more_exact_selector_wins() {
        assert!(extra_headers(&[], &[]));
        assert!(extra_headers(&["WS1"], &[]));
        assert!(extra_headers(&["WS1"], &["ALL"]));
        assert!(extra_headers(&["extra-headers"], &["ws"]));
        assert!(!extra_headers(&["WS"], &["WS1"]));
        assert!(!extra_headers(&["WS101"], &["extra-headers"]));
        assert!(!extra_headers(&[], &["ALL"]));
    }

    #[test]
    fn an_unknown_selector_names_the_nearest() {
        let message = "extra-header".parse::<Selector>().unwrap_err();
        assert!(message.contains("`extra-headers`"), "{message}");
        assert!("".parse::<Selector>().is_err());
    }
}
