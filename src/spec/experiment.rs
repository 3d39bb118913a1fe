//! A whole experiment as a user writes it: every list is an axis of the grid.

use super::method::MethodGrid;
use super::names::{Augment, DataSet, ModelName, NoiseKind, OptimizerName, ScheduleName};
use super::quantizer::QuantizerGrid;
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
    /// Rows and columns that images of a `folder` or of faces are brought to; by default 32 of a
    /// `folder`, 48 of `synthetic-faces`, 64 of `bp4d` and `disfa`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Whether images of a `folder` or of faces are made grey.
    #[serde(default, skip_serializing_if = "is_false")]
    pub grey: bool,
    /// How many people `synthetic-faces` shows; 41 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subjects: Option<usize>,
    /// How many images of each of them; 48 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<usize>,
    /// Use this many training images, drawn with the run's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_limit: Option<usize>,
    /// Use the first so many test images; of a `folder` and of faces so many of them mixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_limit: Option<usize>,
    /// Share of the training images held out for validation, 0–0.5; of sets of faces that share of the
    /// subjects, at least one.
    #[serde(default = "DataSpec::default_validation")]
    pub validation: f64,
    /// Training-time augmentation.
    #[serde(default = "DataSpec::default_augment")]
    pub augment: Augment,
}

impl DataSpec {
    /// A whole data set, nothing of it held out, where quell looks for it by itself.
    pub fn new(set: DataSet) -> Self {
        Self {
            set,
            dir: None,
            size: None,
            grey: false,
            subjects: None,
            frames: None,
            train_limit: None,
            test_limit: None,
            validation: 0.0,
            augment: Augment::None,
        }
    }

    /// Whether its images have one channel of grey.
    pub fn is_grey(&self) -> bool {
        match self.set {
            DataSet::Bundled | DataSet::FashionMnist | DataSet::Mnist | DataSet::Digits => true,
            DataSet::Cifar10 | DataSet::Cifar100 => false,
            DataSet::Folder | DataSet::SyntheticFaces | DataSet::Bp4d | DataSet::Disfa => self.grey,
        }
    }

    /// Rows and columns of images that are brought to a size, the default filled in.
    pub fn side(&self) -> usize {
        self.size.unwrap_or(match self.set {
            DataSet::SyntheticFaces => 48,
            DataSet::Bp4d | DataSet::Disfa => 64,
            _ => 32,
        })
    }

    /// Subjects of `synthetic-faces`, and images of each, the defaults filled in.
    pub fn faces(&self) -> (usize, usize) {
        (self.subjects.unwrap_or(41), self.frames.unwrap_or(48))
    }

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
    /// Batch norm after each convolution; by default off for `mlp`, which cannot have it, `cnn` and
    /// `au-cnn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_norm: Option<bool>,
    /// Factor on the number of channels or hidden units, 0.1–8.
    #[serde(default = "ModelSpec::default_width")]
    pub width: f64,
    /// The file of weights that training begins with, in place of drawn ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
}

impl ModelSpec {
    /// A network as it is by default, with drawn weights.
    pub fn new(name: ModelName) -> Self {
        Self {
            name,
            batch_norm: None,
            width: Self::default_width(),
            weights: None,
        }
    }

    fn default_width() -> f64 {
        1.0
    }

    /// Whether the network has batch norm, with the network's own default filled in.
    pub fn has_batch_norm(&self) -> bool {
        self.batch_norm.unwrap_or(!matches!(
            self.name,
            ModelName::Mlp | ModelName::Cnn | ModelName::AuCnn
        ))
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
    /// The file of labels, of `human` and `file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Which of the label sets in a file of `human` labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
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
            file: None,
            column: None,
        }
    }
}

/// Whether a field is left out of a spec: one that came later must not change the ids of runs
/// without it.
pub(super) fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

pub(super) fn is_false(x: &bool) -> bool {
    !x
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
    /// Which third of the subjects of a set of faces is tested on, 1 to 3; without it, each in its
    /// turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<usize>,
    /// `auto`, `cpu`, `wgpu`, `wgpu:N` or `software`.
    #[serde(default = "TrainGrid::default_device")]
    pub device: super::device::DeviceChoice,
}

/// Into how many parts, by subject, a set of faces is divided.
pub const FOLDS: usize = 3;

impl Experiment {
    /// The folds that are run; `None` alone for a set that has a test set of its own.
    pub fn folds(&self) -> Vec<Option<usize>> {
        if !self.data.set.has_units() {
            return vec![None];
        }
        if self.train.folds.is_empty() {
            return (1..=FOLDS).map(Some).collect();
        }
        let distinct: std::collections::BTreeSet<usize> =
            self.train.folds.iter().copied().collect();
        distinct.into_iter().map(Some).collect()
    }
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
