//! Draws a finding: the message, the lines around it with what is named underlined, and the help.
//!
//! ```text
//!   × what is wrong
//!    ╭─[app.py:3:9]
//!  3 │ connect(url, timeout=5)
//!    ·              ───┬───
//!    ·                 ╰── what to say about it
//!    ╰────
//!   help: what to do
//! ```

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::lint::rule::{Elsewhere, Finding, Severity};
use crate::report::excerpt::Excerpt;
use crate::report::{Paint, Terminal, View, full};

/// Columns up to the next of which a tab goes.
const TAB: usize = 4;

/// What the colours of marks change with, so that two of them can be told apart.
const MARKS: [Paint; 3] = [Paint::First, Paint::Second, Paint::Third];

/// The characters of frames and marks.
struct Characters {
    error: &'static str,
    warning: &'static str,
    info: &'static str,
    down: char,
    across: char,
    top: char,
    bottom: char,
    gap: char,
    under: char,
    branch: char,
    point: char,
}

const UNICODE: Characters = Characters {
    error: "×",
    warning: "⚠",
    info: "☞",
    down: '│',
    across: '─',
    top: '╭',
    bottom: '╰',
    gap: '·',
    under: '─',
    branch: '┬',
    point: '▲',
};

const ASCII: Characters = Characters {
    error: "x",
    warning: "!",
    info: ">",
    down: '|',
    across: '-',
    top: ',',
    bottom: '`',
    gap: ':',
    under: '^',
    branch: '|',
    point: '^',
};

/// Something that is underlined in a line.
struct Mark<'a> {
    start: usize,
    end: usize,
    label: Option<&'a str>,
    paint: Paint,
}

impl Mark<'_> {
    /// The column below which the label hangs.
    fn middle(&self) -> usize {
        self.start + (self.end - self.start) / 2
    }
}

/// The finding as it is shown, with a line break at its end.
pub fn draw(finding: &Finding, excerpt: &Excerpt, view: &View) -> String {
    let terminal = view.terminal;
    let characters = if terminal.unicode { &UNICODE } else { &ASCII };
    let paint = full::paint(finding.severity);
    let sign = match finding.severity {
        Severity::Error => characters.error,
        Severity::Warning => characters.warning,
        Severity::Info => characters.info,
    };
    let mut out = String::new();
    let first = format!("  {} ", terminal.paint(paint, sign));
    let others = format!("  {} ", terminal.paint(paint, &characters.down.to_string()));
    push_wrapped(&mut out, &finding.message, (&first, &others), 4, terminal);
    draw_lines(&mut out, finding, excerpt, characters, terminal);
    draw_elsewhere(&mut out, finding, excerpt, characters, view);
    if let Some(help) = &finding.help {
        push_wrapped(&mut out, help, (&terminal.paint(Paint::Info, "  help: "), "        "), 8, terminal);
    }
    out
}

/// The groups of lines, each in a frame.
fn draw_lines(out: &mut String, finding: &Finding, excerpt: &Excerpt, characters: &Characters, terminal: Terminal) {
    let last = excerpt.rows().map(|row| row.number).max().unwrap_or_default();
    let width = last.to_string().len();
    let label = |at: usize| match at.checked_sub(1) {
        None => finding.here.as_deref(),
        Some(at) => finding.labels.get(at).map(|label| label.text.as_str()),
    };
    let Characters { down, across, top, bottom, .. } = characters;
    for group in excerpt.groups() {
        let name = terminal.paint(Paint::Place, group.name);
        let _ = writeln!(out, " {:width$} {top}{across}[{name}]", "");
        for row in &group.rows {
            let number = terminal.paint(Paint::Dim, &format!("{:>width$}", row.number));
            let line = format!(" {number} {down} {}", expanded(row.text));
            let _ = writeln!(out, "{}", line.trim_end());
            let mut marks: Vec<Mark> = row
                .places
                .iter()
                .map(|(at, place)| {
                    let column = |offset: usize| expanded(row.text.get(..offset).unwrap_or_default()).width();
                    let (start, end) = (column(place.start), column(place.end));
                    Mark { start, end, label: label(*at), paint: MARKS[at % MARKS.len()] }
                })
                .collect();
            marks.sort_by_key(|mark| (mark.start, mark.end));
            draw_marks(out, &marks, width, characters, terminal);
        }
        let frame: String = std::iter::repeat_n(across, 4).collect();
        let _ = writeln!(out, " {:width$} {bottom}{frame}", "");
    }
}

/// What is in other files, a line each.
fn draw_elsewhere(out: &mut String, finding: &Finding, excerpt: &Excerpt, characters: &Characters, view: &View) {
    let Characters { down, across, top, bottom, gap, .. } = characters;
    let own = excerpt.rows().map(|row| row.number).max().unwrap_or_default();
    for (at, Elsewhere { path, line, code, text }) in finding.elsewhere.iter().enumerate() {
        let width = own.max(*line).to_string().len();
        let paint = MARKS[(at + 1) % MARKS.len()];
        let terminal = view.terminal;
        let name = terminal.paint(Paint::Place, &format!("{}:{line}", view.path(path)));
        let number = terminal.paint(Paint::Dim, &format!("{line:>width$}"));
        let frame: String = std::iter::repeat_n(across, 4).collect();
        let _ = writeln!(out, " {:width$} {top}{across}[{name}]", "");
        let _ = writeln!(out, " {number} {down} {code}");
        let _ = writeln!(out, " {:width$} {gap} {}", "", terminal.paint(paint, text));
        let _ = writeln!(out, " {:width$} {bottom}{frame}", "");
    }
}

/// The underlines of one line, and below them their labels, the last one first.
fn draw_marks(out: &mut String, marks: &[Mark], width: usize, characters: &Characters, terminal: Terminal) {
    if marks.is_empty() {
        return;
    }
    let begin = |out: &mut String| {
        let _ = write!(out, " {:width$} {} ", "", characters.gap);
    };
    begin(out);
    let mut column = 0;
    for mark in marks {
        let start = mark.start.max(column);
        if start >= mark.end && mark.start < mark.end {
            continue;
        }
        let line: String = if mark.start == mark.end {
            characters.point.to_string()
        } else {
            let branches = |at: usize| mark.label.is_some() && at == mark.middle();
            (start..mark.end).map(|at| if branches(at) { characters.branch } else { characters.under }).collect()
        };
        let _ = write!(out, "{:1$}", "", start - column);
        column = start + line.width();
        out.push_str(&terminal.paint(mark.paint, &line));
    }
    out.push('\n');
    let mut open: Vec<(&Mark, &str)> = marks.iter().filter_map(|mark| Some((mark, mark.label?))).collect();
    open.sort_by_key(|(mark, _)| mark.middle());
    while let Some((mark, label)) = open.pop() {
        begin(out);
        let mut column = 0;
        for (other, _) in open.iter().filter(|(other, _)| other.middle() < mark.middle()) {
            if other.middle() < column {
                continue;
            }
            let _ = write!(out, "{:1$}", "", other.middle() - column);
            out.push_str(&terminal.paint(other.paint, &characters.down.to_string()));
            column = other.middle() + 1;
        }
        let _ = write!(out, "{:1$}", "", mark.middle() - column);
        let Characters { bottom, across, .. } = characters;
        let _ = writeln!(out, "{}", terminal.paint(mark.paint, &format!("{bottom}{across}{across} {label}")));
    }
}

/// A line with blanks in the place of tabs.
fn expanded(text: &str) -> String {
    let mut line = String::new();
    let mut column = 0;
    for character in text.chars() {
        if character == '\t' {
            let blanks = TAB - column % TAB;
            line.extend(std::iter::repeat_n(' ', blanks));
            column += blanks;
        } else {
            line.push(character);
            column += character.width().unwrap_or_default();
        }
    }
    line
}

/// `text` in lines that fit, behind `first` and `others`, which take `indent` columns. A line that begins with blanks is code, and
/// stays as it is.
fn push_wrapped(out: &mut String, text: &str, (first, others): (&str, &str), indent: usize, terminal: Terminal) {
    let room = terminal.width.saturating_sub(indent + 1);
    let mut lead = first;
    let mut push = |line: &str| {
        let line = format!("{lead}{line}");
        out.push_str(line.trim_end());
        out.push('\n');
        lead = others;
    };
    for paragraph in text.split('\n') {
        if paragraph.starts_with(' ') {
            push(paragraph);
            continue;
        }
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.width() + 1 + word.width() > room {
                push(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        push(&line);
    }
}
