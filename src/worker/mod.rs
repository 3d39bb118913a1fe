//! The processes that train: a supervisor per home and host, and the slots it starts.
//!
//! Users never start them; `quell run` and the interface do, detached in a session of their own, so
//! that neither a closed terminal nor a dropped connection ends the training.

mod error;
mod jobs;
mod parity;
mod recorder;
mod slot;
mod spawn;
mod supervisor;

pub use error::WorkerError;
pub use slot::{Trainer, slot, slot_with};
pub use spawn::{WorkerState, ensure_running, in_clean_environment, status};
pub use supervisor::supervise;

use crate::spec::DeviceChoice;

/// How to train.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerOptions {
    /// Runs at once; by default one per core on the CPU and one on a GPU.
    pub jobs: Option<usize>,
    /// Train here instead of where the specs say.
    pub device: Option<DeviceChoice>,
}

#[cfg(test)]
mod tests;
