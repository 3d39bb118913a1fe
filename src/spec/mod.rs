//! What to run: TOML ⇄ [`Experiment`] → a validated grid of [`RunSpec`] with stable ids.

mod bits;
mod device;
mod error;
mod experiment;
mod grid;
mod id;
mod method;
mod names;
mod one_or_many;
mod preset;
mod quantizer;
mod read;
mod run_spec;
mod validate;

pub use bits::{Bits, FULL_PRECISION, MAX_BITS, MIN_BITS};
pub use device::DeviceChoice;
pub use error::{Problem, SpecError};
pub use experiment::{DataSpec, Experiment, FOLDS, FORMAT, ModelSpec, NoiseGrid, TrainGrid};
pub use grid::{
    Cell, LARGE_GRID, bits_with_control, cells, control_added, count, expand, left_out, treatment,
};
pub use id::run_id;
pub use method::{
    BaselinesAt, Bootstrap, CoTeaching, Distillation, Dropout, EarlyStopping, Elr, ForgetRate,
    Forward, Gce, LabelSmoothing, LowRank, Method, MethodGrid, Mixup, Narrow, PruneChannels,
    PruneWeights, RobinHood, Sce, WeightDecay, WeightNoise,
};
pub use names::{
    ActivationGrid, Augment, DataSet, LayerPolicy, MethodName, ModelName, Monitor, NoiseKind,
    NormFolding, OptimizerName, PruneSchedule, QuantizerName, Scales, ScheduleName, Transition,
    WeightRange,
};
pub use one_or_many::OneOrMany;
pub use preset::{Preset, all as presets, find as find_preset};
pub use quantizer::{QuantizerGrid, QuantizerSpec};
pub use read::{load, parse, set};
pub use run_spec::{NoiseSpec, RunSpec, TrainSpec};
pub use validate::problems;
