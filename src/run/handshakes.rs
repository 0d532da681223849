//! What the contract of the whole project says about the files of a run.

use crate::lint::check;
use crate::lint::rule::{Report, Rule};
use crate::run::entry::Entry;
use crate::websockets::contract::{Contract, Obstacle};

/// The rule whose fix makes a server answer that never did.
const STARTS_TO_ANSWER: &str = "WS302";

/// Whether the fixes of a rule make a server answer that never did.
pub(crate) fn starts_to_answer(rule: &Rule) -> bool {
    rule.meta.code == STARTS_TO_ANSWER
}

/// Runs the rules that look at endpoints.
pub(crate) fn link(entries: &mut [Entry], contract: &Contract, rules: &[&'static Rule]) {
    let Some(first) = rules.first() else { return };
    for entry in entries.iter_mut().filter(|entry| !entry.abandoned && !entry.checked.facts.is_empty()) {
        let mut report = Report::new(first);
        for rule in rules.iter().filter(|rule| entry.selection.contains(rule)) {
            report.by(rule);
            check::ask(rule, entry.source.path(), contract, &mut report);
        }
        entry.linked.extend(report.into_findings());
        hold_back(entry, contract);
    }
}

/// Notes fixes that would break a client which sets the header by hand. Once its own fix is made, they are made as well.
fn hold_back(entry: &mut Entry, contract: &Contract) {
    let is_about = |rule: &Rule| starts_to_answer(rule);
    let found = entry.checked.findings.iter().filter(|finding| finding.rule.is_some_and(is_about));
    let why = found.filter_map(|finding| {
        let mut after = contract.endpoints(entry.source.path()).skip_while(|it| it.range().start() < finding.range.start());
        let by_hand = after.next()?.obstacles.iter().find_map(|obstacle| match obstacle {
            Obstacle::HeaderByHand(file, line) => Some(format!("{}:{line}", file.display())),
            _ => None,
        })?;
        let why = format!(
            "{by_hand} sets `Sec-WebSocket-Protocol` by hand, and raises NegotiationError as soon as something is selected; \
             pass `subprotocols=` there first"
        );
        Some((finding.range, why))
    });
    entry.held_back = why.collect();
}
