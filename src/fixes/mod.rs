//! What several rules write: each module knows one shape of code.
//!
//! May use: all layers up to [`crate::lint`].
//!
//! Invariant: a fix is a list of disjoint edits, or there is none.

pub mod arguments;
pub mod callback;
pub mod clients;
pub mod connection;
pub mod connection_types;
pub mod early_response;
pub mod imports;
pub mod legacy_move;
pub mod outside_loop;
pub mod raising;
pub mod renamed;
pub mod response;
pub mod retrying;
pub mod statement;
