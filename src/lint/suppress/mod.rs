//! Comments that say what shall not be reported: `# noqa: WS101`, `# wsupgrade: ignore[WS101]`, `# wsupgrade: ignore-file`.
//!
//! What is suppressed is not fixed either, also not by the fix of another finding that would change the same place.

pub mod comment;
pub mod lines;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashSet;

use crate::lint::registry::RULES;
use crate::lint::rule::{Check, Finding, Report, Rule};
use crate::text::edit::{self, Edit};
use crate::text::source::Source;
use comment::{Directive, Mistake, SuppressedCode};
use lines::Lines;

/// What the comments of one file say.
#[derive(Debug, Default)]
pub struct Suppressions {
    /// By row: comments come in the order of the text.
    placed: Vec<Placed>,
    /// Those for the whole file, as places in `placed`.
    for_file: Vec<usize>,
    lines: Lines,
    mistakes: Vec<Mistake>,
}

/// An instruction, and the row it speaks for.
#[derive(Debug)]
struct Placed {
    directive: Directive,
    row: usize,
}

/// Findings, told apart by what the comments say.
#[derive(Debug, Default)]
pub struct Split {
    /// To be reported.
    pub kept: Vec<Finding>,
    /// Not to be reported.
    pub suppressed: Vec<Finding>,
}

/// A comment that suppresses nothing, or less than it says.
#[derive(Debug)]
pub struct Unused {
    /// The instruction.
    pub range: TextRange,
    /// As it is written.
    pub text: String,
    /// The codes that suppress nothing, as they are written; empty where it names none.
    pub codes: Vec<String>,
    /// Takes them out.
    pub edit: Edit,
}

impl Suppressions {
    /// Reads the comments of a file.
    pub fn new(source: &Source, tokens: &Tokens) -> Self {
        let mut suppressions = Self::default();
        for token in tokens.iter().filter(|token| token.kind() == TokenKind::Comment) {
            let (directives, mistakes) = comment::parse(source.slice(token.range()), token.start());
            suppressions.mistakes.extend(mistakes);
            for directive in directives {
                let next = || Lines::next_code(source, tokens, token.start());
                suppressions.place(source, directive, token.start(), next);
            }
        }
        if suppressions.placed.len() > suppressions.for_file.len() {
            suppressions.lines = Lines::new(source, tokens);
        }
        suppressions
    }

    /// Reads the comments of a file that is no Python but has comments like it: `pyproject.toml`, requirements.
    pub fn of_text(source: &Source) -> Self {
        let mut suppressions = Self::default();
        let rows = 0..source.lines().line_count();
        let text = |row| source.slice(lines::range(source, row));
        for row in rows.clone() {
            let Some(comment) = comment_of(text(row)) else { continue };
            let offset = lines::range(source, row).start() + TextSize::try_from(comment).unwrap_or_default();
            let (directives, mistakes) = comment::parse(text(row).get(comment..).unwrap_or_default(), offset);
            suppressions.mistakes.extend(mistakes);
            let is_content = |row: &usize| !text(*row).trim().is_empty() && !text(*row).trim_start().starts_with('#');
            let next = || rows.clone().skip(row + 1).find(is_content);
            for directive in directives {
                suppressions.place(source, directive, offset, next);
            }
        }
        suppressions
    }

    /// `next` is the next row that is not only a comment.
    fn place(&mut self, source: &Source, directive: Directive, comment: TextSize, next: impl Fn() -> Option<usize>) {
        let mut row = lines::row(source, comment);
        if stands_alone(source, comment) {
            if !directive.is_noqa && !directive.is_for_file {
                row = next().unwrap_or(row);
            }
        } else if directive.is_for_file {
            let message = "`ignore-file` has to be on a line of its own; here it suppresses nothing".to_owned();
            self.mistakes.push(Mistake { at: directive.range.start(), message });
            return;
        }
        if directive.is_for_file {
            self.for_file.push(self.placed.len());
        }
        self.placed.push(Placed { directive, row });
    }

    /// Tells apart what is to be reported. A finding that is not suppressed loses the certainty of its fix where that would change
    /// what a suppressed one is about.
    pub fn split(&self, source: &Source, findings: Vec<Finding>) -> Split {
        let mut split = Split::default();
        for finding in findings {
            let side = if self.covering(source, &finding).is_empty() { &mut split.kept } else { &mut split.suppressed };
            side.push(finding);
        }
        leave_alone(&mut split.kept, &split.suppressed);
        split
    }

    /// The instructions that speak about a finding, as places in `placed`.
    fn covering(&self, source: &Source, finding: &Finding) -> Vec<usize> {
        if self.placed.is_empty() {
            return Vec::new();
        }
        // The line structure of a file that is not valid Python is a guess.
        let mut rows = if finding.rule.is_some() { self.lines.around(source, finding.range) } else { Vec::new() };
        rows.sort_unstable();
        rows.dedup();
        let of_row = |row: &usize| {
            let first = self.placed.partition_point(|placed| placed.row < *row);
            first..self.placed.partition_point(|placed| placed.row <= *row)
        };
        let here = rows.iter().flat_map(of_row).filter(|at| !self.placed[*at].directive.is_for_file);
        let mut covering: Vec<usize> = here.chain(self.for_file.iter().copied()).collect();
        covering.retain(|at| self.placed[*at].directive.names(finding.code()));
        covering
    }

    /// What suppresses nothing. Rules that are not `on` were not asked, so nobody knows about them; and a `noqa` without codes may
    /// be there for another tool.
    pub fn unused(&self, source: &Source, suppressed: &[Finding], on: &dyn Fn(&Rule) -> bool) -> Vec<Finding> {
        let used: FxHashSet<(usize, &str)> = suppressed
            .iter()
            .flat_map(|finding| self.covering(source, finding).into_iter().map(|at| (at, finding.code())))
            .collect();
        let somehow: FxHashSet<usize> = used.iter().map(|(at, _)| *at).collect();
        let is_on = |code: &str| RULES.iter().any(|rule| rule.meta.code == code && on(rule));
        let mut report = Vec::new();
        for (at, Placed { directive, .. }) in self.placed.iter().enumerate() {
            let is_unused =
                |code: &&SuppressedCode| code.rule.is_some_and(|code| !used.contains(&(at, code)) && is_on(code));
            let unused: Vec<&SuppressedCode> = directive.codes.iter().filter(is_unused).collect();
            let all = directive.codes.is_empty() && !directive.is_noqa && !somehow.contains(&at);
            if all || !unused.is_empty() {
                let text = |range: TextRange| source.slice(range).to_owned();
                report.push(Unused {
                    range: directive.range,
                    text: text(directive.range),
                    codes: unused.iter().map(|code| text(code.range)).collect(),
                    edit: take_out(source, directive, &unused),
                });
            }
        }
        by_rule(&report)
    }

    /// What is wrong with the comments themselves, each with its place.
    pub fn mistakes(&self) -> impl Iterator<Item = (TextSize, &str)> {
        self.mistakes.iter().map(|mistake| (mistake.at, mistake.message.as_str()))
    }
}

/// Whether a file has a comment about rules of wsupgrade. Most files that have one also use the library; where unused comments are
/// looked for, the others count too.
pub fn is_mentioned(bytes: &[u8]) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["wsupgrade:", "noqa"]).ok());
    let names_rule = |found: aho_corasick::Match| {
        let rest = bytes.get(found.end()..).unwrap_or_default();
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_code = |word: &[u8]| word[..2].eq_ignore_ascii_case(b"WS") && word[2].is_ascii_digit();
        found.pattern().as_u32() == 0 || line.windows(3).any(is_code)
    };
    WORDS.as_ref().is_none_or(|words| words.find_iter(bytes).any(names_rule))
}

/// The rule that looks at comments.
pub fn rule() -> Option<&'static Rule> {
    RULES.iter().find(|rule| matches!(rule.check, Check::Unused(_)))
}

fn by_rule(unused: &[Unused]) -> Vec<Finding> {
    let Some(rule) = rule() else { return Vec::new() };
    let Check::Unused(check) = rule.check else { return Vec::new() };
    let mut report = Report::new(rule);
    for unused in unused {
        // `None` only says where the rule stopped looking.
        let _ = check(unused, &mut report);
    }
    report.into_findings()
}

/// Makes a suggestion of every fix that would change what a finding of `others` is about.
fn leave_alone(findings: &mut [Finding], others: &[Finding]) {
    if others.is_empty() {
        return;
    }
    let places = others.iter().map(|other| other.range).collect();
    let mut kept = edit::Untouched::new(places, others.iter().filter_map(|other| other.fix.as_ref()));
    for finding in findings {
        if let Some(fix) = finding.fix.take_if(|fix| kept.is_touched_by(fix)) {
            finding.fix = Some(fix.as_suggestion());
        }
    }
}

/// Where the comment of a line of text starts: in a URL, `#` has another meaning.
fn comment_of(line: &str) -> Option<usize> {
    let starts = line.match_indices('#').map(|(at, _)| at);
    starts
        .into_iter()
        .find(|at| line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t'])))
}

/// Whether nothing but blanks is before the comment in its line.
fn stands_alone(source: &Source, comment: TextSize) -> bool {
    let before = source.text().get(..comment.to_usize()).unwrap_or_default();
    let line = before.rfind(['\n', '\r']).map_or(before, |at| before.get(at + 1..).unwrap_or_default());
    line.trim_start_matches('\u{feff}').trim().is_empty()
}

/// The edit that takes codes out of a directive, or all of it where none would be left.
fn take_out(source: &Source, directive: &Directive, unused: &[&SuppressedCode]) -> Edit {
    let left: Vec<&SuppressedCode> = directive.codes.iter().filter(|code| !unused.contains(code)).collect();
    let (Some(first), Some(last)) = (directive.codes.first(), directive.codes.last()) else {
        return Edit::delete(whole(source, directive.range));
    };
    if left.is_empty() {
        return Edit::delete(whole(source, directive.range));
    }
    let separator = directive.codes.get(1).map(|second| TextRange::new(first.range.end(), second.range.start()));
    let separator = separator.map_or(", ", |range| source.slice(range));
    let left: Vec<&str> = left.iter().map(|code| source.slice(code.range)).collect();
    Edit::replace(TextRange::new(first.range.start(), last.range.end()), left.join(separator))
}

/// A directive with the blanks around it that nobody needs without it, and with its line where it is alone there.
fn whole(source: &Source, range: TextRange) -> TextRange {
    let text = source.text();
    let (start, end) = (range.start().to_usize(), range.end().to_usize());
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let blank = |c: char| c == ' ' || c == '\t';
    let rest = after.trim_start_matches(blank);
    let size = |bytes: usize| TextSize::try_from(bytes).unwrap_or_default();
    // Another comment follows: it takes the place of this one.
    if rest.starts_with('#') {
        return TextRange::new(range.start(), size(text.len() - rest.len()));
    }
    let kept = before.trim_end_matches(blank);
    if stands_alone(source, range.start()) && !kept.ends_with('\u{feff}') {
        let ending = ["\r\n", "\n", "\r"].iter().find(|ending| rest.starts_with(**ending)).map_or(0, |it| it.len());
        return TextRange::new(size(kept.len()), size(text.len() - rest.len() + ending));
    }
    TextRange::new(size(kept.len()), size(text.len() - rest.len()))
}
