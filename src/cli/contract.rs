//! `contract`: which subprotocols clients offer, and what the servers of the project select.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use crate::cli::arguments::ContractArgs;
use crate::cli::commands::{Exit, failed};
use crate::cli::run::configs;
use crate::project::files::walk;
use crate::report::agreement::{AgreementFormat, summary, write};
use crate::report::gate::Gate;
use crate::report::progress::Display;
use crate::report::{Paint, Terminal, View};
use crate::run::agreement::Agreement;
use crate::run::session::{self, Settings};

/// Runs it.
pub(super) fn contract(
    arguments: &ContractArgs,
    terminal: Terminal,
    out: &mut Gate<'static>,
    err: &mut Gate<'static>,
) -> io::Result<Exit> {
    let view = View::new(terminal, false);
    let configs = match configs(&arguments.settings, arguments.settings.options()) {
        Ok(configs) => Arc::new(configs),
        Err(problems) => return failed(&problems, &view, err),
    };
    let committed = match arguments.check.as_deref().map(committed).transpose() {
        Ok(committed) => committed,
        Err(message) => {
            writeln!(err, "error: {message}")?;
            return Ok(Exit::Failed);
        }
    };
    let display = Display::new(false);
    let threads = arguments.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
    let settings = Settings { configs, threads, progress: display.progress(), ..Settings::default() };
    let walked = walk(&arguments.paths, threads, &settings.configs);
    let mistakes = settings.configs.problems();
    if !mistakes.is_empty() {
        drop(display);
        return failed(&mistakes, &view, err);
    }
    let (agreement, problems) = session::agreement(walked, &settings, &|path| view.portable(path));
    drop(display);
    let mut exit = Exit::Clean;
    match committed {
        Some(before) => {
            let moved = agreement.moved_since(&before);
            for line in &moved {
                writeln!(out, "{}", terminal.paint(Paint::Warning, line))?;
            }
            match moved.len() {
                0 => writeln!(out, "The contract is what was committed: {}", summary(&agreement))?,
                many => {
                    exit = Exit::Findings;
                    let places = if many == 1 { "1 place".to_owned() } else { format!("{many} places") };
                    writeln!(
                        out,
                        "The contract moved in {places}. `wsupgrade contract --output-format json` writes the new one."
                    )?;
                }
            }
        }
        None => write(arguments.output_format.unwrap_or(AgreementFormat::Text), &agreement, terminal, out)?,
    }
    out.flush()?;
    if problems.is_empty() { Ok(exit) } else { failed(&problems, &view, err) }
}

fn committed(path: &Path) -> Result<Agreement, String> {
    Agreement::read(path).map_err(|message| format!("{}: {message}", path.display()))
}
