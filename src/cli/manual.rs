//! Shell completions and man pages, from the definitions of the command line.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::arguments::Cli;

/// Writes the script that completes the command line in `shell`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn completion(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    // Written at once: what generates it does not survive a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    out.write_all(&script)
}

/// Writes the man page, in roff, of wsupgrade or of one of its commands. `false` where there is no such command.
///
/// # Errors
/// When `out` cannot be written to.
pub fn page(of: Option<&str>, out: &mut dyn Write) -> io::Result<bool> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let command = match of {
        None => &command,
        Some(name) => match command.find_subcommand(name) {
            Some(command) => command,
            None => return Ok(false),
        },
    };
    let release = concat!("wsupgrade ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(release).render(out).map(|()| true)
}
