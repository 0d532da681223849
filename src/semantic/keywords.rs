//! Keyword arguments, wherever they are written.
