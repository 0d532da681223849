//! What the terminal can show: colours, box drawing, how many columns.

use std::env;
use std::io::{IsTerminal as _, stdout};

use clap::ValueEnum;

/// Narrower terminals get wrapped lines, wider ones are no easier to read.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=100;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// When standard output is a terminal, unless `NO_COLOR` is set.
    Auto,
    /// In any case.
    Always,
    /// Not at all.
    Never,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each can be there without the others")]
pub struct Terminal {
    /// ANSI colours.
    pub color: bool,
    /// Links (OSC 8).
    pub hyperlinks: bool,
    /// Box drawing.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// Whether somebody looks at it, and no program or file gets it.
    pub is_watched: bool,
}

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Wrong, or removed.
    Error,
    /// Should change.
    Warning,
    /// Good to know.
    Info,
    /// Good, or added.
    Good,
    /// Names.
    Strong,
    /// What is between.
    Dim,
    /// Where something is.
    Place,
    /// The first of several marks.
    First,
    /// The second of several marks.
    Second,
    /// The third of several marks.
    Third,
}

impl Terminal {
    /// A plain one, for files and pipes.
    pub const PLAIN: Self =
        Self { color: false, hyperlinks: false, unicode: true, width: *WIDTHS.end(), is_watched: false };

    /// What the environment says.
    pub fn detect(choice: ColorChoice) -> Self {
        let is_terminal = stdout().is_terminal();
        let width = terminal_size::terminal_size().filter(|_| is_terminal);
        let width = width.map_or(*WIDTHS.end(), |(columns, _)| usize::from(columns.0));
        let width = width.clamp(*WIDTHS.start(), *WIDTHS.end());
        let color = wants_color(choice, is_terminal);
        let hyperlinks = color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
        Self { color, hyperlinks, unicode: speaks_unicode(), width, is_watched: is_terminal }
    }

    /// `text` in lines that fit: the first starts with `first`, the others with `rest`. What has no blanks, such as a URL, stays whole.
    pub fn wrap(self, text: &str, first: &str, rest: &str) -> String {
        let mut wrapped = String::new();
        for line in text.lines() {
            let start = if wrapped.is_empty() { first } else { rest };
            // Code keeps its indentation.
            let code = line.len() - line.trim_start().len();
            let mut row = format!("{start}{}", line.get(..code).unwrap_or_default());
            let mut is_empty = true;
            for word in line.split(' ').filter(|word| !word.is_empty()) {
                if !is_empty && row.chars().count() + 1 + word.chars().count() > self.width {
                    wrapped.push_str(row.trim_end());
                    wrapped.push('\n');
                    rest.clone_into(&mut row);
                    is_empty = true;
                }
                if !is_empty {
                    row.push(' ');
                }
                row.push_str(word);
                is_empty = false;
            }
            wrapped.push_str(row.trim_end());
            wrapped.push('\n');
        }
        wrapped.truncate(wrapped.trim_end().len());
        wrapped
    }

    /// `text` in the color of `paint`.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Error => "31",
            Paint::Warning => "33",
            Paint::Info => "36",
            Paint::Good => "32",
            Paint::Strong => "1",
            Paint::Dim => "2",
            Paint::Place => "36;1;4",
            Paint::First => "35;1",
            Paint::Second => "33;1",
            Paint::Third => "32;1",
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors/>.
fn wants_color(choice: ColorChoice, is_terminal: bool) -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
        ColorChoice::Auto if is_set("CLICOLOR_FORCE") || is_set("FORCE_COLOR") => true,
        ColorChoice::Auto => is_terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Whether the locale is UTF-8. Where nobody set one, as in containers and CI jobs, what reads the output speaks UTF-8.
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    locale.is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}
