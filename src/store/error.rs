//! What can go wrong with run folders.

use std::path::PathBuf;
use thiserror::Error;

/// What went wrong, with the file and the remedy.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The home cannot be made or written.
    #[error("the home {} cannot be used: {source}. Choose a writable folder with --home or QUELL_HOME", path.display())]
    Home {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}. Make room or mend its permissions", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} is broken: {message}. Delete the run's folder to be rid of it, or mend the file", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        message: String,
    },
    /// No run, sweep or prefix of that name.
    #[error("no run and no sweep is called `{target}`{hint}")]
    Unknown {
        /// What was asked for.
        target: String,
        /// Names that come near, or how to list them.
        hint: String,
    },
    /// A prefix fits several runs.
    #[error("`{target}` fits {count} runs: {some}. Write more of the id")]
    Ambiguous {
        /// What was asked for.
        target: String,
        /// How many runs it fits.
        count: usize,
        /// Some of them.
        some: String,
    },
    /// The run is being trained.
    #[error("{id} is {state}: stop it first")]
    Busy {
        /// The run.
        id: String,
        /// Its state.
        state: super::State,
    },
}
