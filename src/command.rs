//! The commands: from arguments to an exit code.

use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Instant;

use clap::{Parser as _, ValueEnum as _};

use crate::cli::{Cli, ColorChoice, Command, ListFormat, RunArgs};
use crate::report::{self, Format, Terminal, View};
use crate::run::{self, Outcome, Problem, Settings};
use crate::select::{Selection, nearest};
use crate::target::Target;
use crate::walk::{Found, Walked, reason, walk_for};
use crate::write::Output;
use crate::{fix, rules, suppress};

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Clean = 0,
    Findings = 1,
    Failed = 2,
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::detect(cli.color);
    let (mut out, mut err) = (BufWriter::new(io::stdout().lock()), io::stderr().lock());
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

fn dispatch(cli: Cli, terminal: Terminal, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let (arguments, fixes) = match cli.command {
        Command::Check(arguments) => (arguments, false),
        Command::Fix(arguments) => (arguments, true),
        Command::Explain { rule } => return explain(&rule, terminal, out, err),
        Command::Rules { output_format } => {
            match output_format {
                ListFormat::Text => report::rules::table(terminal, out)?,
                ListFormat::Json => report::rules::json(out)?,
            }
            return Ok(Exit::Clean);
        }
    };
    let started = Instant::now();
    let read = settings(&arguments).and_then(|settings| Ok((Input::read(&arguments, &settings)?, settings)));
    let (mut input, settings) = match read {
        Ok(read) => read,
        Err(message) => {
            writeln!(err, "error: {message}")?;
            return Ok(Exit::Failed);
        }
    };
    let file = match arguments.output_file.as_deref().map(Output::open).transpose() {
        Ok(file) => file,
        Err(message) => {
            writeln!(err, "error: {message}")?;
            return Ok(Exit::Failed);
        }
    };
    let view = View::new(terminal, arguments.unsafe_fixes);
    let in_file = if cli.color == ColorChoice::Always { view.clone() } else { view.plain() };
    let mentioning = input.walked.files.len();
    let walked = std::mem::take(&mut input.walked);
    let mut job =
        Job { arguments: &arguments, view: &view, outcome: Outcome::default(), out, err, file, in_file: &in_file };
    job.outcome = if fixes || arguments.diff { fix::fix(walked, &settings) } else { run::check(walked, &settings) };
    match (arguments.diff, fixes, input.stdin) {
        (true, ..) => job.diff()?,
        (false, false, _) => job.findings()?,
        (false, true, None) => job.fix()?,
        (false, true, Some(text)) => job.filter(&text)?,
    }
    // On a terminal all ends up in one place, in this order.
    job.out.flush()?;
    if let Some(Err(message)) = job.file.take().map(Output::close) {
        writeln!(job.err, "error: {message}")?;
        return Ok(Exit::Failed);
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
        if job.outcome.suppressed > 0 {
            writeln!(job.err, "suppressed by comments: {}", job.outcome.suppressed)?;
        }
        for target in &job.outcome.targets {
            writeln!(job.err, "supported: {target}")?;
        }
    }
    Ok(job.exit())
}

fn settings(arguments: &RunArgs) -> Result<Settings, String> {
    let format = arguments.output_format;
    if arguments.statistics && !format.has_statistics() {
        let name = format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        return Err(format!(
            "`--statistics` is a table or JSON, not {name}. Leave out `--output-format`, or say `--output-format json`."
        ));
    }
    let selection = Selection::new(arguments.select.clone(), arguments.ignore.clone());
    let selects_comments = suppress::rule().is_some_and(|rule| selection.names(rule));
    Ok(Settings {
        selection,
        unused_ignores: arguments.report_unused_ignores || selects_comments,
        target: arguments.websockets.as_deref().map(Target::from_range).transpose()?,
        unsafe_fixes: arguments.unsafe_fixes,
        threads: threads(arguments),
    })
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
    fn read(arguments: &RunArgs, settings: &Settings) -> Result<Self, String> {
        let wanted =
            |bytes: &[u8]| rules::can_matter(bytes) || settings.unused_ignores && suppress::is_mentioned(bytes);
        let is_stdin = |path: &PathBuf| path == Path::new("-");
        if !arguments.paths.iter().any(is_stdin) {
            if arguments.stdin_filename.is_some() {
                return Err("`--stdin-filename` names standard input. Add `-` as the path to read it.".into());
            }
            return Ok(Self { walked: walk_for(&arguments.paths, settings.threads, &wanted), stdin: None });
        }
        if arguments.paths.len() > 1 {
            return Err("`-` (standard input) cannot be combined with other paths. Run wsupgrade twice.".into());
        }
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|error| format!("cannot read standard input: {}", reason(&error)))?;
        let mut walked = Walked { checked: 1, ..Walked::default() };
        if wanted(&bytes) {
            let path = arguments.stdin_filename.clone().unwrap_or_else(|| "-".into());
            walked.files.push(Found { path, bytes: bytes.clone(), saved: false });
        }
        Ok(Self { walked, stdin: Some(bytes) })
    }
}

/// A run that has been made, to be told.
struct Job<'a> {
    arguments: &'a RunArgs,
    view: &'a View,
    outcome: Outcome,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    /// Where the findings go, if not to `out`, and how they look there.
    file: Option<Output>,
    in_file: &'a View,
}

impl Job<'_> {
    /// `check`.
    fn findings(&mut self) -> io::Result<()> {
        let Self { arguments, view, outcome, out, file, in_file, .. } = self;
        match file {
            Some(file) => show(arguments, in_file, outcome, file)?,
            None => show(arguments, view, outcome, *out)?,
        }
        if self.has_summary() {
            writeln!(self.out, "{}", self.view.summary(&self.outcome))?;
        }
        Ok(())
    }

    /// Whether standard output is for people, who like a last line.
    fn has_summary(&self) -> bool {
        !self.arguments.quiet && (self.file.is_some() || self.arguments.output_format.is_for_people())
    }

    /// `check --diff` and `fix --diff`. Nothing but the diff goes to standard output.
    fn diff(&mut self) -> io::Result<()> {
        let Self { arguments, view, outcome, out, err, file, in_file } = self;
        for change in &outcome.changes {
            match file {
                Some(file) => report::diff::write(change, in_file, file)?,
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
        let Self { arguments, view, outcome, out, err, file, in_file } = self;
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
            Some(file) => show(arguments, in_file, outcome, file)?,
            None => show(arguments, view, outcome, *out)?,
        }
        if has_summary {
            writeln!(out, "{}", view.fix_summary(outcome, "Fixed"))?;
        }
        Ok(())
    }

    /// `fix -`: the text passes through.
    fn filter(&mut self, text: &[u8]) -> io::Result<()> {
        let has_summary = self.has_summary();
        let Self { arguments, view, outcome, out, err, file, in_file } = self;
        if outcome.problems.is_empty() {
            out.write_all(outcome.changes.first().map_or(text, |change| change.after.text().as_bytes()))?;
        }
        match file {
            Some(file) => show(arguments, in_file, outcome, file)?,
            None => show(arguments, view, outcome, *err)?,
        }
        if has_summary {
            writeln!(err, "{}", view.fix_summary(outcome, "Fixed"))?;
        }
        Ok(())
    }

    fn exit(&self) -> Exit {
        let pending = self.arguments.diff && !self.outcome.changes.is_empty();
        if !self.outcome.problems.is_empty() {
            Exit::Failed
        } else if !self.arguments.exit_zero && (pending || self.outcome.has_work_left()) {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}

fn show(arguments: &RunArgs, view: &View, outcome: &Outcome, to: &mut dyn Write) -> io::Result<()> {
    match (arguments.statistics, arguments.output_format) {
        (true, Format::Json) => report::statistics::json(&outcome.files, view, to),
        (true, _) => report::statistics::table(&outcome.files, view, to),
        (false, format) => report::write(format, outcome, view, to),
    }
}

fn explain(name: &str, terminal: Terminal, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    if let Some(rule) = rules::find(name) {
        report::rules::explain(rule, terminal, out)?;
        return Ok(Exit::Clean);
    }
    let problem = Problem::new(name, format!("there is no such rule; {}.", nearest(name)));
    writeln!(err, "error: {}: {}", problem.path.display(), problem.message)?;
    Ok(Exit::Failed)
}
