//! The command line: arguments, commands, and the manual made from both.

pub mod arguments;
pub mod commands;
pub mod manual;
mod signals;
