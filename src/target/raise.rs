//! A version constraint with a higher floor, written as its author writes them.
//!
//! Upper bounds stay as long as they leave something; where they do not, they were there to keep the new API out, and go.

use pep440_rs::Version;

use super::range::{Dialect, clauses, split_operator};
use super::{Range, Side};

/// The constraint `text` without what is below `floor`. Where an upper bound had to go, `cap` takes its place. `None` where that is not
/// possible.
pub(super) fn raise(text: &str, dialect: Dialect, floor: &Version, cap: Option<&str>) -> Option<String> {
    Range::parse(text, dialect).ok()?;
    let lowest = format!(">={floor}");
    let alternatives: Vec<&str> = match dialect {
        Dialect::Pep440 => vec![text],
        Dialect::Poetry | Dialect::Conda => text.split('|').filter(|part| !part.trim().is_empty()).collect(),
    };
    let kept: Vec<String> = alternatives.iter().filter_map(|part| raise_one(part, dialect, floor, &lowest)).collect();
    let raised = match kept.as_slice() {
        [] => match cap.filter(|_| !text.trim().is_empty()) {
            Some(cap) => format!("{lowest},{cap}"),
            None => lowest,
        },
        kept => kept.join(if dialect == Dialect::Poetry { " || " } else { "|" }),
    };
    let range = Range::parse(&raised, dialect).ok()?;
    (range.side() == Some(Side::Modern) || range.side() == Some(Side::Both)).then_some(())?;
    (range.reaches(floor) && range.below(floor).is_none()).then_some(raised)
}

/// The constraint `text` without what keeps 14.0 and newer out: `<14` goes, `==10.4` becomes `>=10.4`. `None` where that is not possible.
pub(super) fn open(text: &str, dialect: Dialect) -> Option<String> {
    Range::parse(text, dialect).ok()?;
    if text.contains('|') {
        return None;
    }
    let written = clauses(text, dialect);
    let modern = Version::new([14, 2]);
    let mut kept: Vec<String> = Vec::new();
    for clause in &written {
        if Range::parse(clause, dialect).ok()?.reaches(&modern) {
            kept.push((*clause).to_owned());
            continue;
        }
        let (operator, version) = split_operator(clause);
        let version = version.split(['=', ' ']).next().unwrap_or_default().trim_end_matches(['*', '.']);
        if !operator.starts_with('<') && !version.is_empty() {
            kept.push(format!(">={version}"));
        }
    }
    let opened = kept.join(separator(text, &written));
    let range = Range::parse(&opened, dialect).ok()?;
    (!opened.is_empty() && range.side() == Some(Side::Both) && opened != text).then_some(opened)
}

/// One alternative; `None` where nothing of it is left.
fn raise_one(text: &str, dialect: Dialect, floor: &Version, lowest: &str) -> Option<String> {
    if !Range::parse(text, dialect).ok()?.reaches(floor) {
        return None;
    }
    let written = clauses(text, dialect);
    let mut kept: Vec<String> = Vec::new();
    let mut has_floor = false;
    for clause in &written {
        let alone = Range::parse(clause, dialect).ok()?;
        let (operator, version) = split_operator(clause);
        let is_above = alone.below(floor).is_none();
        match operator {
            ">=" | ">" if is_above => {
                has_floor = true;
                kept.push((*clause).to_owned());
            }
            ">=" | ">" if has_floor => {}
            ">=" | ">" => {
                has_floor = true;
                let space = clause.strip_prefix(operator).is_some_and(|rest| rest.starts_with(' '));
                kept.push(format!(">={}{floor}", if space { " " } else { "" }));
            }
            // What is below the floor needs no exclusion of its own.
            "!=" => {
                let named = version.trim_end_matches(".*").parse::<Version>().ok();
                kept.extend(named.filter(|named| named >= floor).map(|_| (*clause).to_owned()));
            }
            "~=" | "^" if !is_above && floor.release().len() == 2 => {
                has_floor = true;
                kept.push(format!("{operator}{floor}"));
            }
            _ if version == "*" => {}
            _ => {
                has_floor |= is_above;
                kept.push((*clause).to_owned());
            }
        }
    }
    if !has_floor {
        kept.insert(0, lowest.to_owned());
    }
    Some(kept.join(separator(text, &written)))
}

/// What stands between the first two clauses.
fn separator<'t>(text: &'t str, clauses: &[&str]) -> &'t str {
    let between = || {
        let [first, second, ..] = clauses else { return None };
        let start = text.find(first)? + first.len();
        let end = start + text.get(start..)?.find(second)?;
        text.get(start..end)
    };
    between().unwrap_or(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(text: &str, dialect: Dialect, floor: &str, cap: Option<&str>) -> String {
        raise(text, dialect, &floor.parse().unwrap(), cap).unwrap_or_else(|| "no".to_owned())
    }

    #[test]
    fn the_rest_of_a_constraint_stays() {
        for (text, expected) in [
            ("", ">=14.2"),
            ("*", ">=14.2"),
            (">=10", ">=14.2"),
            (">=10,<18", ">=14.2,<18"),
            ("<18,>=10", "<18,>=14.2"),
            (">= 10 , < 18", ">= 14.2 , < 18"),
            (">=10,<14", ">=14.2"),
            ("<14", ">=14.2"),
            ("<=14.0", ">=14.2"),
            ("<18", ">=14.2,<18"),
            (">=10,!=11.0,!=15.0,<18", ">=14.2,!=15.0,<18"),
            (">=10,>=11", ">=14.2"),
            (">=10,>=15", ">=14.2,>=15"),
            ("==10.4", ">=14.2"),
            ("===10.4", ">=14.2"),
            ("==10.*", ">=14.2"),
            ("==14.*", ">=14.2,==14.*"),
            ("~=10.4", ">=14.2"),
            ("~=14.0", "~=14.2"),
            ("~=14.0.0", ">=14.2"),
            (">13.1", ">=14.2"),
            (">=14.0", ">=14.2"),
            (">=15", ">=15"),
        ] {
            assert_eq!(raised(text, Dialect::Pep440, "14.2", None), expected, "{text}");
        }
    }

    #[test]
    fn every_dialect_keeps_its_words() {
        for (text, expected) in [
            ("^10.4", ">=14.2"),
            ("^14.0", "^14.2"),
            ("^14", "^14.2"),
            ("~14.1", ">=14.2"),
            (">=10 <18", ">=14.2 <18"),
            ("^12 || ^14", "^14.2"),
            ("^12 || ^14 || ^15", "^14.2 || ^15"),
            ("10.*", ">=14.2"),
        ] {
            assert_eq!(raised(text, Dialect::Poetry, "14.2", None), expected, "{text}");
        }
        for (text, expected) in
            [("=10.4", ">=14.2"), ("10.4=py39h_0", ">=14.2"), (">=10,<18", ">=14.2,<18"), ("10.4|>=12", ">=14.2")]
        {
            assert_eq!(raised(text, Dialect::Conda, "14.2", None), expected, "{text}");
        }
    }

    #[test]
    fn a_cap_takes_the_place_of_a_bound_that_was_in_the_way() {
        assert_eq!(raised(">=10,<14", Dialect::Pep440, "14.2", Some("<18")), ">=14.2,<18");
        assert_eq!(raised(">=10,<16", Dialect::Pep440, "14.2", Some("<18")), ">=14.2,<16");
        assert_eq!(raised("", Dialect::Pep440, "14.2", Some("<18")), ">=14.2");
        assert_eq!(raised(">=10", Dialect::Pep440, "15.0.1", None), ">=15.0.1");
        assert_eq!(raised("~=15.0", Dialect::Pep440, "15.0.1", None), ">=15.0.1,~=15.0");
    }

    #[test]
    fn a_bound_that_keeps_the_new_api_out_goes() {
        let opened = |text, dialect| open(text, dialect).unwrap_or_else(|| "no".to_owned());
        for (text, expected) in [
            (">=10,<14", ">=10"),
            (">=10, !=11.0, <14", ">=10, !=11.0"),
            ("==10.4", ">=10.4"),
            ("~=10.4", ">=10.4"),
            ("==12.*", ">=12"),
            ("<14", "no"),
            (">=10", "no"),
            (">=14.2", "no"),
        ] {
            assert_eq!(opened(text, Dialect::Pep440), expected, "{text}");
        }
        assert_eq!(opened("^12.0", Dialect::Poetry), ">=12.0");
        assert_eq!(opened("^12 || ^13", Dialect::Poetry), "no");
        assert_eq!(opened("=10.4", Dialect::Conda), ">=10.4");
    }

    #[test]
    fn what_is_no_constraint_is_left_alone() {
        for text in [">=abc", "latest", ">=10.*"] {
            assert_eq!(raised(text, Dialect::Pep440, "14.2", None), "no", "{text}");
        }
    }
}
