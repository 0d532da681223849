//! A run: files in, outcome out.
//!
//! May use: all layers up to [`crate::fixes`] and the rules.
//!
//! Invariant: a file on the disk is replaced as a whole or not at all.

pub mod agreement;
pub mod baseline;
pub mod config;
mod declarations;
mod entry;
pub mod environment;
pub mod fix;
mod handshakes;
pub mod identity;
pub mod inside;
pub mod noqa;
pub mod outcome;
pub mod preview;
pub mod progress;
mod scripts;
pub mod session;
pub mod todo;
