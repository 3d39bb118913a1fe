//! Run folders: create, append, tail, list, lease. The one thing that trainer and interface share.

mod event;
mod measurement;
mod record;

pub use event::{EpochMetrics, Event, EventKind, LAST_EPOCHS, NoiseReport, StepMetrics, Summary};
pub use measurement::Measurement;
pub use record::{Meta, RunRecord, State, Status};
