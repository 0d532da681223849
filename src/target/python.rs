//! The oldest Python of a project, found without parsing the file around it.

use pep440_rs::{Operator, VersionSpecifier};

use super::range::{Dialect, Range};

/// The keys that hold it: PEP 621, PDM and flit; setuptools; Poetry, in its table of dependencies.
const KEYS: &[(&str, Option<&str>)] =
    &[("requires-python", None), ("python_requires", None), ("python", Some("[tool.poetry.dependencies]"))];

/// The oldest Python that the text of a metadata file asks for.
pub(super) fn floor(text: &str) -> Option<(u8, u8)> {
    if KEYS.iter().all(|(key, _)| memchr::memmem::find(text.as_bytes(), key.as_bytes()).is_none()) {
        return None;
    }
    let mut table = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            table = line;
        }
        for (key, within) in KEYS {
            let value = line.strip_prefix(key).map(str::trim_start).and_then(|rest| rest.strip_prefix('='));
            if let (Some(value), true) = (value, within.is_none_or(|within| within == table)) {
                return specifier(value);
            }
        }
    }
    None
}

/// The lower bound of `">=3.8"`, with or without quotes and whatever follows them.
fn specifier(value: &str) -> Option<(u8, u8)> {
    let value = value.trim_start();
    let quote = value.chars().next()?;
    let text = match value.strip_prefix(['"', '\'']) {
        Some(rest) => rest.split_once(quote)?.0,
        None => value.trim_end_matches(','),
    };
    let range = Range::parse(text, Dialect::Poetry).ok()?;
    let bounds = range.specifiers()?.iter().filter_map(lower_bound);
    bounds.max()
}

fn lower_bound(specifier: &VersionSpecifier) -> Option<(u8, u8)> {
    use Operator::{Equal, EqualStar, ExactEqual, GreaterThan, GreaterThanEqual, TildeEqual};
    if !matches!(specifier.operator(), Equal | EqualStar | ExactEqual | GreaterThan | GreaterThanEqual | TildeEqual) {
        return None;
    }
    let release = specifier.version().release();
    let part = |index: usize| u8::try_from(release.get(index).copied().unwrap_or(0)).ok();
    Some((part(0)?, part(1)?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_lower_bound_is_found_where_it_is_written() {
        for (text, expected) in [
            ("[project]\nrequires-python = \">=3.8\"\n", Some((3, 8))),
            ("requires-python = '>=3.9,<4' # c\n", Some((3, 9))),
            ("[options]\npython_requires = >=3.7\n", Some((3, 7))),
            ("setup(\n    python_requires=\">=3.6, !=3.7.*\",\n)", Some((3, 6))),
            ("[tool.poetry.dependencies]\npython = \"^3.10\"\n", Some((3, 10))),
            ("[tool.poetry.dependencies]\npython = \"~3.11.2\"\n", Some((3, 11))),
            ("[tool.other]\npython = \"^3.10\"\n", None),
            ("requires-python = \"<3.12\"\n", None),
            ("requires-python = \"nonsense\"\n", None),
            ("requires-python =", None),
        ] {
            assert_eq!(super::floor(text), expected, "{text}");
        }
    }
}
