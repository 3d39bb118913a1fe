//! Why weights could not be had.

use std::path::PathBuf;
use thiserror::Error;

/// Why weights could not be had, and what to do.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The file cannot be read.
    #[error("model.weights: cannot read {}: {source}. Name a file that is there, or leave it out to begin with drawn weights", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds nothing that can be used.
    #[error("model.weights: {} cannot be used: {message}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong, and the remedy.
        message: String,
    },
}
