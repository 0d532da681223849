//! Which rules: `select`, `extend-select` and `ignore`, layer by layer.

use std::str::FromStr;

use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::lint::registry::RULES;
use crate::lint::rule::Rule;

/// What names rules: `ALL`, a prefix of codes (`WS`, `WS1`), a code (`WS101`) or a name (`extra-headers`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Selector(String);

impl Selector {
    /// Names every rule.
    pub fn all() -> Self {
        Self("ALL".into())
    }

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

/// How exactly some of `selectors` names `rule`; `None` where none does.
pub fn best(selectors: &[Selector], rule: &Rule) -> Option<usize> {
    selectors.iter().filter_map(|selector| selector.matches(rule)).max()
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

/// What one place (a file, the command line) says about rules.
#[derive(Debug, Clone, Copy, Default)]
pub struct Preference<'a> {
    /// These and no others; `None` leaves it to what is said elsewhere.
    pub select: Option<&'a [Selector]>,
    /// These too.
    pub extend_select: &'a [Selector],
    /// Not these.
    pub ignore: &'a [Selector],
}

impl Preference<'_> {
    /// Whether the rule is on, and the name of the setting that says so; `None` where nothing is said about it. The more exact
    /// selector counts; of two that are as exact, the one that ignores.
    pub fn decide(&self, rule: &Rule) -> Option<(bool, &'static str)> {
        let selected = self.select.and_then(|select| best(select, rule));
        let (extended, ignored) = (best(self.extend_select, rule), best(self.ignore, rule));
        if ignored.is_some() && ignored >= selected.max(extended) {
            Some((false, "ignore"))
        } else if extended > selected {
            Some((true, "extend-select"))
        } else if selected.is_some() {
            Some((true, "select"))
        } else {
            self.select.map(|_| (false, "select"))
        }
    }

    /// Whether the rule is selected by its own name or code, and not only as one of many.
    pub fn names(&self, rule: &Rule) -> bool {
        let selectors = self.select.unwrap_or_default().iter().chain(self.extend_select);
        selectors.into_iter().any(|selector| selector.matches(rule) == Some(rule.meta.code.len()))
    }
}

/// The rules that are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(FxHashSet<&'static str>);

impl Selection {
    /// The last layer that says something about a rule decides; one that nobody says anything about is off.
    pub fn new(layers: &[Preference<'_>]) -> Self {
        let is_on = |rule: &&Rule| {
            let decided = layers.iter().rev().find_map(|layer| layer.decide(rule));
            decided.is_some_and(|(on, _)| on)
        };
        Self(RULES.iter().filter(is_on).map(|rule| rule.meta.code).collect())
    }

    /// Whether the rule is on.
    pub fn contains(&self, rule: &Rule) -> bool {
        self.0.contains(rule.meta.code)
    }

    /// The same without some rules.
    pub fn without(&self, selectors: &[&Selector]) -> Self {
        let stays = |code: &&&'static str| {
            let rule = RULES.iter().find(|rule| rule.meta.code == **code);
            !rule.is_some_and(|rule| selectors.iter().any(|selector| selector.matches(rule).is_some()))
        };
        Self(self.0.iter().filter(stays).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extra_headers(select: &[&str], ignore: &[&str]) -> bool {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        let (all, select, ignore) = (parse(&["ALL"]), parse(select), parse(ignore));
        let base = Preference { select: Some(&all), ..Preference::default() };
        let select = (!select.is_empty()).then_some(select.as_slice());
        let layers = [base, Preference { select, ignore: &ignore, extend_select: &[] }];
        Selection::new(&layers).contains(crate::lint::registry::find("WS101").unwrap())
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
    fn the_later_layer_wins() {
        let parse = |text: &str| vec![text.parse::<Selector>().unwrap()];
        let rule = crate::lint::registry::find("WS101").unwrap();
        let (all, exact, prefix) = (parse("ALL"), parse("WS101"), parse("WS1"));
        let base = Preference { select: Some(&all), ..Preference::default() };
        let without = Preference { ignore: &exact, ..Preference::default() };
        let with = Preference { extend_select: &prefix, ..Preference::default() };
        assert!(!Selection::new(&[base, without]).contains(rule));
        assert!(Selection::new(&[base, without, with]).contains(rule), "though the earlier one is more exact");
        assert!(!Selection::new(&[base, with, without]).contains(rule));
        let others = Preference { select: Some(&[]), extend_select: &prefix, ignore: &[] };
        assert_eq!(others.decide(rule), Some((true, "extend-select")));
        assert_eq!(others.decide(crate::lint::registry::find("WS201").unwrap()), Some((false, "select")));
    }

    #[test]
    fn an_unknown_selector_names_the_nearest() {
        let message = "extra-header".parse::<Selector>().unwrap_err();
        assert!(message.contains("`extra-headers`"), "{message}");
        assert!("".parse::<Selector>().is_err());
    }
}
