//! Guards: code that already chooses by version.
