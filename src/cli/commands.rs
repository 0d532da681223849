//! The commands: from arguments to an exit code.

use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use clap::{Parser as _, ValueEnum as _};

use crate::cli::arguments::{CheckArgs, Cli, Command, ListFormat, RunArgs, SettingArgs};
use crate::cli::{manual, signals};
use crate::lint::registry as rules;
use crate::lint::select::nearest;

use crate::project::Work;
use crate::project::files::{Found, Walked, can_matter, walk};
use crate::report::gate::{Escape, Gate};
use crate::report::progress::Display;
use crate::report::terminal::ColorChoice;
use crate::report::{self, Terminal, View};
use crate::run::baseline::Baseline;
use crate::run::config::{Configs, FailOn, Format, Layer, Options, Reasons, Sources};
use crate::run::session::{self, Outcome, Settings};
use crate::run::{config, fix, noqa};
use crate::text::problem::Problem;
use crate::text::problem::reason;
use crate::text::write::{self, Output};

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Clean = 0,
    Findings = 1,
    Failed = 2,
}

/// The whole program.
pub fn main() -> ExitCode {
    // Trees are walked and freed here, too, and the first thread has the stack that the shell gives it.
    let run = std::thread::Builder::new().stack_size(session::STACK).spawn(run_all);
    match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // The panic has been told.
        Ok(Err(_)) => ExitCode::from(101),
        Err(_) => run_all(),
    }
}

fn run_all() -> ExitCode {
    let cli = Cli::parse();
    signals::listen();
    let terminal = Terminal::detect(cli.color);
    // Standard error is not locked: how far a long run is comes there too, from another thread.
    let spelling = Escape::Text { colors: terminal.color };
    let mut out = Gate::new(BufWriter::new(io::stdout().lock()), spelling);
    let mut err = Gate::new(io::stderr(), spelling);
    let result = dispatch(cli, terminal, &mut out, &mut err).and_then(|exit| out.flush().map(|()| exit));
    match result {
        Ok(exit) => ExitCode::from(exit as u8),
        // Who closes the pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(err, "error: cannot write the output: {}", reason(&error));
            ExitCode::from(Exit::Failed as u8)
        }
    }
}

fn dispatch(cli: Cli, terminal: Terminal, out: &mut Gate<'static>, err: &mut Gate<'static>) -> io::Result<Exit> {
    match cli.command {
        Command::Check(CheckArgs { run: arguments, add_noqa: true }) => {
            run(&arguments, Mode::Note, cli.color, out, err)
        }
        Command::Check(CheckArgs { run: arguments, .. }) => run(&arguments, Mode::Check, cli.color, out, err),
        Command::Fix(arguments) => run(&arguments, Mode::Fix, cli.color, out, err),
        Command::Explain { rule } => explain(&rule, terminal, out, err),
        Command::Config { schema: true, .. } => {
            out.write_all(config::SCHEMA.as_bytes())?;
            Ok(Exit::Clean)
        }
        Command::Config { path, output_format, settings, .. } => {
            let view = View::new(terminal, false);
            let read = configs(&settings, settings.options()).and_then(|configs| {
                let reasons = Reasons::new(&path, &configs);
                let problems = configs.problems();
                if problems.is_empty() { Ok(reasons) } else { Err(problems) }
            });
            match (read, output_format) {
                (Ok(reasons), ListFormat::Text) => report::config::text(&reasons, terminal, out)?,
                (Ok(reasons), ListFormat::Json) => report::config::json(&reasons, out)?,
                (Err(problems), _) => return failed(&problems, &view, err),
            }
            Ok(Exit::Clean)
        }
        Command::Rules { output_format } => {
            match output_format {
                ListFormat::Text => report::rules::table(terminal, out)?,
                ListFormat::Json => report::rules::json(out)?,
            }
            Ok(Exit::Clean)
        }
        Command::GenerateShellCompletion { shell } => manual::completion(shell, out).map(|()| Exit::Clean),
        Command::GenerateManPage { command } => {
            if manual::page(command.as_deref(), out)? {
                return Ok(Exit::Clean);
            }
            let command = command.unwrap_or_default();
            writeln!(err, "error: {command}: there is no such command. `wsupgrade --help` lists them.")?;
            Ok(Exit::Failed)
        }
    }
}

/// What a run does with what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Reports it.
    Check,
    /// Writes a comment for it.
    Note,
    /// Changes it.
    Fix,
}

/// `check` and `fix`.
fn run(
    arguments: &RunArgs,
    mode: Mode,
    color: ColorChoice,
    out: &mut Gate<'static>,
    err: &mut Gate<'static>,
) -> io::Result<Exit> {
    let started = Instant::now();
    let view = View::new(Terminal::detect(color), arguments.settings.unsafe_fixes);
    let options =
        Options { output_format: arguments.output_format, fail_on: arguments.fail_on, ..arguments.settings.options() };
    let configs = match configs(&arguments.settings, options) {
        Ok(configs) => Arc::new(configs),
        Err(problems) => return failed(&problems, &view, err),
    };
    let is_stdin = arguments.paths.iter().any(|path| path == Path::new("-"));
    // Who types the text does not wait for it.
    let display = Display::new(arguments.quiet || is_stdin);
    let read = baseline(arguments).and_then(|baseline| {
        let progress = display.progress();
        let settings = Settings { configs: configs.clone(), threads: threads(arguments), baseline, progress };
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
    let mut job =
        Job { arguments, format, fail_on, view: &view, outcome: Outcome::default(), out, err, file, in_file: &in_file };
    let fixes = (mode == Mode::Fix || arguments.diff) && !arguments.show_target;
    job.outcome = if fixes { fix::fix(walked, &settings) } else { session::check(walked, &settings) };
    drop(display);
    if let (Some(_), Some(baseline)) = (&arguments.write_baseline, &settings.baseline) {
        job.agree(Baseline::clone(baseline))?;
    } else {
        match (mode, input.stdin) {
            _ if arguments.show_target => report::target::write(&job.outcome.targets, &view, job.out)?,
            _ if arguments.diff => job.diff()?,
            (Mode::Check, _) => job.findings()?,
            (Mode::Note, _) => job.note()?,
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
        let updates = !arguments.diff && (arguments.update_baseline || mode == Mode::Fix);
        job.expire(Baseline::clone(baseline), updates)?;
    }
    for warning in &job.outcome.warnings {
        writeln!(job.err, "{}", view.warning(warning))?;
    }
    for problem in &job.outcome.problems {
        writeln!(job.err, "{}", view.problem(problem))?;
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

/// What went wrong before anything was checked.
fn failed(problems: &[Problem], view: &View, err: &mut dyn Write) -> io::Result<Exit> {
    problems.iter().try_for_each(|problem| writeln!(err, "{}", view.problem(problem)))?;
    Ok(Exit::Failed)
}

/// The configuration that the flags ask for, with what they say above all.
fn configs(arguments: &SettingArgs, options: Options) -> Result<Configs, Vec<Problem>> {
    let sources = Sources { isolated: arguments.isolated, given: arguments.config.clone() };
    Configs::new(&sources, Layer::of_flags(options))
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

/// What is checked: a tree, or standard input.
struct Input {
    walked: Walked,
    /// All of standard input, where that is the input.
    stdin: Option<Vec<u8>>,
}

impl Input {
    fn read(arguments: &RunArgs, mode: Mode, settings: &Settings) -> Result<Self, String> {
        let is_stdin = |path: &PathBuf| path == Path::new("-");
        if !arguments.paths.iter().any(is_stdin) {
            if arguments.stdin_filename.is_some() {
                return Err("`--stdin-filename` names standard input. Add `-` as the path to read it.".into());
            }
            return Ok(Self { walked: walk(&arguments.paths, settings.threads, &settings.configs), stdin: None });
        }
        if arguments.write_baseline.is_some() || mode == Mode::Note {
            return Err("a baseline and `# noqa` comments are about files, not about standard input.".into());
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
            walked.files.push(Found { path, bytes: bytes.clone(), saved: false });
        }
        Ok(Self { walked, stdin: Some(bytes) })
    }
}

/// A run that has been made, to be told.
struct Job<'a> {
    arguments: &'a RunArgs,
    format: Format,
    fail_on: FailOn,
    view: &'a View,
    outcome: Outcome,
    out: &'a mut Gate<'static>,
    err: &'a mut Gate<'static>,
    /// Where the findings go, if not to `out`, and how they look there.
    file: Option<Output>,
    in_file: &'a View,
}

impl Job<'_> {
    /// `check`.
    fn findings(&mut self) -> io::Result<()> {
        let Self { arguments, format, view, outcome, out, file, in_file, .. } = self;
        match file {
            Some(file) => show(arguments, *format, in_file, outcome, file)?,
            None => show(arguments, *format, view, outcome, *out)?,
        }
        if self.has_summary() {
            writeln!(self.out, "{}", self.view.summary(&self.outcome))?;
        }
        Ok(())
    }

    /// Whether standard output is for people, who like a last line.
    fn has_summary(&self) -> bool {
        !self.arguments.quiet && (self.file.is_some() || self.format.is_for_people())
    }

    /// `check --diff` and `fix --diff`. Nothing but the diff goes to standard output.
    fn diff(&mut self) -> io::Result<()> {
        let Self { arguments, view, outcome, out, err, file, in_file, .. } = self;
        // What `patch` reads has the bytes of the files, whatever they are; what people see has not.
        let is_read = !view.terminal.color && !view.terminal.is_watched;
        for change in &outcome.changes {
            match file {
                Some(file) => report::diff::write(change, in_file, file)?,
                None if is_read => report::diff::write(change, view, out.around())?,
                None => report::diff::write(change, view, *out)?,
            }
        }
        // On a terminal both end up in one place, in this order.
        out.flush()?;
        if !arguments.quiet {
            writeln!(err, "{}", view.fix_summary(outcome, "Would fix"))?;
        }
        Ok(())
    }

    /// `fix`.
    fn fix(&mut self) -> io::Result<()> {
        fix::write(&mut self.outcome);
        let has_summary = self.has_summary();
        let Self { arguments, format, view, outcome, out, err, file, in_file, .. } = self;
        if !arguments.quiet {
            // Where a program reads standard output, it gets the findings only.
            let to: &mut dyn Write = if has_summary { *out } else { *err };
            for change in &outcome.changes {
                writeln!(to, "{}", view.fixed(change))?;
            }
            if !outcome.changes.is_empty() && !outcome.files.is_empty() && file.is_none() {
                writeln!(to)?;
            }
        }
        match file {
            Some(file) => show(arguments, *format, in_file, outcome, file)?,
            None => show(arguments, *format, view, outcome, *out)?,
        }
        if has_summary {
            writeln!(out, "{}", view.fix_summary(outcome, "Fixed"))?;
        }
        Ok(())
    }

    /// `fix -`: the text passes through.
    fn filter(&mut self, text: &[u8]) -> io::Result<()> {
        let has_summary = self.has_summary();
        let Self { arguments, format, view, outcome, out, err, file, in_file, .. } = self;
        if outcome.problems.is_empty() {
            let to: &mut dyn Write = if view.terminal.is_watched { *out } else { out.around() };
            match outcome.changes.first() {
                Some(change) => to.write_all(&change.after.bytes())?,
                None => to.write_all(text)?,
            }
        }
        match file {
            Some(file) => show(arguments, *format, in_file, outcome, file)?,
            None => show(arguments, *format, view, outcome, *err)?,
        }
        if has_summary {
            writeln!(err, "{}", view.fix_summary(outcome, "Fixed"))?;
        }
        Ok(())
    }

    /// `--write-baseline`: what is found is agreed to, and nothing is left to report.
    fn agree(&mut self, mut baseline: Baseline) -> io::Result<()> {
        fix::write(&mut self.outcome);
        let Self { arguments, view, outcome, out, .. } = self;
        baseline.remove(&outcome.expired);
        baseline.add(&outcome.files);
        outcome.files.clear();
        if let Err(message) = baseline.write() {
            outcome.problems.push(Problem::new(baseline.path(), message));
        } else if !arguments.quiet {
            for change in &outcome.changes {
                writeln!(out, "{}", view.fixed(change))?;
            }
            writeln!(out, "{}", view.written(&baseline))?;
        }
        Ok(())
    }

    /// Says what the baseline has in vain, and takes it out if it `updates`.
    fn expire(&mut self, mut baseline: Baseline, updates: bool) -> io::Result<()> {
        let Self { view, outcome, err, .. } = self;
        if outcome.expired.is_empty() {
            return Ok(());
        }
        if updates {
            baseline.remove(&outcome.expired);
            if let Err(message) = baseline.write() {
                outcome.problems.push(Problem::new(baseline.path(), message));
                return Ok(());
            }
        }
        writeln!(err, "{}", view.expired(&baseline, &outcome.expired, updates))
    }

    /// `check --add-noqa`: what cannot get a comment is left to be reported.
    fn note(&mut self) -> io::Result<()> {
        noqa::add(&mut self.outcome);
        fix::write(&mut self.outcome);
        if !self.outcome.files.is_empty() {
            self.findings()?;
        }
        if !self.arguments.quiet {
            let to: &mut dyn Write = if self.has_summary() { self.out } else { self.err };
            writeln!(to, "{}", self.view.noted(&self.outcome.changes))?;
        }
        Ok(())
    }

    fn exit(&self) -> Exit {
        let fails = |least| {
            let pending = self.arguments.diff && self.outcome.has_changed(least);
            pending || self.outcome.has_left(least)
        };
        let least = self.fail_on.severity();
        if !self.outcome.problems.is_empty() {
            Exit::Failed
        } else if self.arguments.show_target {
            Exit::Clean
        } else if !self.arguments.exit_zero && least.is_some_and(fails) {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}

fn show(arguments: &RunArgs, format: Format, view: &View, outcome: &Outcome, to: &mut dyn Write) -> io::Result<()> {
    match (arguments.statistics, format) {
        (true, Format::Json) => report::statistics::json(&outcome.files, view, to),
        (true, _) => report::statistics::table(&outcome.files, view, to),
        (false, format) => report::write(format, outcome, view, to),
    }
}

fn explain(name: &str, terminal: Terminal, out: &mut Gate<'static>, err: &mut Gate<'static>) -> io::Result<Exit> {
    if let Some(rule) = rules::find(name) {
        report::rules::explain(rule, terminal, out)?;
        return Ok(Exit::Clean);
    }
    let problem = Problem::new(name, format!("there is no such rule; {}.", nearest(name)));
    writeln!(err, "error: {}: {}", problem.path.display(), problem.message)?;
    Ok(Exit::Failed)
}
