//! What can go wrong with an export.

use std::path::PathBuf;
use thiserror::Error;

/// Why a table could not be exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The stream does not take it.
    #[error("cannot write CSV: {0}")]
    Write(#[from] std::io::Error),
    /// The file cannot be made.
    #[error("cannot write {}: {source}; name a file in a folder that exists and is writable", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
