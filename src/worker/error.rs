//! Why nothing can be trained.

use crate::store::StoreError;
use std::path::PathBuf;
use thiserror::Error;

/// Why nothing can be trained.
#[derive(Debug, Error)]
pub enum WorkerError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A process cannot be started.
    #[error("cannot start a training process: {0}")]
    Start(std::io::Error),
    /// The process ended at once.
    #[error("the training process ended at once; {} tells why", log.display())]
    EndedAtOnce {
        /// Its log.
        log: PathBuf,
    },
    /// Slots end without having trained anything.
    #[error("runs wait, but {deaths} training processes ended without taking one; the lines above, in {}, tell why", log.display())]
    Fruitless {
        /// How many of them, one after another.
        deaths: u32,
        /// The log that they write into.
        log: PathBuf,
    },
    /// A device could not be checked; another try may.
    #[error(
        "whether {device} computes what the CPU backend does could not be checked: {why}. Try again, or train with --device cpu"
    )]
    Unchecked {
        /// The device.
        device: String,
        /// What happened.
        why: String,
    },
    /// The system.
    #[error("the training process cannot go on: {0}")]
    System(#[from] std::io::Error),
}
