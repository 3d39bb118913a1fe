//! Run folders: create, append, tail, list, lease. The one thing that trainer and interface share.

mod bench;
mod claim;
mod control;
mod enqueue;
mod error;
mod event;
mod files;
mod folder;
mod follower;
pub mod lease;
pub mod log;
mod measurement;
mod parity;
mod process;
mod record;
mod resolve;
mod samples;
mod text;

pub use claim::Settle;
pub use control::Request;
pub use enqueue::{Enqueued, Sweep};
pub use error::StoreError;
pub use event::{
    Cost, EpochMetrics, Event, EventKind, LAST_EPOCHS, NoiseReport, StepMetrics, Summary,
    UnitMetrics, UnitNoise,
};
pub use files::{Lock, json, read_json, try_lock, write_atomic, write_json};
pub use folder::Store;
pub use follower::Follower;
pub use measurement::Measurement;
pub use parity::{Checked, Parity};
pub use process::{ProcessId, host};
pub use record::{Meta, RunRecord, State, Status};
pub use samples::SampleRow;
pub use text::clean;

#[cfg(test)]
mod tests;
