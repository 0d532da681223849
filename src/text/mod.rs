//! Bytes, positions and edits: what a file is before anybody knows that it holds Python.
//!
//! May use: nothing of the crate.
//!
//! Invariant: a [`source::Source`] never changes; an edit makes a new one.

pub mod depth;
pub mod edit;
pub mod encoding;
pub mod markdown;
pub mod names;
pub mod nested;
pub mod notebook;
pub mod panics;
pub mod paths;
pub mod printable;
pub mod problem;
pub mod quotes;
pub mod read;
pub mod replace;
pub mod script;
pub mod source;
pub mod temporary;
pub mod words;
pub mod write;
