//! wsupgrade moves Python code from the legacy websockets API to the one that works on websockets 14 to 17.
//!
//! Data flows one way:
//!
//! ```text
//! main -> command -> { cli, config, walk, run, fix, report } -> { judge, check } -> rules
//!      -> { rule, semantic, contract, usage, project, api, imports, edit, target } -> source
//! ```
//!
//! What is where:
//!
//! - A run: [`command`] reads [`cli`] and [`config`], [`walk`] finds the files, [`run`] checks them (an `entry` each), [`fix`]
//!   repeats until nothing changes, [`write`](mod@write) puts files in the place of others, [`baseline`] and [`suppress`] take out
//!   what is agreed to, [`report`] tells. [`manual`] makes man pages and completions from the same definitions.
//! - A file: [`source`] is its text, from [`encoding`], [`notebook`] or [`script`]; [`paths`] is how it is named.
//! - What the code is: [`semantic`] knows every name, [`project`] the files around, [`contract`] the subprotocols of servers and
//!   clients, [`usage`] which versions the code needs, [`target`] which the project declares; `judge` holds both together.
//! - What rules share: [`rule`] is their shape, [`api`] the library's names, [`edit`] and [`imports`] what they write, [`quotes`] how
//!   that is quoted in an f-string. [`arguments`], [`callback`], [`connection`], [`connection_types`], [`early_response`],
//!   [`outside_loop`] and [`response`] each know one shape of code that several rules look at.

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
