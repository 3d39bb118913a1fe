//! What the training loop asks of whoever keeps the record.

use crate::store::{EventKind, SampleRow, Summary};
use std::path::Path;

/// What the loop is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Go on.
    Continue,
    /// Wait.
    Pause,
    /// End at once; the last checkpoint stays.
    Stop,
}

/// Keeps the record of a run and passes on what users ask for.
pub trait Recorder: Send {
    /// Records an event.
    ///
    /// # Errors
    /// What the system said.
    fn record(&mut self, kind: EventKind) -> std::io::Result<()>;

    /// What to do next; cheap, asked at every step.
    fn order(&mut self) -> Order;

    /// Keeps what is known of the training samples, in place of what was known before.
    ///
    /// # Errors
    /// What the system said.
    fn keep_samples(&mut self, rows: &[SampleRow]) -> std::io::Result<()>;

    /// The folder of the run's checkpoint.
    fn checkpoint_dir(&self) -> &Path;
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All epochs are done, or early stopping ended it.
    Finished(Box<Summary>),
    /// It was not trained here: another process has to.
    Deferred,
    /// It was asked to stop.
    Stopped {
        /// Epochs that the checkpoint holds.
        epoch: usize,
    },
}
