//! The library as data and facts: its names, and the contract between clients and servers.
//!
//! May use: [`crate::text`], [`crate::syntax`], [`crate::python`], [`crate::project`].
//!
//! Invariant: every version and every name that wsupgrade knows of websockets is written down here or in a rule.

pub mod contract;
pub mod names;
