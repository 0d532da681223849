//! The engine: what a rule is, which rules are on, and one file to findings.
//!
//! May use: all layers up to [`crate::target`].
//!
//! Invariant: nothing is read, printed or written here.

pub mod check;
pub mod options;
pub mod registry;
pub mod rule;
pub mod select;
pub mod suppress;
pub mod unseen;
pub mod usage;
