//! Why a run cannot go on.

use crate::data::DataError;
use crate::model::weights::WeightsError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a run cannot go on, and what to do.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The weights to begin with.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The loss is no longer a number.
    #[error(
        "the loss became {loss} in epoch {epoch}, at step {step}: training diverged. Use a smaller train.lr; the checkpoint of the last whole epoch is kept"
    )]
    Diverged {
        /// The value.
        loss: f64,
        /// Epoch, counted from 1.
        epoch: usize,
        /// Step since the beginning of the run.
        step: usize,
    },
    /// What is trained before the run's own epochs failed.
    #[error("in the first stage of the run, while training {what}: {source}")]
    FirstStage {
        /// What was trained.
        what: &'static str,
        /// Why it failed.
        source: Box<TrainError>,
    },
    /// The checkpoint cannot be written.
    #[error("cannot write the checkpoint {}: {source}. Make room or mend permissions, then `quell resume` the run", path.display())]
    WriteCheckpoint {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The checkpoint cannot be used.
    #[error("the checkpoint {} cannot be used: {message}. Delete it to train this run from the beginning", path.display())]
    ReadCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The record of the run cannot be written.
    #[error(
        "cannot write the run's record: {0}. Make room or mend permissions, then `quell resume` the run"
    )]
    Record(#[from] std::io::Error),
    /// A layer has no singular values.
    #[error(
        "the weights of {layer} cannot be factored: they are no finite numbers. Use a smaller train.lr"
    )]
    Decomposition {
        /// The layer.
        layer: String,
    },
    /// A tensor cannot be read back.
    #[error("the device returned no numbers: {0}")]
    Device(String),
}
