//! The settings that rules ask for.

use serde::{Deserialize, Serialize};

/// What the argument `timeout` of the legacy library is taken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TimeoutMeans {
    /// `close_timeout`: what it did.
    #[default]
    Close,
    /// `open_timeout`: what many take it for.
    Open,
}

/// The settings that rules ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleOptions {
    /// What `timeout` of `connect()` and `serve()` was meant to limit.
    pub timeout_means: TimeoutMeans,
}
