//! All integration tests, as one binary: linking twenty of them costs more than running them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod agreement;
mod baseline;
mod callbacks;
mod cli;
mod config;
mod contract;
mod contract_live;
mod contributing;
mod declarations;
mod docs;
mod encodings;
mod example_rule;
mod files;
mod generate;
mod growth;
mod holds;
mod hostile;
mod imports;
mod layers;
mod live;
mod manual;
mod migrate;
mod mocks;
mod packaging;
mod pages;
mod properties;
mod readme;
mod reports;
mod robust;
mod rules;
mod scripts;
mod semantic;
mod subprotocols;
mod support;
mod suppression;
mod target;
mod tidy;
mod tools;
mod unseen;
mod work;
