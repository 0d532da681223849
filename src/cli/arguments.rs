//! The command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::cli::values::{Oldest, RuleName, Rules};
use crate::lint::rule::Severity;
use crate::lint::select::Selector;
use crate::report::agreement::AgreementFormat;
use crate::report::terminal::ColorChoice;
use crate::run::config::{FailOn, Format, Options, Pattern, VersionRange};

const EXAMPLES: &str = "\
Examples:
  wsupgrade check                     report what has to change below this directory
  wsupgrade migrate --diff            show the whole migration as a patch: code and declared versions
  wsupgrade migrate                   make it, and list what needs a hand
  wsupgrade fix                       only fix what is safe for the versions that the project declares
  wsupgrade explain extra_headers     what became of a name, and of the code that uses it

Most flags can be set by an environment variable: WSUPGRADE_OUTPUT_FORMAT=concise.

Exit code: 0 nothing is left to do, 1 findings remain, 2 something could not be done.";

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

const MIGRATE_EXAMPLES: &str = "\
Examples:
  wsupgrade migrate --diff            look first
  wsupgrade migrate --checklist MIGRATION.md
  wsupgrade migrate --both-sides      for a library: keep the declared old versions, allow the new ones
  wsupgrade migrate --to 15.0";

const ENV_EXAMPLES: &str = "\
Examples:
  wsupgrade env
  wsupgrade env --python .venv/bin/python";

const CONTRACT_EXAMPLES: &str = "\
Examples:
  wsupgrade contract
  wsupgrade contract --output-format html > contract.html
  wsupgrade contract --output-format json > contract.json
  wsupgrade contract --check contract.json    in CI: say what moved

Exit code: 0 all is well, 1 the project moved away from the file of `--check`, 2 something could not be done.";

const RULES: &str = "Rules and fixes";
const FILES: &str = "File selection";
const DEBT: &str = "Suppressions and baseline";
const OUTPUT: &str = "Output";
const MISCELLANEOUS: &str = "Miscellaneous";

/// Flags that a variable can set: not those that say what a single run is about.
pub const VARIABLES: &[(&str, &str)] = &[
    ("select", "WSUPGRADE_SELECT"),
    ("extend-select", "WSUPGRADE_EXTEND_SELECT"),
    ("ignore", "WSUPGRADE_IGNORE"),
    ("per-file-ignores", "WSUPGRADE_PER_FILE_IGNORES"),
    ("report-unused-ignores", "WSUPGRADE_REPORT_UNUSED_IGNORES"),
    ("unsafe-fixes", "WSUPGRADE_UNSAFE_FIXES"),
    ("extend-safe-fixes", "WSUPGRADE_EXTEND_SAFE_FIXES"),
    ("extend-unsafe-fixes", "WSUPGRADE_EXTEND_UNSAFE_FIXES"),
    ("websockets", "WSUPGRADE_WEBSOCKETS"),
    ("exclude", "WSUPGRADE_EXCLUDE"),
    ("extend-exclude", "WSUPGRADE_EXTEND_EXCLUDE"),
    ("force-exclude", "WSUPGRADE_FORCE_EXCLUDE"),
    ("no-respect-gitignore", "WSUPGRADE_NO_RESPECT_GITIGNORE"),
    ("config", "WSUPGRADE_CONFIG"),
    ("isolated", "WSUPGRADE_ISOLATED"),
    ("output-format", "WSUPGRADE_OUTPUT_FORMAT"),
    ("baseline", "WSUPGRADE_BASELINE"),
    ("exit-zero", "WSUPGRADE_EXIT_ZERO"),
    ("fail-on", "WSUPGRADE_FAIL_ON"),
    ("min-severity", "WSUPGRADE_MIN_SEVERITY"),
    ("ignore-noqa", "WSUPGRADE_IGNORE_NOQA"),
    ("threads", "WSUPGRADE_THREADS"),
    ("quiet", "WSUPGRADE_QUIET"),
    ("verbose", "WSUPGRADE_VERBOSE"),
];

/// Migrate Python code from the legacy websockets API to the one in websockets 14 to 17.
#[derive(Debug, Parser)]
#[command(name = "wsupgrade", version, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to use colors.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", env = "WSUPGRADE_COLOR", hide_env = true)]
    pub color: ColorChoice,
}

impl Cli {
    /// Reads the arguments of the process. Where they are wrong, it says so and the process ends.
    pub fn read() -> Self {
        let matches = command_with_variables().get_matches_from(arguments(std::env::args_os().collect()));
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// `wsupgrade PATH` means `wsupgrade check PATH`.
fn arguments(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = arguments.get(1) else { return arguments };
    let command = Cli::command();
    let is_command = first.to_str().is_some_and(|name| name == "help" || command.find_subcommand(name).is_some());
    if !is_command && (first == "-" || Path::new(first).exists()) {
        arguments.insert(1, "check".into());
    }
    arguments
}

/// The definitions, with `WSUPGRADE_SELECT` for `--select` and the like.
fn command_with_variables() -> clap::Command {
    let with_variable = |argument: clap::Arg| {
        let name = argument.get_long().unwrap_or_default();
        let Some((_, variable)) = VARIABLES.iter().find(|(flag, _)| *flag == name) else { return argument };
        let argument = argument.env(variable).hide_env(true);
        // Any word but `false` and its kin sets a flag.
        match argument.get_action() {
            ArgAction::SetTrue => argument.value_parser(FalseyValueParser::new()),
            _ => argument,
        }
    };
    let mut command = Cli::command();
    for name in ["check", "fix", "migrate"] {
        command = command.mut_subcommand(name, |subcommand| subcommand.mut_args(with_variable));
    }
    command
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report what has to change; change nothing.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Fix what is safe for the declared versions, and report what is left.
    #[command(after_help = FIX_EXAMPLES)]
    Fix(RunArgs),
    /// Move code and declared versions to the new API in one go, and list what needs a hand.
    #[command(after_help = MIGRATE_EXAMPLES)]
    Migrate(MigrateArgs),
    /// Show which subprotocols clients offer on each route, what the server selects there, and what comes of it.
    #[command(after_help = CONTRACT_EXAMPLES)]
    Contract(ContractArgs),
    /// Explain a rule, or what became of an old name.
    #[command(
        visible_alias = "rule",
        after_help = "Examples:\n  wsupgrade explain WS101\n  wsupgrade explain extra_headers"
    )]
    Explain {
        /// A code (WS101), a rule's name (extra-headers), or a name of the old API (`extra_headers`).
        #[arg(value_name = "CODE|NAME", value_parser = RuleName, hide_possible_values = true)]
        rule: String,
    },
    /// Show which installed packages hold back, use or warn about the legacy API; run nothing.
    #[command(after_help = ENV_EXAMPLES)]
    Env {
        /// A Python interpreter, virtual environment or site-packages directory; by default the active one, or .venv.
        #[arg(long, value_name = "PATH")]
        python: Option<PathBuf>,
        /// Text to read, or JSON.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        output_format: ListFormat,
    },
    /// Show the settings for a path, and where each comes from.
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
        /// Text to read, or JSON.
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
    /// Print shell completions, which know the rules too.
    GenerateShellCompletion {
        /// The shell.
        shell: Shell,
    },
    /// Print the man page of wsupgrade or of one of its commands.
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
    /// Add a `# noqa` comment for every finding, with a reason behind it if one is given: `--add-noqa="gateway runs 12.0"`.
    #[arg(long, value_name = "REASON", num_args = 0..=1, require_equals = true, default_missing_value = "",
        conflicts_with_all = ["diff", "statistics", "write_baseline", "fix"], help_heading = DEBT)]
    pub add_noqa: Option<String>,
    /// The same as `wsupgrade fix`.
    #[arg(long, hide = true)]
    pub fix: bool,
}

/// The arguments of `check` and `fix`.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands alone")]
pub struct RunArgs {
    /// Files and directories; `-` for standard input.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Show the changes as one unified diff; write nothing.
    #[arg(long, alias = "dry-run", conflicts_with = "statistics")]
    pub diff: bool,
    /// What a configuration file can say too.
    #[command(flatten)]
    pub settings: SettingArgs,
    /// How to show findings [default: full].
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output_format: Option<Format>,
    /// Write the findings to this file; only the summary goes to standard output.
    #[arg(long, short, value_name = "FILE", help_heading = OUTPUT)]
    pub output_file: Option<PathBuf>,
    /// Show counts for each rule instead of findings.
    #[arg(long, help_heading = OUTPUT)]
    pub statistics: bool,
    /// List the places that could not be looked into, each with the reason.
    #[arg(long, help_heading = OUTPUT)]
    pub show_unseen: bool,
    /// Report only findings that are not in this file.
    #[arg(long, value_name = "FILE", help_heading = DEBT)]
    pub baseline: Option<PathBuf>,
    /// Write all findings to this file, and report none.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "diff", "output_file", "statistics"], help_heading = DEBT)]
    pub write_baseline: Option<PathBuf>,
    /// Remove what is no longer found from the baseline; `fix` does so anyway.
    #[arg(long, requires = "baseline", conflicts_with = "diff", help_heading = DEBT)]
    pub update_baseline: bool,
    /// Ignore all `noqa` and `wsupgrade: ignore` comments.
    #[arg(long, help_heading = DEBT)]
    pub ignore_noqa: bool,
    /// Exit with 0 even if findings remain.
    #[arg(long, help_heading = OUTPUT)]
    pub exit_zero: bool,
    /// The lowest severity that makes the exit code 1 [default: warning].
    #[arg(long, value_name = "SEVERITY", conflicts_with = "exit_zero", help_heading = OUTPUT)]
    pub fail_on: Option<FailOn>,
    /// Report and fix only findings of this severity or worse.
    #[arg(long, value_name = "SEVERITY", help_heading = OUTPUT)]
    pub min_severity: Option<MinSeverity>,
    /// Show which websockets versions are supported, where that is declared, and what follows; check nothing.
    #[arg(long, conflicts_with_all = ["diff", "statistics", "write_baseline", "update_baseline"], help_heading = MISCELLANEOUS)]
    pub show_target: bool,
    /// List the Python files that would be checked; check nothing.
    #[arg(long, conflicts_with_all = ["diff", "statistics", "write_baseline", "update_baseline"], help_heading = MISCELLANEOUS)]
    pub show_files: bool,
    /// Show the settings for the first path, as `wsupgrade config` does; check nothing.
    #[arg(long, help_heading = MISCELLANEOUS)]
    pub show_settings: bool,
    /// The name of the file that standard input is.
    #[arg(long, value_name = "NAME", help_heading = MISCELLANEOUS)]
    pub stdin_filename: Option<PathBuf>,
    /// How many threads to use; all cores by default.
    #[arg(long, value_name = "N", help_heading = MISCELLANEOUS, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Print findings, but no summary.
    #[arg(long, short, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,
    /// Say what was checked, on standard error.
    #[arg(long, short, help_heading = OUTPUT)]
    pub verbose: bool,
    /// What others have, and wsupgrade has not.
    #[arg(long, short = 'w', hide = true)]
    pub watch: bool,
    /// The same for a flag of Ruff that means Python's version.
    #[arg(long, hide = true, value_name = "VERSION")]
    pub target_version: Option<String>,
}

/// The arguments of `migrate`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands alone")]
pub struct MigrateArgs {
    /// Files and directories.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Support the declared old versions and websockets 14 and newer, instead of only the new ones.
    #[arg(long, conflicts_with_all = ["to", "websockets"])]
    pub both_sides: bool,
    /// Show the changes as one unified diff; write nothing.
    #[arg(long, alias = "dry-run", conflicts_with = "add_todo")]
    pub diff: bool,
    /// Write what needs a hand to this Markdown file as well.
    #[arg(long, value_name = "FILE")]
    pub checklist: Option<PathBuf>,
    /// Add a `# TODO(wsupgrade)` comment where something needs a hand; the next run removes it once that is done.
    #[arg(long)]
    pub add_todo: bool,
    /// What a configuration file can say too.
    #[command(flatten)]
    pub settings: SettingArgs,
    /// Exit with 0 even if something needs a hand.
    #[arg(long, help_heading = OUTPUT)]
    pub exit_zero: bool,
    /// How many threads to use; all cores by default.
    #[arg(long, value_name = "N", help_heading = MISCELLANEOUS, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Print only what needs a hand.
    #[arg(long, short, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,
    /// Say what was checked, on standard error.
    #[arg(long, short, help_heading = OUTPUT)]
    pub verbose: bool,
}

/// The arguments of `contract`.
#[derive(Debug, Args)]
pub struct ContractArgs {
    /// Files and directories.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How to show it [default: text].
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output_format: Option<AgreementFormat>,
    /// Compare with this contract, written as JSON before, and say what moved; lines may.
    #[arg(long, value_name = "FILE", conflicts_with = "output_format", help_heading = OUTPUT)]
    pub check: Option<PathBuf>,
    /// What a configuration file can say too.
    #[command(flatten)]
    pub settings: SettingArgs,
    /// How many threads to use; all cores by default.
    #[arg(long, value_name = "N", help_heading = MISCELLANEOUS, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}

/// The flags that stand for settings of a configuration file, and that say which file. They overrule it.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands alone")]
pub struct SettingArgs {
    /// Only these rules: codes, prefixes of codes, names, or ALL.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Rules, hide_possible_values = true, help_heading = RULES)]
    pub select: Vec<Selector>,
    /// These rules as well.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Rules, hide_possible_values = true, help_heading = RULES)]
    pub extend_select: Vec<Selector>,
    /// Not these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Rules, hide_possible_values = true, help_heading = RULES)]
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
    /// Include fixes that may change what the code does.
    #[arg(long, overrides_with = "no_unsafe_fixes", help_heading = RULES)]
    pub unsafe_fixes: bool,
    /// Leave them out, whatever the configuration says.
    #[arg(long, overrides_with = "unsafe_fixes", hide = true)]
    pub no_unsafe_fixes: bool,
    /// Treat the unsafe fixes of these rules as safe.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Rules, hide_possible_values = true, help_heading = RULES)]
    pub extend_safe_fixes: Vec<Selector>,
    /// Treat the safe fixes of these rules as unsafe.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Rules, hide_possible_values = true, help_heading = RULES)]
    pub extend_unsafe_fixes: Vec<Selector>,
    /// The oldest websockets version to support, such as 14.2, instead of what the project declares.
    #[arg(long, value_name = "VERSION", conflicts_with = "websockets", help_heading = RULES)]
    pub to: Option<Oldest>,
    /// The websockets versions to support, such as '>=10.4', instead of what the project declares.
    #[arg(long, value_name = "RANGE", help_heading = RULES)]
    pub websockets: Option<VersionRange>,
    /// Skip these files and directories, instead of the default ones.
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',', help_heading = FILES)]
    pub exclude: Vec<Pattern>,
    /// Skip these files and directories as well.
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',', help_heading = FILES)]
    pub extend_exclude: Vec<Pattern>,
    /// Skip what is excluded even if it is named on the command line.
    #[arg(long, overrides_with = "no_force_exclude", help_heading = FILES)]
    pub force_exclude: bool,
    /// Check what is named here, whatever the configuration says.
    #[arg(long, overrides_with = "force_exclude", hide = true)]
    pub no_force_exclude: bool,
    /// Skip what `.gitignore` and its kin name, whatever the configuration says.
    #[arg(long, overrides_with = "no_respect_gitignore", hide = true)]
    pub respect_gitignore: bool,
    /// Check files that `.gitignore` and its kin name, too.
    #[arg(long, overrides_with = "respect_gitignore", help_heading = FILES)]
    pub no_respect_gitignore: bool,
    /// Use this configuration file for everything, or set one setting: `timeout-means = "open"`.
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
            websockets: self.to.as_ref().map(|Oldest(range)| range.clone()).or_else(|| self.websockets.clone()),
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

/// Both are only there where a variable says yes and a flag no.
fn either(yes: bool, no: bool) -> Option<bool> {
    (yes || no).then_some(!no)
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

/// The lowest severity to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MinSeverity {
    /// What breaks.
    Error,
    /// Also what behaves differently or is deprecated.
    Warning,
    /// Everything, also what waits behind a pin.
    Info,
}

impl MinSeverity {
    /// The severity that it names.
    pub fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

/// How to list something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// To read.
    Text,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
        command_with_variables().debug_assert();
    }

    #[test]
    fn a_variable_stands_for_a_flag_that_exists() {
        let mut command = Cli::command();
        command.build();
        let check = command.find_subcommand("check").unwrap();
        let flags: Vec<&str> = check.get_arguments().filter_map(clap::Arg::get_long).collect();
        assert!(VARIABLES.iter().all(|(name, _)| flags.contains(name)));
    }

    #[test]
    fn a_path_in_the_place_of_the_command_is_checked() {
        let read = |words: &[&str]| arguments(words.iter().map(OsString::from).collect());
        assert_eq!(read(&["wsupgrade", "src"]), ["wsupgrade", "check", "src"]);
        assert_eq!(read(&["wsupgrade", "-"]), ["wsupgrade", "check", "-"]);
        for as_it_is in
            [&["wsupgrade"][..], &["wsupgrade", "fix", "src"], &["wsupgrade", "no-such-path"], &["wsupgrade", "--help"]]
        {
            assert_eq!(read(as_it_is), as_it_is);
        }
    }
}
