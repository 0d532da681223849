//! What stays of a finding when lines move: its file, its rule, and the text of its line.

use crate::lint::rule::Finding;
use crate::text::source::Source;

/// Longer lines are told apart by their beginning.
const MOST_CHARACTERS: usize = 200;

/// The line of a finding, with one blank where there are several.
pub fn line_text(source: &Source, finding: &Finding) -> String {
    let line = source.lines().line_index(finding.range.start());
    let text = source.slice(source.lines().line_range(line, source.text()));
    let mut words = String::new();
    for word in text.trim_start_matches('\u{feff}').split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.len() > MOST_CHARACTERS {
            break;
        }
    }
    words.chars().take(MOST_CHARACTERS).collect()
}
