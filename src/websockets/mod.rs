//! The library as data and facts: its names, what its objects give, and what code asks of it.
//!
//! May use: [`crate::text`], [`crate::syntax`], [`crate::python`], [`crate::project`].
//!
//! Invariant: every version and every name that wsupgrade knows of websockets is written down here or in a rule.

pub mod contract;
pub mod names;
pub mod usage;
