//! What a migration leaves to a person: what needs manual work, what wants a look, and what could not be written or checked.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use crate::lint::rule::{Finding, Rule};
use crate::report::summary::count;
use crate::report::{Paint, View, printable, word};
use crate::run::session::{FileFindings, Outcome};
use crate::text::edit::Fix;

/// The family of the rules about declarations.
const DECLARATIONS: &str = "project";

/// Says of a declaration what every place in the code has a finding for.
const FOLLOWS_THE_CODE: &str = "WS902";

/// Findings that say the same, with their places.
struct Item<'a> {
    finding: &'a Finding,
    places: Vec<String>,
}

/// The findings that somebody has to deal with, in the order of the files. A fix that is made once its file can be written is none of
/// them, and neither is a declaration that is right as soon as the code is.
fn items<'a>(outcome: &'a Outcome, view: &View) -> Vec<Item<'a>> {
    let mut items: Vec<Item> = Vec::new();
    let is_unwritten = |path: &Path| outcome.problems.iter().any(|it| it.path == path && it.unwritten().is_some());
    let is_about_code = |finding: &Finding| finding.rule.is_some_and(|rule| rule.family != DECLARATIONS);
    let has_cause = outcome.files.iter().flat_map(|file| &file.findings).any(is_about_code);
    for FileFindings { source, findings } in &outcome.files {
        let waits = is_unwritten(source.path());
        for finding in findings {
            let is_made = waits && finding.fix.as_ref().is_some_and(Fix::is_allowed);
            if is_made || has_cause && finding.code() == FOLLOWS_THE_CODE {
                continue;
            }
            let place = source.position(finding.range.start());
            let place = format!("{}:{place}", view.path(source.path()));
            let is_same = |item: &&mut Item| {
                let other = item.finding;
                (other.code(), &other.message, &other.help) == (finding.code(), &finding.message, &finding.help)
            };
            match items.iter_mut().find(is_same) {
                Some(item) => item.places.push(place),
                None => items.push(Item { finding, places: vec![place] }),
            }
        }
    }
    items.sort_by_key(|item| Reverse(item.finding.severity));
    items
}

/// The rules whose unsafe fixes were made, with the files.
fn reviews(outcome: &Outcome, view: &View) -> Vec<(&'static Rule, BTreeMap<String, usize>)> {
    let mut reviews = BTreeMap::<&str, (&'static Rule, BTreeMap<String, usize>)>::new();
    for change in &outcome.changes {
        for rule in &change.unsafe_rules {
            let (_, files) = reviews.entry(rule.meta.code).or_insert_with(|| (rule, BTreeMap::new()));
            *files.entry(view.path(change.after.path())).or_default() += 1;
        }
    }
    reviews.into_values().collect()
}

/// The files that could not be written, each with the reason.
fn unwritten(outcome: &Outcome, view: &View) -> Vec<String> {
    let problems = outcome.problems.iter().filter_map(|it| Some((&it.path, it.unwritten()?)));
    problems.map(|(path, why)| format!("{}: {}", view.path(path), printable(why))).collect()
}

/// What could not be seen or dealt with, in whole sentences.
fn unseen(outcome: &Outcome, view: &View) -> Vec<String> {
    let problems = outcome.problems.iter().filter(|it| it.unwritten().is_none());
    let problems = problems.map(|it| format!("{}: {}", view.path(&it.path), printable(&it.message)));
    let warnings = outcome.warnings.iter().map(|it| format!("{}:{}", view.path(&it.path), printable(&it.message)));
    let unseen = outcome.unseen.iter().map(|it| format!("{}:{}", view.path(&it.path), printable(&it.message)));
    problems.chain(warnings).chain(unseen).collect()
}

/// Why nothing was changed there.
fn why(finding: &Finding) -> Option<String> {
    if finding.fix.is_some() {
        return Some("`wsupgrade check` shows a suggestion.".to_owned());
    }
    finding.reason()
}

/// What was done, as one sentence.
fn summary(outcome: &Outcome, is_done: bool) -> String {
    let changed = outcome.changes.iter().filter(|change| !change.rules.is_empty()).count();
    if changed == 0 {
        return "Nothing to change.".to_owned();
    }
    let verb = if is_done { "Fixed" } else { "Would fix" };
    format!("{verb} {} in {}.", count(outcome.fixed(), "finding"), count(changed, "file"))
}

/// What to do after it.
fn next(outcome: &Outcome, is_done: bool) -> &'static str {
    if !is_done {
        return "Next: `wsupgrade migrate` without `--diff` makes the change.";
    }
    if outcome.problems.iter().any(|it| it.unwritten().is_some()) {
        return "Next: see to the files that could not be written, and run `wsupgrade migrate` again.";
    }
    match outcome.left() {
        0 => "Next: install websockets 14.2 or newer and run your tests, with a rejected connection among them.",
        _ => {
            "Next: work through the list; `wsupgrade check` says what is left, `wsupgrade explain CODE` tells the whole story."
        }
    }
}

/// Writes it to read; `is_done` says that the files were written.
///
/// # Errors
/// When `out` cannot be written to.
pub fn text(outcome: &Outcome, is_done: bool, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let strong = |text: &str| view.terminal.paint(Paint::Strong, text);
    let wrap = |text: &str, indent: &str| view.terminal.wrap(text, indent, &format!("{indent}  "));
    let items = items(outcome, view);
    if !items.is_empty() {
        let all: usize = items.iter().map(|item| item.places.len()).sum();
        writeln!(out, "\n{}", strong(&format!("Needs manual work ({all}):")))?;
        for Item { finding, places } in &items {
            writeln!(out, "  {} {}: {}", view.code(finding), finding.name(), severity(finding, view))?;
            writeln!(out, "{}", wrap(&places.join(", "), "    "))?;
            writeln!(out, "{}", wrap(&format!("{}.", finding.message.trim_end_matches('.')), "    "))?;
            if let Some(help) = &finding.help {
                writeln!(out, "{}", view.terminal.paint(Paint::Info, &wrap(help, "    ")))?;
            }
            if let Some(why) = why(finding) {
                writeln!(out, "{}", view.terminal.paint(Paint::Dim, &wrap(&format!("No fix: {why}"), "    ")))?;
            }
        }
    }
    let reviews = reviews(outcome, view);
    if !reviews.is_empty() {
        let all: usize = outcome.changes.iter().map(|change| change.unsafe_rules.len()).sum();
        writeln!(out, "\n{}", strong(&format!("Review these changes, which may alter what the code does ({all}):")))?;
        for (rule, files) in reviews {
            let files: Vec<String> = files.iter().map(|(file, count)| times(file, *count)).collect();
            writeln!(out, "{}", wrap(&format!("{} {}: {}", rule.meta.code, rule.name, files.join(", ")), "  "))?;
        }
    }
    for (title, lines) in [("Not written", unwritten(outcome, view)), ("Could not be checked", unseen(outcome, view))] {
        if !lines.is_empty() {
            writeln!(out, "\n{}", strong(&format!("{title} ({}):", lines.len())))?;
            lines.iter().try_for_each(|line| writeln!(out, "{}", wrap(line, "  ")))?;
        }
    }
    writeln!(out, "\n{}\n{}", summary(outcome, is_done), view.terminal.wrap(next(outcome, is_done), "", "  "))
}

fn severity(finding: &Finding, view: &View) -> String {
    view.terminal.paint(crate::report::full::paint(finding.severity), word(finding.severity))
}

fn times(file: &str, count: usize) -> String {
    if count == 1 { file.to_owned() } else { format!("{file} ({count})") }
}

/// The same as Markdown, with boxes to tick.
pub fn markdown(outcome: &Outcome, view: &View) -> String {
    let mut page = format!("# Migration to the new websockets API\n\n{}\n", summary(outcome, true));
    let items = items(outcome, view);
    if !items.is_empty() {
        let _ = writeln!(page, "\n## Needs manual work\n");
        for Item { finding, places } in &items {
            let code = finding
                .rule
                .map_or_else(|| finding.code().to_owned(), |it| format!("[{}]({})", it.meta.code, it.url()));
            for place in places {
                let _ = writeln!(page, "- [ ] `{place}` {code} ({}): {}.", word(finding.severity), finding.message);
            }
            for line in finding.help.iter().cloned().chain(why(finding).map(|why| format!("No fix: {why}"))) {
                let _ = writeln!(page, "      {line}");
            }
        }
    }
    let reviews = reviews(outcome, view);
    if !reviews.is_empty() {
        let _ = writeln!(page, "\n## Review these changes, which may alter what the code does\n");
        for (rule, files) in reviews {
            for (file, count) in files {
                let (code, url) = (rule.meta.code, rule.url());
                let _ = writeln!(page, "- [ ] `{}` [{code}]({url}) {}", file, times(rule.name, count));
            }
        }
    }
    for (title, lines) in [("Not written", unwritten(outcome, view)), ("Could not be checked", unseen(outcome, view))] {
        if !lines.is_empty() {
            let _ = writeln!(page, "\n## {title}\n");
        }
        for line in lines {
            let _ = writeln!(page, "- [ ] {line}");
        }
    }
    page.push_str(
        "\n## At the end\n\n- [ ] The tests pass on websockets 14.2 or newer, with a rejected connection among them.\n",
    );
    page
}
