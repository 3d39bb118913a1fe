//! A run's spec, a device and its data → events: the loop, optimiser, schedule, metrics, checkpoint.

mod arrays;
mod augment;
mod batches;
pub mod bench;
mod calibration;
mod checkpoint;
mod co_teaching;
mod compress;
#[cfg(test)]
mod compress_tests;
mod early_learning;
mod error;
mod evaluate;
mod first_stage;
mod gradients;
mod numbers;
mod objective;
mod optimizer;
pub mod parity;
mod pool;
mod recorder;
mod run;
mod samples;
mod schedule;
mod step;
mod trial;
mod unit_scores;

pub use error::TrainError;
pub use recorder::{Order, Outcome, Recorder};
pub use run::train;
pub use trial::Trial;

#[cfg(test)]
mod first_steps;
#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod tape;
#[cfg(test)]
mod unit_tests;
#[cfg(test)]
mod weights_tests;
