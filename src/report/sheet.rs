//! The subprotocol contract as one page of HTML: nothing is loaded, nothing runs.

use std::io::{self, Write};

use crate::report::agreement::summary;
use crate::report::printable;
use crate::run::agreement::{AgreedClient, AgreedRoute, Agreement, Judgement};

/// Colours have a contrast of 4.5 and more on both backgrounds; what they say is there in words as well.
const STYLE: &str = "
:root{color-scheme:light dark;--back:#fff;--text:#1f2328;--soft:#59636e;--line:#d1d9e0;--head:#f6f8fa;
--agreed:#116329;--without:#7d4e00;--refused:#b3261e;--unknown:#59636e}
@media (prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--soft:#9198a1;--line:#3d444d;--head:#151b23;
--agreed:#56d364;--without:#e3b341;--refused:#ff8882;--unknown:#9198a1}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;margin:0}
h2{font-size:1.05rem;margin:0;font-family:ui-monospace,monospace;overflow-wrap:anywhere}
p{margin:.25rem 0 1.5rem;color:var(--soft)}
section{border:1px solid var(--line);border-radius:.5rem;margin:0 0 1rem;overflow:hidden}
header{background:var(--head);padding:.6rem .9rem;display:flex;flex-wrap:wrap;gap:.1rem 1.5rem;align-items:baseline}
header span{color:var(--soft);overflow-wrap:anywhere}
code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;table-layout:fixed}
th,td{text-align:left;padding:.4rem .9rem;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{font-size:.8rem;font-weight:600;color:var(--soft)}
th:first-child{width:34%}
.agreed{color:var(--agreed)}.without{color:var(--without);font-weight:600}
.refused{color:var(--refused);font-weight:700}.unknown{color:var(--unknown)}
.none{padding:.4rem .9rem;border-top:1px solid var(--line);color:var(--soft);margin:0}
@media (max-width:40rem){thead{position:absolute;clip-path:inset(50%)}tr{display:block;padding:.5rem 0;border-top:1px solid var(--line)}
td{display:grid;grid-template-columns:6.5rem 1fr;border:0;padding:.1rem .9rem}
td::before{content:attr(data-label);color:var(--soft);font-size:.85rem}}
@media print{section{break-inside:avoid}}
";

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        c => c.to_string(),
    };
    printable(text).chars().map(escape).collect()
}

/// Writes the page.
///
/// # Errors
/// When `out` cannot be written to.
pub(super) fn write(agreement: &Agreement, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>Subprotocol contract</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Subprotocol contract</h1>\n<p>{}</p>\n",
        escaped(&summary(agreement))
    )?;
    for route in &agreement.routes {
        section(route, out)?;
    }
    if !agreement.strays.is_empty() {
        writeln!(out, "<section>\n<header><h2>no known route</h2></header>")?;
        table(&["client", "library", "offers", "goes to"], out)?;
        for client in &agreement.strays {
            let AgreedClient { file, line, library, offers, address, .. } = client;
            let cells = [
                ("client", format!("<code>{}:{line}</code>", escaped(file))),
                ("library", escaped(library)),
                ("offers", escaped(offers)),
                ("goes to", format!("<code>{}</code>", escaped(address))),
            ];
            row(&cells, out)?;
        }
        writeln!(out, "</tbody>\n</table>\n</section>")?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

fn section(route: &AgreedRoute, out: &mut dyn Write) -> io::Result<()> {
    let AgreedRoute { route, framework, file, line, selects, clients } = route;
    writeln!(
        out,
        "<section>\n<header><h2>{}</h2> <span><code>{}:{line}</code> ({})</span> <span>selects {}</span></header>",
        escaped(route),
        escaped(file),
        escaped(framework),
        escaped(selects)
    )?;
    if clients.is_empty() {
        return writeln!(out, "<p class=\"none\">No client is known.</p>\n</section>");
    }
    table(&["client", "library", "offers", "verdict", "confidence"], out)?;
    for AgreedClient { file, line, library, offers, verdict, confidence, .. } in clients {
        let cells = [
            ("client", format!("<code>{}:{line}</code>", escaped(file))),
            ("library", escaped(library)),
            ("offers", escaped(offers)),
            ("verdict", format!("<span class=\"{}\">{}</span>", class(*verdict), verdict.name())),
            ("confidence", escaped(confidence)),
        ];
        row(&cells, out)?;
    }
    writeln!(out, "</tbody>\n</table>\n</section>")
}

fn class(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Agreed => "agreed",
        Judgement::Unknown => "unknown",
        Judgement::Without => "without",
        Judgement::Refused => "refused",
    }
}

fn table(heads: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    writeln!(out, "<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>")
}

fn row(cells: &[(&str, String)], out: &mut dyn Write) -> io::Result<()> {
    let cells: String =
        cells.iter().map(|(label, cell)| format!("<td data-label=\"{label}\"><span>{cell}</span></td>")).collect();
    writeln!(out, "<tr>{cells}</tr>")
}
