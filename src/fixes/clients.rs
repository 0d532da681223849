//! The clients that a finding about a server is about, named at their own places.

use crate::lint::rule::Finding;
use crate::websockets::contract::{Endpoint, Reached, Verdict};

/// So many clients are shown.
const SHOWN: usize = 3;

/// Shows where the clients connect, in the same file or in others.
pub fn label(finding: &mut Finding, endpoint: &Endpoint, clients: &[&Reached]) {
    for Reached { file, offer, verdict, .. } in clients.iter().take(SHOWN) {
        let mut values: Vec<String> = offer.values.iter().map(|value| format!("`{value}`")).collect();
        if offer.computed {
            values.push("a computed one".to_owned());
        }
        let offers = if values.is_empty() { "offers none".to_owned() } else { format!("offers {}", values.join(", ")) };
        let text = match verdict {
            Some(Verdict::Refused) => format!("{offers}; no connection"),
            _ => offers,
        };
        if *file == endpoint.path {
            finding.label(offer.range, text);
        } else if !offer.code.is_empty() {
            finding.label_elsewhere(file, offer.line, &offer.code, text);
        }
    }
}
