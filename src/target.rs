//! The target: which websockets versions the project supports decides what may be written.

/// Which sides of 14.0 the supported range has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// 14.0 and newer only.
    Modern,
    /// Versions before and after 14.0.
    Both,
    /// Versions before 14.0 only.
    Legacy,
}

/// The supported websockets versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// See [`Side`].
    pub side: Side,
}

impl Default for Target {
    fn default() -> Self {
        Self { side: Side::Modern }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the supported range")
    }
}
