//! An environment, to read or for programs.

use std::io::{self, Write};

use crate::report::{Paint, Terminal, printable};
use crate::run::environment::{Environment, Package};

/// As JSON.
///
/// # Errors
/// When `out` cannot be written to.
pub fn json(environment: &Environment, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, environment)?;
    writeln!(out)
}

/// To read.
///
/// # Errors
/// When `out` cannot be written to.
pub fn text(environment: &Environment, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let Environment { sites, websockets, installed, packages } = environment;
    for site in sites {
        writeln!(out, "{}", terminal.paint(Paint::Strong, &printable(&site.to_string_lossy())))?;
    }
    let library = websockets.as_ref().map_or_else(|| "no websockets".to_owned(), |it| format!("websockets {it}"));
    writeln!(out, "{installed} packages, {library}\n")?;
    for package in packages {
        self::package(package, terminal, out)?;
    }
    writeln!(out, "{}", summary(environment))
}

fn package(package: &Package, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let Package { name, version, requires, findings, errors, first, advice } = package;
    writeln!(out, "{} {version}", terminal.paint(Paint::Strong, name))?;
    if let Some(range) = requires {
        writeln!(out, "  requires websockets{range}, which keeps 14.0 and newer out")?;
    }
    if *findings > 0 {
        let places = if *findings == 1 { "1 place uses".to_owned() } else { format!("{findings} places use") };
        let breaks = match errors {
            0 => "it warns on websockets 14 and newer".to_owned(),
            1 => "1 of them breaks on websockets 14 and newer".to_owned(),
            more => format!("{more} of them break on websockets 14 and newer"),
        };
        writeln!(out, "  {places} the legacy API; {breaks}")?;
    }
    if let Some(first) = first {
        writeln!(out, "  {}", terminal.paint(Paint::Dim, &printable(first)))?;
    }
    match advice {
        Some(advice) => {
            if let Some(since) = advice.since {
                writeln!(out, "  {}", terminal.paint(Paint::Info, &format!("Upgrade: {name} {since} is past it.")))?;
            }
            if !advice.note.is_empty() {
                writeln!(out, "  {}", terminal.paint(Paint::Info, advice.note))?;
            }
        }
        None => writeln!(out, "  {}", terminal.paint(Paint::Info, &format!("Try `pip install --upgrade {name}`.")))?,
    }
    writeln!(out)
}

fn summary(environment: &Environment) -> String {
    let pins = environment.packages.iter().filter(|package| package.requires.is_some()).count();
    let users = environment.packages.iter().filter(|package| package.findings > 0).count();
    let packages = |count: usize| if count == 1 { "1 package".to_owned() } else { format!("{count} packages") };
    match (pins, users) {
        (0, 0) => "Ready: no installed package holds websockets back or uses its legacy API.".to_owned(),
        (0, users) => format!("{} in use of the legacy API.", packages(users)),
        (pins, 0) => format!("{} below websockets 14.0.", packages(pins)),
        (pins, users) => {
            format!("{} below websockets 14.0; {} in use of the legacy API.", packages(pins), packages(users))
        }
    }
}
