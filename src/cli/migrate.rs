//! `migrate`: one command for code and declarations.

use std::io;

use crate::cli::arguments::{MigrateArgs, RunArgs};
use crate::cli::commands::Exit;
use crate::cli::run::{Migration, Mode, run};
use crate::report::gate::Gate;
use crate::report::terminal::ColorChoice;
use crate::run::config::Format;
use crate::target::Goal;

/// Runs it. All fixes are made, also those that somebody has to look at: the checklist names them.
pub(super) fn migrate(
    arguments: MigrateArgs,
    color: ColorChoice,
    out: &mut Gate<'static>,
    err: &mut Gate<'static>,
) -> io::Result<Exit> {
    let MigrateArgs { paths, both_sides, diff, checklist, add_todo, mut settings, exit_zero, threads, quiet, verbose } =
        arguments;
    settings.unsafe_fixes = !settings.no_unsafe_fixes;
    let goal = if both_sides { Goal::Both } else { Goal::Modern };
    let mode = Mode::Migrate(Migration { goal, checklist, adds_todo: add_todo });
    let output_format = Some(Format::Full);
    let arguments =
        RunArgs { paths, diff, settings, output_format, exit_zero, threads, quiet, verbose, ..RunArgs::default() };
    run(&arguments, &mode, color, out, err)
}
