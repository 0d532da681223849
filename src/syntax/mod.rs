//! One file, parsed and bound once: which assignments can reach a use of a name.
//!
//! May use: [`crate::text`].
//!
//! Invariant: nothing is evaluated here and no other file is asked, so what a file's tables say depends on its text alone.

pub mod bind;
pub mod blocks;
mod held;
mod narrow;
pub mod places;
pub mod scope;
pub mod tree;
