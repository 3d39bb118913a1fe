//! What can be wrong with a spec, and how it is said.

use std::path::PathBuf;
use thiserror::Error;

/// One thing that is wrong with a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Dotted key of the field, such as `noise.rates`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Why a spec could not be read.
#[derive(Debug, Error)]
pub enum SpecError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML, or not the fields of a spec.
    #[error("{origin} is not a valid spec: {message}")]
    Syntax {
        /// File name or `preset NAME`.
        origin: String,
        /// The parser's message with line and field.
        message: String,
    },
    /// Fields hold values that make no sense.
    #[error("{origin} asks for something that cannot be run:\n{}", list(problems))]
    Invalid {
        /// File name or `preset NAME`.
        origin: String,
        /// Everything that is wrong, field by field.
        problems: Vec<Problem>,
    },
    /// `--set` without the form `key=value`, or with a value that does not fit.
    #[error("--set {text}: {message}")]
    Override {
        /// The argument.
        text: String,
        /// What is wrong with it.
        message: String,
    },
    /// No preset and no file of that name.
    #[error(
        "`{name}` is neither a preset nor a file; presets: {known}. A file's name ends in .toml"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names of all presets.
        known: String,
    },
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(|p| format!("  {p}")).collect();
    lines.join("\n")
}
