//! `check`, `fix` and `migrate`: from arguments to a run, and to what is told about it.

use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use clap::ValueEnum as _;

use crate::cli::arguments::{ListFormat, MinSeverity, RunArgs, SettingArgs};
use crate::cli::commands::{Exit, failed, show_settings};
use crate::cli::job::Job;
use crate::project::Work;
use crate::project::files::{Found, Walked, can_matter, walk};
use crate::report::gate::Gate;
use crate::report::progress::Display;
use crate::report::terminal::ColorChoice;
use crate::report::{self, Terminal, View};
use crate::run::baseline::Baseline;
use crate::run::config::{Configs, Format, Layer, Options, Sources};
use crate::run::fix;
use crate::run::preview::{self, Further, Previews};
use crate::run::progress::Progress;
use crate::run::session::{self, Settings};
use crate::run::todo;
use crate::target::Goal;
use crate::text::problem::{Problem, reason};
use crate::text::source::Source;
use crate::text::write::{self, Output};

/// What a run does with what it finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// Reports it.
    Check,
    /// Writes a comment for it, with this reason.
    Note(String),
    /// Changes it.
    Fix,
    /// Changes it and what is declared, and lists what is left.
    Migrate(Migration),
}

/// What `migrate` is asked for besides paths and settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Migration {
    /// Where to go.
    pub(super) goal: Goal,
    /// Where the checklist goes as well.
    pub(super) checklist: Option<PathBuf>,
    /// Whether comments say what is left.
    pub(super) adds_todo: bool,
}

/// `check`, `fix` and `migrate`.
pub(super) fn run(
    arguments: &RunArgs,
    mode: &Mode,
    color: ColorChoice,
    out: &mut Gate<'static>,
    err: &mut Gate<'static>,
) -> io::Result<Exit> {
    let started = Instant::now();
    let terminal = Terminal::detect(color);
    if let Some(tip) = tip(arguments) {
        writeln!(err, "error: {tip}")?;
        return Ok(Exit::Failed);
    }
    if arguments.show_settings {
        let path = arguments.paths.first().map_or(Path::new("."), PathBuf::as_path);
        return show_settings(path, ListFormat::Text, &arguments.settings, terminal, out, err);
    }
    let view = View::new(terminal, arguments.settings.unsafe_fixes);
    let options =
        Options { output_format: arguments.output_format, fail_on: arguments.fail_on, ..arguments.settings.options() };
    let goal = match mode {
        Mode::Migrate(migration) => Some(migration.goal),
        _ => None,
    };
    let configs = match configs(&arguments.settings, options) {
        Ok(configs) => Arc::new(configs.toward(goal)),
        Err(problems) => return failed(&problems, &view, err),
    };
    let is_stdin = arguments.paths.iter().any(|path| path == Path::new("-"));
    // Who types the text does not wait for it.
    let display = Display::new(arguments.quiet || is_stdin);
    let read = baseline(arguments).and_then(|baseline| {
        let settings = Settings {
            configs: configs.clone(),
            threads: threads(arguments),
            baseline,
            progress: display.progress(),
            min_severity: arguments.min_severity.map(MinSeverity::severity),
            ignore_noqa: arguments.ignore_noqa,
        };
        Ok((Input::read(arguments, mode, &settings)?, settings))
    });
    let (mut input, settings) = match read {
        Ok(read) => read,
        Err(message) => {
            drop(display);
            writeln!(err, "error: {message}")?;
            return Ok(Exit::Failed);
        }
    };
    // All configuration that matters has been asked for by now. With a mistake in it nobody knows what was meant to be checked.
    let mistakes = configs.problems();
    if !mistakes.is_empty() {
        return failed(&mistakes, &view, err);
    }
    if arguments.show_files {
        drop(display);
        return show_files(arguments, &settings, &view, out, err);
    }
    let (format, fail_on) = (configs.here().output_format, configs.here().fail_on);
    let named = |message: String| match &arguments.output_file {
        Some(path) => format!("{}: {message}", path.display()),
        None => message,
    };
    let open = |()| arguments.output_file.as_deref().map(|path| open(path, &input)).transpose().map_err(named);
    let output = check_format(arguments, format).and_then(open);
    let file = match output {
        Ok(file) => file,
        Err(message) => {
            writeln!(err, "error: {message}")?;
            return Ok(Exit::Failed);
        }
    };
    let in_file = if color == ColorChoice::Always { view.clone() } else { view.plain() };
    let mentioning = input.walked.files.len();
    let walked = std::mem::take(&mut input.walked);
    let changes = matches!(mode, Mode::Fix | Mode::Migrate(_)) || arguments.diff;
    // Counts are for people; what a program reads has every finding.
    let has_summary = !arguments.quiet && !arguments.show_target && arguments.write_baseline.is_none();
    let counts = has_summary
        && matches!(mode, Mode::Check | Mode::Fix)
        && (format.is_for_people() || arguments.diff || arguments.output_file.is_some());
    let noted = match mode {
        Mode::Migrate(_) => noted(&walked),
        _ => Vec::new(),
    };
    let further = if counts { further(arguments, &settings) } else { None };
    let (outcome, previews) = match further {
        Some(further) => preview::run(walked, &settings, changes, &further),
        None if changes && !arguments.show_target => (fix::fix(walked, &settings), Previews::default()),
        None => (session::check(walked, &settings), Previews::default()),
    };
    let mut job = Job {
        arguments,
        format,
        fail_on,
        view: &view,
        outcome,
        previews,
        out,
        err,
        file,
        in_file: &in_file,
        tells: true,
    };
    drop(display);
    if let (Some(_), Some(baseline)) = (&arguments.write_baseline, &settings.baseline) {
        job.agree(Baseline::clone(baseline))?;
    } else {
        match (mode, input.stdin) {
            _ if arguments.show_target => report::target::write(&job.outcome.targets, &view, job.out)?,
            (Mode::Migrate(migration), _) => job.migrate(migration, noted)?,
            _ if arguments.diff => job.diff()?,
            (Mode::Check, _) => job.findings()?,
            (Mode::Note(reason), _) => job.note(reason)?,
            (Mode::Fix, None) => job.fix()?,
            (Mode::Fix, Some(text)) => job.filter(&text)?,
        }
    }
    // On a terminal all ends up in one place, in this order.
    job.out.flush()?;
    if let Some(Err(message)) = job.file.take().map(Output::close) {
        writeln!(job.err, "error: {}", named(message))?;
        return Ok(Exit::Failed);
    }
    if let Some(baseline) = settings.baseline.as_deref().filter(|_| arguments.baseline.is_some() && !is_stdin) {
        let updates = !arguments.diff && (arguments.update_baseline || *mode == Mode::Fix);
        job.expire(Baseline::clone(baseline), updates)?;
    }
    if arguments.show_unseen {
        for unseen in &job.outcome.unseen {
            writeln!(job.err, "{}:{}", job.view.path(&unseen.path), unseen.message)?;
        }
    }
    if job.tells {
        job.tell()?;
    }
    if arguments.verbose {
        let (threads, time) = (settings.threads, started.elapsed().as_secs_f64() * 1000.0);
        let checked = job.outcome.checked;
        writeln!(job.err, "{checked} Python files, {mentioning} of them parsed; {threads} threads, {time:.1} ms")?;
        let Work { walks, listed, read, parsed } = job.outcome.work;
        writeln!(job.err, "walks: {walks}, files listed: {listed}, read again or besides: {read}, parses: {parsed}")?;
        if job.outcome.suppressed > 0 {
            writeln!(job.err, "suppressed by comments: {}", job.outcome.suppressed)?;
        }
        for config in &job.outcome.configs {
            writeln!(job.err, "configuration: {}", config.display())?;
        }
        for target in job.outcome.targets.keys() {
            writeln!(job.err, "supported: {target}")?;
        }
    }
    Ok(job.exit())
}

/// What other tools have under this name.
fn tip(arguments: &RunArgs) -> Option<String> {
    if arguments.watch {
        return Some(
            "there is no `--watch`. A run takes moments, so any watcher does: `watchexec -e py wsupgrade check`, or \
             `git ls-files '*.py' | entr wsupgrade check`."
                .into(),
        );
    }
    let version = arguments.target_version.as_deref()?;
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    let to = if is_version { version } else { "14.2" };
    Some(format!(
        "there is no `--target-version`. `--to {to}` names the oldest websockets version to support; the oldest Python \
         is read from `requires-python`."
    ))
}

/// The configuration that the flags ask for, with what they say above all.
pub(super) fn configs(arguments: &SettingArgs, options: Options) -> Result<Configs, Vec<Problem>> {
    let sources = Sources { isolated: arguments.isolated, given: arguments.config.clone() };
    Configs::new(&sources, Layer::of_flags(options))
}

/// `--show-files`.
fn show_files(
    arguments: &RunArgs,
    settings: &Settings,
    view: &View,
    out: &mut Gate<'static>,
    err: &mut Gate<'static>,
) -> io::Result<Exit> {
    let walked = walk_all(arguments, settings);
    for found in &walked.files {
        writeln!(out, "{}", view.path(&found.path))?;
    }
    if walked.problems.is_empty() { Ok(Exit::Clean) } else { failed(&walked.problems, view, err) }
}

/// All Python files of the paths, whatever is in them.
fn walk_all(arguments: &RunArgs, settings: &Settings) -> Walked {
    crate::project::files::walk_with(&arguments.paths, settings.threads, &settings.configs, &|_, _| true)
}

fn check_format(arguments: &RunArgs, format: Format) -> Result<(), String> {
    if arguments.statistics && !format.has_statistics() {
        let name = format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        return Err(format!(
            "`--statistics` is a table or JSON, not {name}. Leave out `--output-format`, or say `--output-format json`."
        ));
    }
    Ok(())
}

/// The file for the report, which may not be one of those that are checked.
fn open(path: &Path, input: &Input) -> Result<Output, String> {
    let target = write::target(path).unwrap_or_else(|_| path.to_owned());
    let Walked { files, directories, named, .. } = &input.walked;
    let is_python =
        target.extension().is_some_and(|ending| ["py", "pyi", "ipynb"].iter().any(|known| ending == *known));
    let is_checked = is_python && directories.iter().any(|directory| target.starts_with(directory))
        || named.contains(&target)
        || files.iter().any(|file| file.path.canonicalize().is_ok_and(|file| file == target));
    if is_checked && target.exists() {
        return Err("is one of the files that are checked, and not replaced. Name another file for the report.".into());
    }
    Output::open(path)
}

/// What is known already. Where a baseline is written, what is there of files that are not looked at stays.
fn baseline(arguments: &RunArgs) -> Result<Option<Arc<Baseline>>, String> {
    let baseline = match (&arguments.baseline, &arguments.write_baseline) {
        (Some(path), _) => Some(Baseline::read(path)?),
        (None, Some(path)) => Some(Baseline::read_or_empty(path)?),
        (None, None) => None,
    };
    Ok(baseline.map(Arc::new))
}

fn threads(arguments: &RunArgs) -> usize {
    arguments.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from)
}

/// The files of a walk that have comments of `--add-todo`.
fn noted(walked: &Walked) -> Vec<Arc<Source>> {
    let noted = walked.files.iter().filter(|found| todo::is_in(&found.bytes));
    noted.filter_map(|found| Source::decode(found.path.clone(), found.bytes.clone()).ok()).collect()
}

/// The settings of the commands that may be next.
fn further(arguments: &RunArgs, settings: &Settings) -> Option<Further> {
    let allowing = |goal: Option<Goal>| {
        let options = Options { unsafe_fixes: Some(true), ..arguments.settings.options() };
        let configs = configs(&arguments.settings, options).ok()?.toward(goal);
        Some(Settings { configs: Arc::new(configs), progress: Progress::default(), ..settings.clone() })
    };
    Some(Further { with_unsafe: allowing(None)?, migrate: allowing(Some(Goal::Modern))? })
}

/// What is checked: a tree, or standard input.
struct Input {
    walked: Walked,
    /// All of standard input, where that is the input.
    stdin: Option<Vec<u8>>,
}

impl Input {
    fn read(arguments: &RunArgs, mode: &Mode, settings: &Settings) -> Result<Self, String> {
        let is_stdin = |path: &PathBuf| path == Path::new("-");
        if !arguments.paths.iter().any(is_stdin) {
            if arguments.stdin_filename.is_some() {
                return Err("`--stdin-filename` names standard input. Add `-` as the path to read it.".into());
            }
            return Ok(Self { walked: walk(&arguments.paths, settings.threads, &settings.configs), stdin: None });
        }
        if arguments.write_baseline.is_some() || matches!(mode, Mode::Note(_) | Mode::Migrate(_)) {
            return Err(
                "a baseline, `# noqa` comments and a migration are about files, not about standard input.".into()
            );
        }
        if arguments.paths.len() > 1 {
            return Err("`-` (standard input) cannot be combined with other paths. Run wsupgrade twice.".into());
        }
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|error| format!("cannot read standard input: {}", reason(&error)))?;
        let path = arguments.stdin_filename.clone().unwrap_or_else(|| "-".into());
        let mut walked = Walked::default();
        if settings.configs.is_forced_out(&path) {
            return Ok(Self { walked, stdin: Some(bytes) });
        }
        walked.checked = 1;
        if can_matter(&bytes, &settings.configs.for_path(&path)) {
            walked.files.push(Found::new(path, bytes.clone()));
        }
        Ok(Self { walked, stdin: Some(bytes) })
    }
}
