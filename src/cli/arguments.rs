//! The command line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::lint::select::Selector;
use crate::report::terminal::ColorChoice;
use crate::run::config::Format;
use crate::run::config::{FailOn, Options, Pattern, VersionRange};

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

const RULES: &str = "Rules and fixes";
const FILES: &str = "File selection";
const DEBT: &str = "What is known";
const OUTPUT: &str = "Output";
const MISCELLANEOUS: &str = "Miscellaneous";

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
    Check(CheckArgs),
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
    /// Show which settings hold for a path, and who says so.
    #[command(
        after_help = "Examples:\n  wsupgrade config src/app.py\n  wsupgrade config --schema > wsupgrade.schema.json"
    )]
    Config {
        /// A file or a directory.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Print the JSON schema of the settings instead.
        #[arg(long)]
        schema: bool,
        /// Lines to read, or JSON.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        output_format: ListFormat,
        /// What overrules the files.
        #[command(flatten)]
        settings: Box<SettingArgs>,
    },
    /// List all rules.
    Rules {
        /// A table to read, or JSON.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        output_format: ListFormat,
    },
    /// Print the completions for a shell.
    #[command(hide = true)]
    GenerateShellCompletion {
        /// The shell.
        shell: Shell,
    },
    /// Print the man page, of wsupgrade or of one of its commands.
    #[command(hide = true)]
    GenerateManPage {
        /// The command.
        command: Option<String>,
    },
}

/// The arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// What `fix` takes too.
    #[command(flatten)]
    pub run: RunArgs,
    /// Write a `# noqa` comment for everything that is found.
    #[arg(long, conflicts_with_all = ["diff", "statistics", "write_baseline"], help_heading = DEBT)]
    pub add_noqa: bool,
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
    /// What a configuration file can say too.
    #[command(flatten)]
    pub settings: SettingArgs,
    /// How to show findings; full by default.
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output_format: Option<Format>,
    /// Write the findings to this file; only the summary goes to standard output.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub output_file: Option<PathBuf>,
    /// Show counts for each rule instead of findings.
    #[arg(long, help_heading = OUTPUT)]
    pub statistics: bool,
    /// Report only what is not in this file.
    #[arg(long, value_name = "FILE", help_heading = DEBT)]
    pub baseline: Option<PathBuf>,
    /// Write what is found to this file, and report nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "diff", "output_file", "statistics"], help_heading = DEBT)]
    pub write_baseline: Option<PathBuf>,
    /// Take out of the baseline what is not found any more; `fix` does so anyway.
    #[arg(long, requires = "baseline", conflicts_with = "diff", help_heading = DEBT)]
    pub update_baseline: bool,
    /// Exit with 0 even when findings remain.
    #[arg(long, help_heading = OUTPUT)]
    pub exit_zero: bool,
    /// The least severity that makes the exit code 1; warning by default.
    #[arg(long, value_name = "SEVERITY", conflicts_with = "exit_zero", help_heading = OUTPUT)]
    pub fail_on: Option<FailOn>,
    /// Show which websockets versions are supported, where that is written, and what follows; check nothing.
    #[arg(long, conflicts_with_all = ["diff", "statistics", "write_baseline", "update_baseline", "output_format", "output_file"], help_heading = MISCELLANEOUS)]
    pub show_target: bool,
    /// The name of the file that standard input is.
    #[arg(long, value_name = "NAME", help_heading = MISCELLANEOUS)]
    pub stdin_filename: Option<PathBuf>,
    /// How many threads to use; all cores by default.
    #[arg(long, value_name = "N", help_heading = MISCELLANEOUS, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// No summary, only findings.
    #[arg(long, short, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,
    /// Say what was looked at, on standard error.
    #[arg(long, short, help_heading = OUTPUT)]
    pub verbose: bool,
}

/// The flags that stand for settings of a configuration file, and that say which file. They overrule it.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands alone")]
pub struct SettingArgs {
    /// Only these rules: codes, prefixes of codes, names, or ALL.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = RULES)]
    pub select: Vec<Selector>,
    /// These rules too.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = RULES)]
    pub extend_select: Vec<Selector>,
    /// Not these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = RULES)]
    pub ignore: Vec<Selector>,
    /// Not these rules in these files: `tests/*:WS7`.
    #[arg(long, value_name = "PATTERN:RULE", value_delimiter = ',', help_heading = RULES)]
    pub per_file_ignores: Vec<FileIgnore>,
    /// Report comments that suppress nothing.
    #[arg(long, overrides_with = "no_report_unused_ignores", help_heading = RULES)]
    pub report_unused_ignores: bool,
    /// Leave them alone, whatever the configuration says.
    #[arg(long, overrides_with = "report_unused_ignores", hide = true)]
    pub no_report_unused_ignores: bool,
    /// Include fixes that may change what the code means.
    #[arg(long, overrides_with = "no_unsafe_fixes", help_heading = RULES)]
    pub unsafe_fixes: bool,
    /// Leave them out, whatever the configuration says.
    #[arg(long, overrides_with = "unsafe_fixes", hide = true)]
    pub no_unsafe_fixes: bool,
    /// Take the unsafe fixes of these rules for safe.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = RULES)]
    pub extend_safe_fixes: Vec<Selector>,
    /// Take the safe fixes of these rules for unsafe.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = RULES)]
    pub extend_unsafe_fixes: Vec<Selector>,
    /// The websockets versions to support, instead of what the project's metadata says.
    #[arg(long, value_name = "RANGE", help_heading = RULES)]
    pub websockets: Option<VersionRange>,
    /// Skip these files and directories, instead of the default ones.
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',', help_heading = FILES)]
    pub exclude: Vec<Pattern>,
    /// Skip these files and directories too.
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',', help_heading = FILES)]
    pub extend_exclude: Vec<Pattern>,
    /// Skip what is excluded even if it is named here.
    #[arg(long, overrides_with = "no_force_exclude", help_heading = FILES)]
    pub force_exclude: bool,
    /// Take what is named here, whatever the configuration says.
    #[arg(long, overrides_with = "force_exclude", hide = true)]
    pub no_force_exclude: bool,
    /// Skip what `.gitignore` and its kin name, whatever the configuration says.
    #[arg(long, overrides_with = "no_respect_gitignore", hide = true)]
    pub respect_gitignore: bool,
    /// Look into what `.gitignore` and its kin name, too.
    #[arg(long, overrides_with = "respect_gitignore", help_heading = FILES)]
    pub no_respect_gitignore: bool,
    /// Use this configuration file for everything, or set a setting: `timeout-means = "open"`.
    #[arg(long, value_name = "FILE|KEY=VALUE", help_heading = MISCELLANEOUS)]
    pub config: Vec<String>,
    /// Use no configuration file.
    #[arg(long, help_heading = MISCELLANEOUS)]
    pub isolated: bool,
}

impl SettingArgs {
    /// The flags as settings.
    pub fn options(&self) -> Options {
        let mut per_file_ignores = BTreeMap::<_, Vec<_>>::new();
        for FileIgnore { pattern, selector } in self.per_file_ignores.iter().cloned() {
            per_file_ignores.entry(pattern).or_default().push(selector);
        }
        Options {
            select: given(&self.select),
            extend_select: given(&self.extend_select),
            ignore: given(&self.ignore),
            per_file_ignores: (!per_file_ignores.is_empty()).then_some(per_file_ignores),
            exclude: given(&self.exclude),
            extend_exclude: given(&self.extend_exclude),
            force_exclude: either(self.force_exclude, self.no_force_exclude),
            respect_gitignore: either(self.respect_gitignore, self.no_respect_gitignore),
            report_unused_ignores: either(self.report_unused_ignores, self.no_report_unused_ignores),
            websockets: self.websockets.clone(),
            unsafe_fixes: either(self.unsafe_fixes, self.no_unsafe_fixes),
            extend_safe_fixes: given(&self.extend_safe_fixes),
            extend_unsafe_fixes: given(&self.extend_unsafe_fixes),
            ..Options::default()
        }
    }
}

fn given<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}

fn either(yes: bool, no: bool) -> Option<bool> {
    (yes || no).then_some(yes)
}

/// A rule that does not hold in some files.
#[derive(Debug, Clone)]
pub struct FileIgnore {
    pattern: Pattern,
    selector: Selector,
}

impl FromStr for FileIgnore {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (pattern, selector) = text.rsplit_once(':').ok_or("write a pattern, a colon and a rule: `tests/*:WS7`")?;
        Ok(Self { pattern: pattern.trim().parse()?, selector: selector.parse()? })
    }
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
