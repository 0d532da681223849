//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::Format;
use crate::select::Selector;

const EXAMPLES: &str = "\
Examples:
  wsupgrade check                     what has to change below this directory
  wsupgrade check --diff src          the same as a patch
  wsupgrade fix                       rewrite in place what is safe to rewrite
  wsupgrade explain WS101             why, and what it becomes

Exit code: 0 nothing is left to do, 1 findings remain, 2 the job could not be done.";

const CHECK_EXAMPLES: &str = "\
Examples:
  wsupgrade check src tests
  wsupgrade check --output-format concise --select WS1,WS2
  wsupgrade check --diff | git apply
  cat app.py | wsupgrade check - --stdin-filename app.py";

const FIX_EXAMPLES: &str = "\
Examples:
  wsupgrade fix
  wsupgrade fix --diff --unsafe-fixes
  cat app.py | wsupgrade fix - --stdin-filename app.py";

/// Moves Python code from the legacy websockets API to the one that works on websockets 14 to 17.
#[derive(Debug, Parser)]
#[command(name = "wsupgrade", version, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report what has to change; change nothing.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(RunArgs),
    /// Rewrite files in place, and report what is left.
    #[command(after_help = FIX_EXAMPLES)]
    Fix(RunArgs),
    /// Explain a rule.
    #[command(after_help = "Examples:\n  wsupgrade explain WS101\n  wsupgrade explain extra-headers")]
    Explain {
        /// Its code or name.
        #[arg(value_name = "CODE|NAME")]
        rule: String,
    },
    /// List all rules.
    Rules {
        /// A table to read, or JSON.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        output_format: ListFormat,
    },
}

/// The arguments of `check` and `fix`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands alone")]
pub struct RunArgs {
    /// Files and directories; `-` for standard input.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Show the changes as one unified diff; write nothing.
    #[arg(long, conflicts_with = "statistics")]
    pub diff: bool,
    /// Include fixes that may change what the code means.
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Only these rules: codes, prefixes of codes, names, or ALL.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<Selector>,
    /// Not these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<Selector>,
    /// Report comments that suppress nothing.
    #[arg(long, help_heading = "Suppression")]
    pub report_unused_ignores: bool,
    /// The websockets versions to support, instead of what the project's metadata says.
    #[arg(long, value_name = "RANGE")]
    pub websockets: Option<String>,
    /// How to show findings.
    #[arg(long, value_name = "FORMAT", default_value = "full")]
    pub output_format: Format,
    /// Write the findings to this file; only the summary goes to standard output.
    #[arg(long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Show counts for each rule instead of findings.
    #[arg(long)]
    pub statistics: bool,
    /// Exit with 0 even when findings remain.
    #[arg(long)]
    pub exit_zero: bool,
    /// The name of the file that standard input is.
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<PathBuf>,
    /// How many threads to use; all cores by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// No summary, only findings.
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what was looked at, on standard error.
    #[arg(long, short)]
    pub verbose: bool,
}

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

/// How to list rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// To read.
    Text,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_hold_together() {
        super::Cli::command().debug_assert();
    }
}
