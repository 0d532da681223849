//! The commands: from arguments to an exit code.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use crate::cli::arguments::{CheckArgs, Cli, Command, ListFormat, SettingArgs};
use crate::cli::run::{self, Mode, configs};
use crate::cli::{contract, manual, migrate, signals};
use crate::lint::registry as rules;
use crate::lint::select::nearest;
use crate::report::gate::{Escape, Gate};
use crate::report::{self, Terminal, View};
use crate::run::config::{self, Reasons};
use crate::run::{environment, session};
use crate::text::problem::{Problem, reason};

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
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
    let cli = Cli::read();
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
        Command::Check(CheckArgs { run, fix: true, .. }) | Command::Fix(run) => {
            run::run(&run, &Mode::Fix, cli.color, out, err)
        }
        Command::Check(CheckArgs { run, add_noqa: Some(reason), .. }) => {
            run::run(&run, &Mode::Note(reason), cli.color, out, err)
        }
        Command::Check(CheckArgs { run, .. }) => run::run(&run, &Mode::Check, cli.color, out, err),
        Command::Migrate(arguments) => migrate::migrate(arguments, cli.color, out, err),
        Command::Contract(arguments) => contract::contract(&arguments, terminal, out, err),
        Command::Explain { rule } => explain(&rule, terminal, out, err),
        Command::Env { python, output_format } => match environment::read(python.as_deref()) {
            Ok(environment) => {
                match output_format {
                    ListFormat::Text => report::environment::text(&environment, terminal, out)?,
                    ListFormat::Json => report::environment::json(&environment, out)?,
                }
                Ok(if environment.is_ready() { Exit::Clean } else { Exit::Findings })
            }
            Err(message) => {
                writeln!(err, "error: {message}")?;
                Ok(Exit::Failed)
            }
        },
        Command::Config { schema: true, .. } => {
            out.write_all(config::SCHEMA.as_bytes())?;
            Ok(Exit::Clean)
        }
        Command::Config { path, output_format, settings, .. } => {
            show_settings(&path, output_format, &settings, terminal, out, err)
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

/// `config`.
pub(super) fn show_settings(
    path: &std::path::Path,
    format: ListFormat,
    settings: &SettingArgs,
    terminal: Terminal,
    out: &mut Gate<'static>,
    err: &mut Gate<'static>,
) -> io::Result<Exit> {
    let read = configs(settings, settings.options()).and_then(|configs| {
        let reasons = Reasons::new(path, &configs);
        let problems = configs.problems();
        if problems.is_empty() { Ok(reasons) } else { Err(problems) }
    });
    match (read, format) {
        (Ok(reasons), ListFormat::Text) => report::config::text(&reasons, terminal, out)?,
        (Ok(reasons), ListFormat::Json) => report::config::json(&reasons, out)?,
        (Err(problems), _) => return failed(&problems, &View::new(terminal, false), err),
    }
    Ok(Exit::Clean)
}

/// What went wrong before anything was checked.
pub(super) fn failed(problems: &[Problem], view: &View, err: &mut Gate<'static>) -> io::Result<Exit> {
    problems.iter().try_for_each(|problem| writeln!(err, "{}", view.problem(problem)))?;
    Ok(Exit::Failed)
}

fn explain(name: &str, terminal: Terminal, out: &mut Gate<'static>, err: &mut Gate<'static>) -> io::Result<Exit> {
    if let Some(rule) = rules::find(name) {
        report::rules::explain(rule, terminal, out)?;
        return Ok(Exit::Clean);
    }
    match rules::about(name).as_slice() {
        [] => {
            let problem =
                Problem::new(name, format!("no rule has this code or name, or is about it; {}.", nearest(name)));
            writeln!(err, "error: {}: {}", problem.path.display(), problem.message)?;
            Ok(Exit::Failed)
        }
        [only] => report::rules::explain(only, terminal, out).map(|()| Exit::Clean),
        [first, others @ ..] => {
            report::rules::explain(first, terminal, out)?;
            report::rules::also(name, others, terminal, out)?;
            Ok(Exit::Clean)
        }
    }
}
