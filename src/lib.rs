//! wsupgrade moves Python code from the legacy websockets API to the one that works on websockets 14 to 17.
//!
//! Layers, each of which may use only those above it in this list; `tests/it/layers.rs` holds the order:
//!
//! - [`text`]: bytes, positions, edits; knows no Python.
//! - [`syntax`]: one file, parsed and bound once.
//! - [`python`]: what Python code means; knows no library.
//! - [`project`]: many files, and what they say about each other.
//! - [`websockets`]: the library as data and facts.
//! - [`target`]: which versions the project declares.
//! - [`lint`]: the engine: rules, findings, selection, suppression.
//! - [`fixes`]: what several rules write.
//! - `rules/<family>/<rule>.rs`: one file each, compiled into [`lint::registry`].
//! - [`run`]: files in, outcome out; configuration, baseline.
//! - [`report`]: one file for each output format.
//! - [`cli`]: arguments and commands.

#![forbid(unsafe_code)]

pub mod cli;
pub mod fixes;
pub mod lint;
pub mod project;
pub mod python;
pub mod report;
pub mod run;
pub mod syntax;
pub mod target;
pub mod text;
pub mod websockets;
