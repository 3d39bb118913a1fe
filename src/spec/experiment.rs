//! A whole experiment as a user writes it: every list is an axis of the grid.

use super::bits::Bits;
use super::names::{
    ActivationGrid, Augment, DataSet, LayerPolicy, MethodName, ModelName, Monitor, NoiseKind,
    OptimizerName, QuantizerName, ScheduleName,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The version of the spec and run-folder formats that this quell writes.
pub const FORMAT: u32 = 1;

fn format() -> u32 {
    FORMAT
}

/// What to run. `docs/spec.md` describes every field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Version of this format.
    #[serde(default = "format")]
    pub format: u32,
    /// Name of the sweep.
    pub name: String,
    /// One line for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where the images come from.
    pub data: DataSpec,
    /// The network.
    pub model: ModelSpec,
    /// Label noise: an axis of rates.
    #[serde(default)]
    pub noise: NoiseGrid,
    /// Quantizer: an axis of bit-widths.
    #[serde(default)]
    pub quantizer: QuantizerGrid,
    /// Baselines: an axis of methods.
    #[serde(default)]
    pub method: MethodGrid,
    /// Optimisation: an axis of seeds.
    pub train: TrainGrid,
}

/// Where the images come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// The data set.
    pub set: DataSet,
    /// Folder of its files; without it, quell's data folder is searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Use this many training images, drawn with the run's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_limit: Option<usize>,
    /// Use the first so many test images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_limit: Option<usize>,
    /// Share of the training images held out for validation, 0–0.5.
    #[serde(default = "DataSpec::default_validation")]
    pub validation: f64,
    /// Training-time augmentation.
    #[serde(default = "DataSpec::default_augment")]
    pub augment: Augment,
}

impl DataSpec {
    fn default_validation() -> f64 {
        0.1
    }

    fn default_augment() -> Augment {
        Augment::None
    }
}

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Which one.
    pub name: ModelName,
    /// Batch norm after each convolution; by default off for `mlp`, which cannot have it, and `cnn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_norm: Option<bool>,
    /// Factor on the number of channels or hidden units, 0.1–8.
    #[serde(default = "ModelSpec::default_width")]
    pub width: f64,
}

impl ModelSpec {
    fn default_width() -> f64 {
        1.0
    }

    /// Whether the network has batch norm, with the network's own default filled in.
    pub fn has_batch_norm(&self) -> bool {
        self.batch_norm
            .unwrap_or(!matches!(self.name, ModelName::Mlp | ModelName::Cnn))
    }
}

/// Label noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoiseGrid {
    /// How labels are re-drawn.
    pub kind: NoiseKind,
    /// Nominal rates, each 0–1.
    pub rates: Vec<f64>,
    /// Which class is taken for which by asymmetric noise, `[from, to]` each. Empty for the map that
    /// the data set is known for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<[u8; 2]>,
}

/// CIFAR-10: truck → automobile, bird → airplane, deer → horse, cat ↔ dog (Patrini et al. 2017,
/// section 5).
const CIFAR10_MAP: [[u8; 2]; 5] = [[9, 1], [2, 0], [4, 7], [3, 5], [5, 3]];

impl NoiseGrid {
    /// The map of asymmetric noise on `set`, the one it is known for filled in; empty for other kinds.
    pub fn map_on(&self, set: DataSet) -> Vec<[u8; 2]> {
        match (self.kind, set) {
            (NoiseKind::Asymmetric, DataSet::Cifar10) if self.map.is_empty() => CIFAR10_MAP.into(),
            (NoiseKind::Asymmetric, _) => self.map.clone(),
            _ => Vec::new(),
        }
    }
}

impl Default for NoiseGrid {
    fn default() -> Self {
        Self {
            kind: NoiseKind::Symmetric,
            rates: vec![0.0],
            map: Vec::new(),
        }
    }
}

/// The quantizer and its bit-widths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuantizerGrid {
    /// Which quantizer.
    pub name: QuantizerName,
    /// Bit-widths. The matched control `fp32` is added to every grid that quantizes.
    pub bits: Vec<Bits>,
    /// Grid of the activations.
    pub activations: ActivationGrid,
    /// Weights of the first layer; by default `same` for minmax, `8-bit` for lsq.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem: Option<LayerPolicy>,
    /// Weights and input of the last layer; by default `same` for minmax, `8-bit` for lsq.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier: Option<LayerPolicy>,
    /// Momentum of the moving average of activation ranges that inference uses, 0–1 (minmax).
    pub ema_momentum: f64,
}

impl Default for QuantizerGrid {
    fn default() -> Self {
        Self {
            name: QuantizerName::Minmax,
            bits: vec![Bits::FP32],
            activations: ActivationGrid::Unsigned,
            stem: None,
            classifier: None,
            ema_momentum: 0.9,
        }
    }
}

impl QuantizerGrid {
    /// The policy that holds for the first layer, the quantizer's default filled in.
    pub fn stem_policy(&self) -> LayerPolicy {
        self.stem.unwrap_or(self.end_default())
    }

    /// The policy that holds for the last layer, the quantizer's default filled in.
    pub fn classifier_policy(&self) -> LayerPolicy {
        self.classifier.unwrap_or(self.end_default())
    }

    fn end_default(&self) -> LayerPolicy {
        match self.name {
            QuantizerName::Minmax => LayerPolicy::Same,
            QuantizerName::Lsq => LayerPolicy::EightBits,
        }
    }
}

/// With which bit-widths the baselines other than `none` are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselinesAt {
    /// With every bit-width: the full product.
    All,
    /// At full precision only: rivals of quantization, not additions to it.
    Fp32,
}

/// Baselines and their settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MethodGrid {
    /// Which baselines; each run has one.
    pub names: Vec<MethodName>,
    /// With which bit-widths baselines other than `none` are combined.
    pub at: BaselinesAt,
    /// Settings of `early-stopping`.
    pub early_stopping: EarlyStopping,
    /// Settings of `weight-decay`.
    pub weight_decay: WeightDecay,
    /// Settings of `dropout`.
    pub dropout: Dropout,
    /// Settings of `label-smoothing`.
    pub label_smoothing: LabelSmoothing,
}

impl Default for MethodGrid {
    fn default() -> Self {
        Self {
            names: vec![MethodName::None],
            at: BaselinesAt::All,
            early_stopping: EarlyStopping::default(),
            weight_decay: WeightDecay::default(),
            dropout: Dropout::default(),
            label_smoothing: LabelSmoothing::default(),
        }
    }
}

/// Settings of early stopping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EarlyStopping {
    /// Epochs without a better accuracy before training ends.
    pub patience: usize,
    /// Which labels are watched.
    pub monitor: Monitor,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self {
            patience: 5,
            monitor: Monitor::NoisyValidation,
        }
    }
}

/// Settings of weight decay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeightDecay {
    /// Factor of the L2 penalty added to the gradient of weights (not of biases or norms).
    pub lambda: f64,
}

impl Default for WeightDecay {
    fn default() -> Self {
        Self { lambda: 5e-4 }
    }
}

/// Settings of dropout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dropout {
    /// Probability of dropping a feature, 0–1.
    pub p: f64,
}

impl Default for Dropout {
    fn default() -> Self {
        Self { p: 0.5 }
    }
}

/// Settings of label smoothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelSmoothing {
    /// Share of the target spread evenly over the classes, 0–1.
    pub alpha: f64,
}

impl Default for LabelSmoothing {
    fn default() -> Self {
        Self { alpha: 0.1 }
    }
}

/// Whether a field is left out of a spec: one that came later must not change the ids of runs
/// without it.
pub(super) fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// Optimisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainGrid {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images per step; an incomplete last batch is trained on as well.
    pub batch_size: usize,
    /// The optimiser.
    #[serde(default = "TrainGrid::default_optimizer")]
    pub optimizer: OptimizerName,
    /// Learning rate at the start.
    pub lr: f64,
    /// Momentum of `sgd`, 0–1.
    #[serde(default = "TrainGrid::default_momentum")]
    pub momentum: f64,
    /// How the learning rate falls.
    #[serde(default = "TrainGrid::default_schedule")]
    pub schedule: ScheduleName,
    /// Epochs in which the learning rate first rises from nothing to what the schedule says.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warm_up: f64,
    /// The norm of all gradients together is cut down to this; no limit without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Seeds; each draws its own noise, subset, weights and order.
    #[serde(default = "TrainGrid::default_seeds")]
    pub seeds: Vec<u64>,
    /// `auto`, `cpu`, `wgpu`, `wgpu:N` or `software`.
    #[serde(default = "TrainGrid::default_device")]
    pub device: super::device::DeviceChoice,
}

impl TrainGrid {
    fn default_optimizer() -> OptimizerName {
        OptimizerName::Adam
    }

    fn default_momentum() -> f64 {
        0.9
    }

    fn default_schedule() -> ScheduleName {
        ScheduleName::Constant
    }

    fn default_seeds() -> Vec<u64> {
        vec![0]
    }

    fn default_device() -> super::device::DeviceChoice {
        super::device::DeviceChoice::Auto
    }
}
