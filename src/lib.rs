//! wsupgrade moves Python code from the legacy websockets API to the one that works on websockets 14 to 17.
//!
//! Data flows one way:
//!
//! ```text
//! main -> command -> { cli, config, walk, run, fix, report } -> { judge, check } -> rules
//!      -> { rule, semantic, contract, usage, project, api, imports, edit, target } -> source
//! ```

pub mod api;
pub mod arguments;
pub mod baseline;
pub mod callback;
pub mod check;
pub mod cli;
pub mod command;
pub mod config;
pub mod connection;
pub mod connection_types;
pub mod contract;
pub mod early_response;
pub mod edit;
pub mod encoding;
mod entry;
pub mod fix;
pub mod identity;
pub mod imports;
mod judge;
pub mod manual;
pub mod notebook;
pub mod outside_loop;
pub mod panics;
pub mod paths;
pub mod project;
pub mod quotes;
pub mod report;
pub mod response;
pub mod rule;
#[path = "../rules/mod.rs"]
pub mod rules;
pub mod run;
pub mod script;
pub mod select;
pub mod semantic;
pub mod source;
pub mod suppress;
pub mod target;
pub mod usage;
pub mod walk;
pub mod write;
