//! The specification of one run: an [`Experiment`](super::Experiment) with one value on each axis.

use super::bits::{Bits, FULL_PRECISION};
use super::device::DeviceChoice;
use super::experiment::{DataSpec, Experiment, ModelSpec};
use super::grid::Cell;
use super::method::Method;
use super::names::{DataSet, NoiseKind, OptimizerName, ScheduleName};
use super::quantizer::QuantizerSpec;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Everything that decides one run, every default written out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Version of this format.
    pub format: u32,
    /// Where the images come from.
    pub data: DataSpec,
    /// The network; `batch_norm` is always filled in.
    pub model: ModelSpec,
    /// Label noise.
    pub noise: NoiseSpec,
    /// The quantizer; `None` is full precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantizer: Option<QuantizerSpec>,
    /// The baseline.
    pub method: Method,
    /// Optimisation.
    pub train: TrainSpec,
}

/// Label noise of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseSpec {
    /// How labels are re-drawn.
    pub kind: NoiseKind,
    /// Nominal rate, 0–1.
    pub rate: f64,
    /// Which class is taken for which, `[from, to]` each; of asymmetric noise only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<[u8; 2]>,
    /// The file whose labels are trained on; of `human` and `file` at rate 1 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Which of the label sets in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl NoiseSpec {
    /// Noise of a kind that needs no more than its rate.
    pub fn new(kind: NoiseKind, rate: f64) -> Self {
        Self {
            kind,
            rate,
            map: Vec::new(),
            file: None,
            column: None,
        }
    }

    /// Whether training is told the labels of a file.
    pub fn uses_file(&self) -> bool {
        self.kind.is_from_file() && self.rate > 0.0
    }
}

/// Optimisation of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainSpec {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images per step.
    pub batch_size: usize,
    /// The optimiser.
    pub optimizer: OptimizerName,
    /// Learning rate at the start.
    pub lr: f64,
    /// Momentum of `sgd`.
    pub momentum: f64,
    /// How the learning rate falls.
    pub schedule: ScheduleName,
    /// Epochs of warm-up.
    #[serde(default, skip_serializing_if = "super::experiment::is_zero")]
    pub warm_up: f64,
    /// Largest norm of all gradients together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Seed of noise, subset, weights and order.
    pub seed: u64,
    /// Which third of the subjects is tested on, 1 to 3; of sets of faces only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<usize>,
    /// Where to train.
    pub device: DeviceChoice,
}

impl RunSpec {
    /// The run of `experiment` at one point of the grid, in its first fold.
    pub fn at(experiment: &Experiment, rate: f64, cell: &Cell, seed: u64) -> Self {
        let train = &experiment.train;
        let set = experiment.data.set;
        let (subjects, frames) = experiment.data.faces();
        let drawn = set == DataSet::SyntheticFaces;
        // Without labels of a file, runs are the same whatever the file.
        let file = (rate > 0.0).then_some(&experiment.noise);
        Self {
            format: experiment.format,
            data: DataSpec {
                dir: experiment.data.dir.as_deref().map(absolute),
                size: set.has_size().then(|| experiment.data.side()),
                subjects: drawn.then_some(subjects),
                frames: drawn.then_some(frames),
                ..experiment.data.clone()
            },
            model: ModelSpec {
                batch_norm: Some(experiment.model.has_batch_norm()),
                weights: experiment.model.weights.as_deref().map(absolute),
                ..experiment.model.clone()
            },
            noise: NoiseSpec {
                kind: experiment.noise.kind,
                rate,
                map: experiment.noise.map_on(set),
                file: file.and_then(|n| n.file.as_deref()).map(absolute),
                column: file.and_then(|n| n.column.clone()),
            },
            quantizer: experiment.quantizer.at(cell.quantizer, cell.bits),
            method: cell.method.clone(),
            train: TrainSpec {
                epochs: train.epochs,
                batch_size: train.batch_size,
                optimizer: train.optimizer,
                lr: train.lr,
                momentum: train.momentum,
                schedule: train.schedule,
                warm_up: train.warm_up,
                clip_norm: train.clip_norm,
                seed,
                fold: experiment.folds().first().copied().flatten(),
                device: train.device,
            },
        }
    }

    /// The same run, tested on another third of the subjects.
    pub fn in_fold(mut self, fold: Option<usize>) -> Self {
        self.train.fold = fold;
        self
    }

    /// The network that is trained: that of `model`, at a part of its width with the baseline `narrow`.
    pub fn network(&self) -> ModelSpec {
        let factor = match &self.method {
            Method::Narrow(settings) => settings.width,
            _ => 1.0,
        };
        ModelSpec {
            width: self.model.width * factor,
            ..self.model.clone()
        }
    }

    /// Bit-widths, [`Bits::FP32`] when nothing is quantized.
    pub fn bits(&self) -> Bits {
        self.quantizer.as_ref().map_or(Bits::FP32, |q| Bits {
            weight: q.weight_bits,
            act: q.act_bits,
        })
    }

    /// The quantizer's name, `off` at full precision.
    pub fn quantizer_name(&self) -> &'static str {
        self.quantizer.as_ref().map_or("off", |q| q.name.as_str())
    }

    /// Bits per weight, 32 at full precision.
    pub fn weight_bits(&self) -> u8 {
        self.quantizer
            .as_ref()
            .map_or(FULL_PRECISION, |q| q.weight_bits)
    }

    /// Bits per activation, 32 at full precision.
    pub fn act_bits(&self) -> u8 {
        self.quantizer
            .as_ref()
            .map_or(FULL_PRECISION, |q| q.act_bits)
    }
}

/// Runs are trained in a process whose working folder is another one.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}
