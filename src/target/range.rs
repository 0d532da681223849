//! Which versions a specifier allows, in the three ways in which Python people write one.

use std::fmt;
use std::sync::LazyLock;

use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};

use super::Side;

/// The releases of websockets, oldest first, less those before 3.0, which need a Python without `async def`.
///
/// The package index has no others, and the library never went back to an older series, so a gap between two of them stays one:
/// `>13.1` is the same as `>=14.0`.
const RELEASES: &[&[u64]] = &[
    &[3, 0],
    &[3, 1],
    &[3, 2],
    &[3, 3],
    &[3, 4],
    &[4, 0, 1],
    &[5, 0],
    &[5, 0, 1],
    &[6, 0],
    &[7, 0],
    &[8, 0],
    &[8, 0, 1],
    &[8, 0, 2],
    &[8, 1],
    &[9, 0],
    &[9, 0, 1],
    &[9, 0, 2],
    &[9, 1],
    &[10, 0],
    &[10, 1],
    &[10, 2],
    &[10, 3],
    &[10, 4],
    &[11, 0],
    &[11, 0, 1],
    &[11, 0, 2],
    &[11, 0, 3],
    &[12, 0],
    &[13, 0],
    &[13, 0, 1],
    &[13, 1],
    &[14, 0],
    &[14, 1],
    &[14, 2],
    &[15, 0],
    &[15, 0, 1],
    &[16, 0],
    &[16, 1],
    &[16, 1, 1],
    &[17, 0],
    &[17, 0, 1],
    &[17, 1],
    &[17, 2],
    &[17, 3],
    &[17, 4],
];

static KNOWN: LazyLock<Vec<Version>> =
    LazyLock::new(|| RELEASES.iter().map(|release| Version::new(release.iter().copied())).collect());

/// Stands for every version that is not out yet.
const FUTURE: u64 = 1_000_000;

/// The first major version with the new API under the old names.
const MODERN: u64 = 14;

/// How a specifier is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `>=10,<14`, as pip reads it.
    Pep440,
    /// The same and `^10`, `~10.1`, `10.*`, `>=10 <14`, `^10 || ^14`.
    Poetry,
    /// The same and `=10.4`, which stands for `10.4.*`, `10.4|>=12` and a build behind a second `=`.
    Conda,
}

/// The versions that a project allows: one specifier, or several of which one must hold, as with environment markers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range(Vec<VersionSpecifiers>);

/// More are not told apart: `^9 || ^10` has two.
const MOST_ALTERNATIVES: usize = 256;

impl Range {
    /// Every version.
    pub fn any() -> Self {
        Self(vec![VersionSpecifiers::empty()])
    }

    /// Reads what pip reads, `>=14.2,<18`.
    ///
    /// # Errors
    /// A sentence that names the part which is no version specifier.
    pub fn pep440(text: &str) -> Result<Self, String> {
        Self::parse(text, Dialect::Pep440)
    }

    pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Self, String> {
        let alternatives: Vec<&str> = match dialect {
            Dialect::Pep440 => vec![text],
            Dialect::Poetry | Dialect::Conda => text.split('|').filter(|part| !part.trim().is_empty()).collect(),
        };
        if alternatives.is_empty() {
            return Ok(Self::any());
        }
        let specifiers = |part: &str| -> Result<VersionSpecifiers, String> {
            let mut all = Vec::new();
            for clause in clauses(part, dialect) {
                all.extend(read_clause(clause, dialect)?);
            }
            Ok(all.into_iter().collect())
        };
        alternatives.into_iter().map(specifiers).collect::<Result<_, _>>().map(Self)
    }

    /// Whether nothing is excluded.
    pub fn is_any(&self) -> bool {
        self.0.iter().any(VersionSpecifiers::is_empty)
    }

    /// Whether `version` is allowed.
    pub fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|specifiers| specifiers.contains(version))
    }

    /// The newest release below `version` that is allowed; without one, a version below it that the specifier names.
    pub fn below(&self, version: &Version) -> Option<Version> {
        let allowed = |other: &&Version| *other < version && self.contains(other);
        let known = KNOWN.iter().rev().find(allowed).cloned();
        known.or_else(|| self.named().filter(|other| other < version && self.contains(other)).max())
    }

    /// What both allow.
    pub fn and(&self, other: &Self) -> Self {
        // Nobody writes so many on purpose; each declaration would double them.
        if self.0.len() * other.0.len() > MOST_ALTERNATIVES {
            return self.clone();
        }
        let mut both = Self(Vec::new());
        for (left, right) in self.0.iter().flat_map(|left| other.0.iter().map(move |right| (left, right))) {
            let new = right.iter().filter(|one| !left.iter().any(|known| known == *one));
            let alternative: VersionSpecifiers = left.iter().chain(new).cloned().collect();
            if !both.0.contains(&alternative) {
                both.0.push(alternative);
            }
        }
        both
    }

    /// What one of them allows.
    pub(super) fn or(mut self, other: Self) -> Self {
        for specifiers in other.0 {
            if !self.0.contains(&specifiers) {
                self.0.push(specifiers);
            }
        }
        self
    }

    /// The sides of 14.0 on which it allows versions; `None` when it allows none at all.
    ///
    /// Decided on the real releases. Where they say nothing (`==14.0.7`, `>=18`), on the versions that the specifier itself
    /// names and those right behind them.
    pub fn side(&self) -> Option<Side> {
        let (mut old, mut new) = (false, self.contains(&Version::new([FUTURE])));
        for version in KNOWN.iter().filter(|version| self.contains(version)) {
            if is_modern(version) { new = true } else { old = true }
        }
        if !old && !new {
            for version in self.named().filter(|version| self.contains(version)) {
                if is_modern(&version) { new = true } else { old = true }
            }
        }
        match (old, new) {
            (false, false) => None,
            (false, true) => Some(Side::Modern),
            (true, true) => Some(Side::Both),
            (true, false) => Some(Side::Legacy),
        }
    }

    /// The oldest allowed release; without one, the oldest allowed version that the specifier names.
    pub fn floor(&self) -> Option<Version> {
        let known = KNOWN.iter().find(|version| self.contains(version)).cloned();
        known.or_else(|| self.named().filter(|version| self.contains(version)).min())
    }

    /// Whether a version that is not older than `version` is allowed.
    pub fn reaches(&self, version: &Version) -> bool {
        self.contains(&Version::new([FUTURE]))
            || KNOWN.iter().cloned().chain(self.named()).any(|known| known >= *version && self.contains(&known))
    }

    /// The one specifier, when there is just one.
    pub fn specifiers(&self) -> Option<&VersionSpecifiers> {
        self.0.first().filter(|_| self.0.len() == 1)
    }

    /// The versions in the specifiers, and for each of them the next one that an open bound would let in.
    fn named(&self) -> impl Iterator<Item = Version> {
        self.0.iter().flat_map(|specifiers| specifiers.iter()).flat_map(|specifier| {
            let version = specifier.version();
            let versions = [version.clone(), Version::new(version.release().iter().copied().chain([1]))];
            // Another epoch would be another numbering altogether.
            versions.into_iter().filter(|_| version.epoch() == 0)
        })
    }
}

/// A pre-release of 14.0 has the API of 14.0, although PEP 440 sorts it before.
fn is_modern(version: &Version) -> bool {
    version.release().first().is_some_and(|major| *major >= MODERN)
}

/// `>=10,<14 or ==15.*`; nothing for every version.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_any() {
            return Ok(());
        }
        for (index, specifiers) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" or ")?;
            }
            for (index, specifier) in specifiers.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                write!(f, "{comma}{specifier}")?;
            }
        }
        Ok(())
    }
}

/// The parts that must hold together. Poetry reads a space like a comma, but not the one behind an operator.
pub(super) fn clauses(text: &str, dialect: Dialect) -> Vec<&str> {
    let mut clauses = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        if dialect != Dialect::Poetry {
            clauses.push(part);
            continue;
        }
        let mut rest = part;
        while !rest.is_empty() {
            let (operator, _) = split_operator(rest);
            let version_at = rest.len() - rest.get(operator.len()..).unwrap_or_default().trim_start().len();
            let version = rest.get(version_at..).unwrap_or_default();
            let end = version_at + version.find(char::is_whitespace).unwrap_or(version.len());
            clauses.push(rest.get(..end).unwrap_or_default());
            rest = rest.get(end..).unwrap_or_default().trim_start();
        }
    }
    clauses
}

pub(super) fn split_operator(clause: &str) -> (&str, &str) {
    let end = clause.find(|c| !"^~<>=!".contains(c)).unwrap_or(clause.len());
    let (operator, version) = clause.split_at(end);
    (operator, version.trim())
}

fn read_clause(clause: &str, dialect: Dialect) -> Result<Vec<VersionSpecifier>, String> {
    let (operator, version) = split_operator(clause);
    if dialect == Dialect::Pep440 {
        // Pipenv and pdm take a bare star where pip wants nothing at all.
        return if clause == "*" { Ok(Vec::new()) } else { Ok(vec![pep440(clause)?]) };
    }
    if version == "*" {
        return Ok(Vec::new());
    }
    let (version, build) = version.split_once(['=', ' ']).map_or((version, ""), |(version, build)| (version, build));
    match operator {
        "" | "=" if dialect == Dialect::Conda => {
            let version = if version.ends_with(".*") { version } else { version.trim_end_matches('*') };
            let fuzzy = operator == "=" && build.is_empty() && !version.ends_with('*');
            Ok(vec![pep440(&format!("=={version}{}", if fuzzy { ".*" } else { "" }))?])
        }
        "" | "=" => Ok(vec![pep440(&format!("=={version}"))?]),
        "^" | "~" if dialect == Dialect::Poetry => between(version, operator == "^"),
        _ => Ok(vec![pep440(&format!("{operator}{version}"))?]),
    }
}

/// `^1.2` and `~1.2`: from that version to before the next one in the part of it that counts.
fn between(version: &str, caret: bool) -> Result<Vec<VersionSpecifier>, String> {
    let version = version.trim_end_matches(".*");
    let from = pep440(&format!(">={version}"))?;
    let release = from.version().release();
    let counts = if caret {
        release.iter().position(|part| *part > 0).unwrap_or(release.len().saturating_sub(1))
    } else {
        usize::from(release.len() > 1)
    };
    let next = release.iter().take(counts + 1).enumerate();
    let next = Version::new(next.map(|(index, part)| if index == counts { part.saturating_add(1) } else { *part }));
    let to = VersionSpecifier::less_than_version(next);
    Ok(vec![from, to])
}

fn pep440(clause: &str) -> Result<VersionSpecifier, String> {
    if clause.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("`{clause}` is not a version specifier: it has no operator, as in `>={clause}`"));
    }
    clause.parse().map_err(|error| format!("`{clause}` is not a version specifier: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dialect: Dialect) -> String {
        Range::parse(text, dialect).map_or_else(|error| error, |range| range.to_string())
    }

    #[test]
    fn poetry_is_translated() {
        for (text, expected) in [
            ("^12.0", ">=12.0,<13"),
            ("^12", ">=12,<13"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1"),
            ("^0", ">=0,<1"),
            ("~12", ">=12,<13"),
            ("~11.0", ">=11.0,<11.1"),
            ("~11.0.3", ">=11.0.3,<11.1"),
            ("~=11.0", "~=11.0"),
            ("12.*", "==12.*"),
            ("12.0", "==12.0"),
            ("=12.0", "==12.0"),
            ("== 12.0", "==12.0"),
            ("*", ""),
            ("", ""),
            (">= 10 <14", ">=10,<14"),
            (">=10 , <14", ">=10,<14"),
            ("^12 || ^14", ">=12,<13 or >=14,<15"),
            ("^12|^14", ">=12,<13 or >=14,<15"),
        ] {
            assert_eq!(read(text, Dialect::Poetry), expected, "{text}");
        }
    }

    #[test]
    fn conda_is_translated() {
        for (text, expected) in [
            ("=10.4", "==10.4.*"),
            ("==10.4", "==10.4"),
            ("10.4", "==10.4"),
            ("10.*", "==10.*"),
            ("=10.*", "==10.*"),
            ("10.4=py39h_0", "==10.4"),
            ("=10.4=py39h_0", "==10.4"),
            ("10.4 py39h_0", "==10.4"),
            (">=10,<14", ">=10,<14"),
            ("10.4|>=12", "==10.4 or >=12"),
            ("*", ""),
        ] {
            assert_eq!(read(text, Dialect::Conda), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_specifier_is_named() {
        for text in ["14", ">=abc", ">=10.*", "latest", "^14"] {
            let error = Range::pep440(text).unwrap_err();
            assert!(error.contains(text) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn ranges_combine() {
        let range = |text| Range::pep440(text).unwrap();
        assert_eq!(range(">=10").and(&range("<14")).side(), Some(Side::Legacy));
        assert_eq!(range("<10").or(range(">=14")).side(), Some(Side::Both));
        assert_eq!(range(">=14").and(&range("<14")).side(), None);
        assert_eq!(range("<=0.5,>0.4").side(), Some(Side::Legacy), "the versions that it names decide");
    }
}
