//! What to run: TOML ⇄ [`Experiment`] → a validated grid of [`RunSpec`] with stable ids.

mod bits;
mod device;
mod error;
mod experiment;
mod grid;
mod id;
mod names;
mod preset;
mod read;
mod run_spec;
mod validate;

pub use bits::{Bits, FULL_PRECISION, MAX_BITS, MIN_BITS};
pub use device::DeviceChoice;
pub use error::{Problem, SpecError};
pub use experiment::{
    BaselinesAt, DataSpec, Dropout, EarlyStopping, Experiment, FORMAT, LabelSmoothing, MethodGrid,
    ModelSpec, NoiseGrid, QuantizerGrid, TrainGrid, WeightDecay,
};
pub use grid::{LARGE_GRID, bits_with_control, cells, control_added, count, expand};
pub use id::run_id;
pub use names::{
    ActivationGrid, Augment, DataSet, LayerPolicy, MethodName, ModelName, Monitor, NoiseKind,
    OptimizerName, QuantizerName, ScheduleName,
};
pub use preset::{Preset, all as presets, find as find_preset};
pub use read::{load, parse, set};
pub use run_spec::{Method, NoiseSpec, QuantizerSpec, RunSpec, TrainSpec};
pub use validate::problems;
