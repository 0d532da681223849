//! What holds for a path, and why.

use std::io::{self, Write};

use serde_json::Value;

use crate::report::gate::{Escape, Gate};
use crate::report::{Paint, Terminal};
use crate::run::config::{Reasons, Setting};

/// As JSON.
///
/// # Errors
/// When `out` cannot be written to.
pub fn json(reasons: &Reasons, out: &mut dyn Write) -> io::Result<()> {
    let out = &mut Gate::new(out, Escape::Json);
    serde_json::to_writer_pretty(&mut *out, reasons)?;
    writeln!(out)?;
    out.flush()
}

/// To read.
///
/// # Errors
/// When `out` cannot be written to.
pub fn text(reasons: &Reasons, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let Reasons { path, exists, skipped, skipped_when_named, files, settings, target, rules } = reasons;
    let path = terminal.paint(Paint::Strong, &path.display().to_string());
    let unless = if *skipped_when_named {
        "also when it is named on the command line"
    } else {
        "unless it is named on the command line"
    };
    match skipped {
        Some(why) => writeln!(out, "{path} is not checked, {unless}: {why}.")?,
        None if *exists => writeln!(out, "{path} is checked.")?,
        None => writeln!(out, "{path} does not exist; it would be checked.")?,
    }
    match files.as_slice() {
        [] => writeln!(out, "No configuration file holds for it.")?,
        [file] => writeln!(out, "Configuration: {}.", file.display())?,
        [file, extended @ ..] => {
            let extended: Vec<String> = extended.iter().map(|file| file.display().to_string()).collect();
            writeln!(out, "Configuration: {}, which extends {}.", file.display(), extended.join(", which extends "))?;
        }
    }
    writeln!(out, "Supported: {target}.\n")?;
    let width = settings.iter().map(|setting| setting.key.len()).max().unwrap_or_default();
    let mut last = "";
    for Setting { key, value, from } in settings {
        let name = if last == key { "" } else { key };
        last = key;
        let from = terminal.paint(Paint::Dim, &format!("# {from}"));
        let equals = if name.is_empty() { ' ' } else { '=' };
        writeln!(out, "{name:width$} {equals} {}  {from}", toml(value))?;
    }
    let on = rules.iter().filter(|rule| rule.on).count();
    writeln!(out, "\n{on} of {} rules are on.", rules.len())?;
    // The shorter list says more.
    let listed = on * 2 < rules.len();
    for rule in rules.iter().filter(|rule| rule.on == listed) {
        let state = if rule.on { "on " } else { "off" };
        let why = terminal.paint(Paint::Dim, &format!("# {}, {}", rule.by, rule.from));
        writeln!(out, "{state} {} {}  {why}", rule.code, rule.name)?;
    }
    Ok(())
}

/// A value as a configuration file has it.
fn toml(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".into(),
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) if entries.is_empty() => "{}".into(),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{} = {}", Value::from(key.as_str()), toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
