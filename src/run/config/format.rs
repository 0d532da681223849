//! The output formats, as settings and flags name them.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// With the code, the explanation and the fix.
    Full,
    /// One line for each finding.
    Concise,
    /// The findings of each file below its name.
    Grouped,
    /// As Ruff prints it with `--output-format json`.
    Json,
    /// The same, one object a line.
    JsonLines,
    /// SARIF 2.1.0, for GitHub code scanning and other viewers.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Logging commands of Azure Pipelines.
    Azure,
    /// A GitLab Code Quality report.
    Gitlab,
    /// XML as `JUnit` writes it.
    Junit,
    /// The Reviewdog Diagnostic Format, as one JSON object.
    Rdjson,
    /// Tables for `$GITHUB_STEP_SUMMARY`.
    Markdown,
}

impl Format {
    /// Whether counts can be shown instead of findings.
    pub fn has_statistics(self) -> bool {
        self.is_for_people() || self == Self::Json
    }

    /// Whether a summary may follow.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Grouped)
    }
}
