//! Writes `# noqa: WS101` for what is found, where a comment has room.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::edit::Edit;
use crate::rule::Check;
use crate::run::FileFindings;
use crate::source::Source;
use crate::suppress::comment;
use crate::suppress::lines::{self, Lines};

/// The edits that suppress the findings of a file, in order, and how many findings that are. A file that is not valid Python gets none:
/// nobody knows where its comments are.
pub fn edits(file: &FileFindings) -> (Vec<Edit>, usize) {
    let FileFindings { source, findings } = file;
    let parsed = source.parse();
    if !parsed.errors().is_empty() {
        return (Vec::new(), 0);
    }
    let lines = Lines::new(source, parsed.tokens());
    let comments = comments(source, parsed.tokens());
    let mut rows = BTreeMap::<usize, BTreeSet<&str>>::new();
    let mut count = 0;
    for finding in findings {
        // A comment about a comment helps nobody.
        if finding.rule.is_some_and(|rule| !matches!(rule.check, Check::Unused(_))) {
            rows.entry(lines.room(source, finding.range.start())).or_default().insert(finding.code());
            count += 1;
        }
    }
    let edits = rows.into_iter().map(|(row, codes)| match comments.get(&row) {
        Some(comment) => extend(source, *comment, &codes),
        None => append(source, lines::range(source, row), &codes),
    });
    (edits.collect(), count)
}

fn comments(source: &Source, tokens: &Tokens) -> FxHashMap<usize, TextRange> {
    let comments = tokens.iter().filter(|token| token.kind() == TokenKind::Comment);
    comments.map(|token| (lines::row(source, token.start()), token.range())).collect()
}

/// Adds to the codes of a comment, or a `noqa` behind it.
fn extend(source: &Source, range: TextRange, codes: &BTreeSet<&str>) -> Edit {
    let (directives, _) = comment::parse(source.slice(range), range.start());
    let named = directives.iter().filter(|directive| directive.is_noqa).find_map(|directive| {
        let last = directive.codes.last()?;
        let before = directive.codes.len().checked_sub(2).and_then(|at| directive.codes.get(at));
        Some((last.range, before.map(|before| TextRange::new(before.range.end(), last.range.start()))))
    });
    match named {
        Some((last, separator)) => {
            let separator = separator.map_or(", ", |range| source.slice(range));
            let added: String = codes.iter().map(|code| format!("{separator}{code}")).collect();
            Edit::insert(last.end(), added)
        }
        None => append(source, range, codes),
    }
}

/// Puts a `noqa` at the end of a line or of a comment, in the place of blanks there.
fn append(source: &Source, range: TextRange, codes: &BTreeSet<&str>) -> Edit {
    let text = source.slice(range);
    let length = TextSize::try_from(text.trim_end().len()).unwrap_or_default();
    let codes: Vec<&str> = codes.iter().copied().collect();
    Edit::replace(TextRange::new(range.start() + length, range.end()), format!("  # noqa: {}", codes.join(", ")))
}
