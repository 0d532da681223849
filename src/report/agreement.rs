//! The subprotocol contract: to read, for programs, and as a drawing.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::report::gate::{Escape, Gate};
use crate::report::{Paint, Terminal, printable, sheet};
use crate::run::agreement::{AgreedClient, AgreedRoute, Agreement, Judgement};

/// How to show a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AgreementFormat {
    /// A table to read.
    Text,
    /// For programs, and for `--check`.
    Json,
    /// A table for a page of Markdown.
    Markdown,
    /// A flowchart for Mermaid, as GitHub and GitLab draw it.
    Mermaid,
    /// A page that needs nothing else.
    Html,
}

/// Writes a contract.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(
    format: AgreementFormat,
    agreement: &Agreement,
    terminal: Terminal,
    out: &mut dyn Write,
) -> io::Result<()> {
    let spelling = match format {
        AgreementFormat::Text => Escape::Text { colors: terminal.color },
        AgreementFormat::Json => Escape::Json,
        AgreementFormat::Markdown | AgreementFormat::Mermaid => Escape::Text { colors: false },
        AgreementFormat::Html => Escape::Xml,
    };
    let out = &mut Gate::new(out, spelling);
    match format {
        AgreementFormat::Text => text(agreement, terminal, out),
        AgreementFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, agreement).map_err(io::Error::from).and_then(|()| writeln!(out))
        }
        AgreementFormat::Markdown => markdown(agreement, out),
        AgreementFormat::Mermaid => mermaid(agreement, out),
        AgreementFormat::Html => sheet::write(agreement, out),
    }?;
    out.flush()
}

/// What it comes to, in one line.
pub fn summary(agreement: &Agreement) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let clients = agreement.clients().count();
    let mut parts = vec![count(agreement.routes.len(), "route"), count(clients, "client")];
    for judgement in [Judgement::Refused, Judgement::Without, Judgement::Unknown] {
        match agreement.count(judgement) {
            0 => {}
            1 if judgement == Judgement::Without => parts.push("1 goes on without its subprotocol".to_owned()),
            many if judgement == Judgement::Without => parts.push(format!("{many} go on without their subprotocol")),
            many => parts.push(format!("{many} {}", judgement.name())),
        }
    }
    format!("{}.", parts.join(", "))
}

fn place(file: &str, line: usize) -> String {
    format!("{}:{line}", printable(file))
}

/// Rows of cells, in columns as wide as they have to be.
fn columns(rows: &[Vec<String>], indent: &str) -> Vec<String> {
    let most = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..most).map(|at| width(at).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let mut line = indent.to_owned();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn paint(judgement: Judgement) -> Paint {
    match judgement {
        Judgement::Agreed => Paint::Good,
        Judgement::Unknown => Paint::Dim,
        Judgement::Without => Paint::Warning,
        Judgement::Refused => Paint::Error,
    }
}

fn text(agreement: &Agreement, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let head = |route: &AgreedRoute| {
        let selects = format!("selects {}", printable(&route.selects));
        vec![printable(&route.route).into_owned(), place(&route.file, route.line), route.framework.clone(), selects]
    };
    let heads = columns(&agreement.routes.iter().map(head).collect::<Vec<_>>(), "");
    let row = |client: &AgreedClient| {
        let AgreedClient { file, line, library, offers, verdict, confidence, .. } = client;
        let offers = format!("offers {}", printable(offers));
        vec![place(file, *line), library.clone(), offers, verdict.name().to_owned(), confidence.clone()]
    };
    let all: Vec<&AgreedClient> = agreement.clients().collect();
    let mut rows = columns(&all.iter().map(|client| row(client)).collect::<Vec<_>>(), "  ").into_iter();
    for (route, head) in agreement.routes.iter().zip(heads) {
        writeln!(out, "{}", terminal.paint(Paint::Strong, &head))?;
        for (client, row) in route.clients.iter().zip(rows.by_ref()) {
            writeln!(out, "{}", terminal.paint(paint(client.verdict), &row))?;
        }
        if route.clients.is_empty() {
            writeln!(out, "{}", terminal.paint(Paint::Dim, "  no client is known"))?;
        }
    }
    if !agreement.strays.is_empty() {
        writeln!(out, "{}", terminal.paint(Paint::Strong, "no known route"))?;
        let row = |client: &AgreedClient| {
            let offers = format!("offers {}", printable(&client.offers));
            let to = format!("to {}", printable(&client.address));
            vec![place(&client.file, client.line), client.library.clone(), offers, to]
        };
        for line in columns(&agreement.strays.iter().map(row).collect::<Vec<_>>(), "  ") {
            writeln!(out, "{}", terminal.paint(Paint::Dim, &line))?;
        }
    }
    if !agreement.routes.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(agreement))
}

fn markdown(agreement: &Agreement, out: &mut dyn Write) -> io::Result<()> {
    let cell = |text: &str| {
        let escaped: String = printable(text)
            .chars()
            .flat_map(|c| ("\\`*_{}[]<>#|~&!".contains(c)).then_some('\\').into_iter().chain([c]))
            .collect();
        escaped
    };
    writeln!(out, "| route | server | selects | client | offers | verdict | confidence |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |")?;
    for route in &agreement.routes {
        let server = cell(&place(&route.file, route.line));
        let head = format!("| {} | {server} ({}) | {} |", cell(&route.route), route.framework, cell(&route.selects));
        for client in &route.clients {
            let AgreedClient { file, line, library, offers, verdict, confidence, .. } = client;
            let from = cell(&place(file, *line));
            let offers = cell(offers);
            writeln!(out, "{head} {from} ({library}) | {offers} | {} | {confidence} |", verdict.name())?;
        }
        if route.clients.is_empty() {
            writeln!(out, "{head} | | | |")?;
        }
    }
    for client in &agreement.strays {
        let (from, to) = (cell(&place(&client.file, client.line)), cell(&client.address));
        writeln!(out, "| no known route | | | {from} ({}) to {to} | {} | | |", client.library, cell(&client.offers))?;
    }
    writeln!(out, "\n{}", summary(agreement))
}

/// Clients to the left, routes to the right.
fn mermaid(agreement: &Agreement, out: &mut dyn Write) -> io::Result<()> {
    // In quotes, where nothing but these has a meaning.
    let label = |text: &str| {
        let escape = |c: char| match c {
            '"' => "#quot;".to_owned(),
            '#' => "#35;".to_owned(),
            '<' => "#lt;".to_owned(),
            '>' => "#gt;".to_owned(),
            '&' => "#amp;".to_owned(),
            '`' | '\\' | '{' | '}' | '[' | ']' | '|' => format!("#{};", u32::from(c)),
            c => c.to_string(),
        };
        printable(text).chars().map(escape).collect::<String>()
    };
    writeln!(out, "flowchart LR")?;
    let mut files: Vec<&str> = agreement.clients().map(|client| client.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    for (number, file) in files.iter().enumerate() {
        writeln!(out, "  c{number}[\"{}\"]", label(file))?;
    }
    let mut edges: Vec<Judgement> = Vec::new();
    for (number, route) in agreement.routes.iter().enumerate() {
        let (path, file) = (label(&route.route), label(&place(&route.file, route.line)));
        writeln!(out, "  r{number}([\"{path}<br/>{file}<br/>selects {}\"])", label(&route.selects))?;
        let mut drawn: Vec<(&str, &str, Judgement)> = Vec::new();
        for client in &route.clients {
            let edge = (client.file.as_str(), client.offers.as_str(), client.verdict);
            let Ok(from) = files.binary_search(&client.file.as_str()) else { continue };
            if drawn.contains(&edge) {
                continue;
            }
            drawn.push(edge);
            edges.push(client.verdict);
            let arrow = if client.verdict == Judgement::Refused { "--x" } else { "-->" };
            let what = format!("{}: {}", client.offers, client.verdict.name());
            writeln!(out, "  c{from} {arrow}|\"{}\"| r{number}", label(&what))?;
        }
    }
    let style = [(Judgement::Refused, "#c0392b"), (Judgement::Without, "#b9770e")];
    for (judgement, color) in style {
        let of: Vec<String> = (edges.iter().enumerate())
            .filter(|(_, edge)| **edge == judgement)
            .map(|(number, _)| number.to_string())
            .collect();
        if !of.is_empty() {
            writeln!(out, "  linkStyle {} stroke:{color},color:{color}", of.join(","))?;
        }
    }
    Ok(())
}
