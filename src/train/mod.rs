//! A run's spec, a device and its data → events: the loop, optimiser, schedule, metrics, checkpoint.

mod batches;
pub mod bench;
mod checkpoint;
mod error;
mod evaluate;
mod optimizer;
mod pool;
mod recorder;
mod run;
mod schedule;
mod step;

pub use error::TrainError;
pub use recorder::{Order, Outcome, Recorder};
pub use run::train;
