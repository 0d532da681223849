//! The command line: arguments, commands, and the manual made from both.
//!
//! May use: all other layers.
//!
//! Invariant: nothing but `report` writes to standard output, except through the writers that are passed down from here.

pub mod arguments;
pub mod commands;
mod contract;
mod job;
pub mod manual;
mod migrate;
mod run;
mod signals;
mod values;
