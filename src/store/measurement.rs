//! How fast this machine trains, as `quell bench` measured it.

use crate::spec::{DataSet, ModelSpec};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One measurement of training throughput.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The network.
    pub model: ModelSpec,
    /// The data set whose image shape was used.
    pub data: DataSet,
    /// Rows and columns of its images, where the set has no size of its own; `None` for its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Whether its images were grey, where the set has no colour of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grey: bool,
    /// Whether a quantizer was on.
    pub quantized: bool,
    /// Images per step.
    pub batch_size: usize,
    /// The device's id, as `--device` takes it.
    pub device: String,
    /// The device's name.
    pub device_name: String,
    /// Threads of the CPU backend.
    pub threads: usize,
    /// Training images per second.
    pub samples_per_second: f64,
    /// Evaluated images per second.
    pub eval_samples_per_second: f64,
    /// Steps measured.
    pub steps: usize,
    /// Seconds they took.
    pub seconds: f64,
    /// Seconds of the first steps, with compiling and tuning of kernels.
    #[serde(default)]
    pub warm_up_seconds: f64,
    /// Where it was measured.
    pub host: String,
    /// When.
    pub time: Timestamp,
}

impl Measurement {
    /// Whether `other` measures the same thing, so that the newer of the two counts.
    pub fn same_key(&self, other: &Self) -> bool {
        self.model == other.model
            && self.data == other.data
            && self.quantized == other.quantized
            && self.batch_size == other.batch_size
            && self.device == other.device
            && self.threads == other.threads
            && self.host == other.host
    }
}
