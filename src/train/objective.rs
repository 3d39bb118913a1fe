//! What the steps of a run minimise, with whatever that has to remember from step to step.

use super::arrays::Arrays;
use super::co_teaching::CoTeaching;
use super::early_learning::EarlyLearning;
use super::error::TrainError;
use super::step::{Learner, Stepped};
use crate::data::{Prepared, Task};
use crate::method::{Mixture, label_logits, loss};
use crate::spec::{Bootstrap, Distillation, ForgetRate, Gce, Method, Mixup, RunSpec, Sce};
use burn::tensor::{Device, Tensor, TensorData};

const TRANSITION: &str = "transition";

/// Images and targets of one step.
pub struct Batch<'a> {
    /// Their places in the training part.
    pub indices: &'a [usize],
    /// The images, [B, C, H, W].
    pub x: Tensor<4>,
    /// What is to be told of an image.
    pub task: Task,
    /// Of each label of each image, [B·labels, classes].
    pub targets: Tensor<2>,
    /// What each label counts, [B·labels]; the same without it.
    pub weights: Option<Tensor<1>>,
    /// Dropout masks.
    pub dropout: Vec<Tensor<2>>,
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Finished steps of the run.
    pub step: usize,
    /// Learning rate.
    pub lr: f64,
}

impl Batch<'_> {
    /// A training step on the mean over labels of `loss`, which takes logits and targets in rows.
    fn minimise(
        self,
        learner: &mut Learner,
        loss: impl FnOnce(Tensor<2>, Tensor<2>) -> Tensor<1>,
    ) -> Stepped {
        let (targets, weights, task) = (self.targets, self.weights, self.task);
        learner.step_on(self.x, self.dropout, self.lr, |logits| {
            let losses = loss(label_logits(logits, task), targets);
            match weights {
                Some(weights) => (losses * weights).sum(),
                None => losses.mean(),
            }
        })
    }

    /// The images mixed with each other, and their targets. What labels count goes into the targets:
    /// cross-entropy is linear in them.
    fn mixed(mut self, mixture: &Mixture) -> Self {
        let images = self.indices.len();
        let [rows, classes] = self.targets.dims();
        if let Some(weights) = self.weights.take() {
            self.targets = self.targets * weights.clone().reshape([rows, 1]);
            self.weights = Some(weights.ones_like());
        }
        let targets = self
            .targets
            .reshape([images, rows / images.max(1) * classes]);
        self.targets = mixture.mix(targets).reshape([rows, classes]);
        self.x = mixture.mix(self.x);
        self
    }
}

/// What the steps of a run minimise.
pub enum Objective {
    /// Cross-entropy with the targets: of every method that changes something else.
    CrossEntropy,
    /// Cross-entropy on mixtures that are drawn from the seed.
    Mixup(Mixup, u64),
    /// Generalised cross-entropy.
    Gce(Gce),
    /// Symmetric cross-entropy.
    Sce(Sce),
    /// Soft bootstrapping.
    Bootstrap(Bootstrap),
    /// Forward correction.
    Forward(Correction),
    /// Early-learning regularisation.
    Elr(EarlyLearning),
    /// Co-teaching.
    CoTeaching(Box<CoTeaching>),
    /// Distillation from a trained network.
    Distillation(Distillation, Box<Learner>),
}

/// The transition matrix of forward correction, true classes as rows.
pub struct Correction {
    /// Its logarithm on the device, [classes, classes].
    log: Tensor<2>,
    /// What a checkpoint keeps: the matrix, if it was estimated.
    estimated: Option<Vec<Vec<f64>>>,
}

impl Correction {
    /// The correction by the matrix of the noise that was asked for.
    pub fn known(matrix: &[Vec<f64>], device: &Device) -> Self {
        Self {
            log: loss::log_transition(matrix, device),
            estimated: None,
        }
    }

    /// The correction by a matrix that was estimated.
    pub fn estimated(matrix: Vec<Vec<f64>>, device: &Device) -> Self {
        Self {
            log: loss::log_transition(&matrix, device),
            estimated: Some(matrix),
        }
    }

    /// The estimated matrix that a checkpoint keeps.
    ///
    /// # Errors
    /// What is wrong with the checkpoint.
    pub fn load(mut saved: Arrays, classes: usize, device: &Device) -> Result<Self, String> {
        let values = saved.take(TRANSITION, &[classes, classes])?;
        let rows = values.chunks(classes.max(1));
        let matrix = rows.map(|row| row.iter().map(|&p| f64::from(p)).collect());
        Ok(Self::estimated(matrix.collect(), device))
    }

    fn arrays(&self) -> Result<Arrays, TrainError> {
        let mut arrays = Arrays::default();
        if let Some(matrix) = &self.estimated {
            // The estimate was in single precision, so nothing is lost.
            let values: Vec<f32> = matrix.iter().flatten().map(|&p| p as f32).collect();
            let shape = vec![matrix.len(), matrix.len()];
            let count = values.len();
            arrays.push(TRANSITION, shape, TensorData::new(values, [count]))?;
        }
        Ok(arrays)
    }
}

impl Objective {
    /// The objective of a run whose method needs no network that is trained before, with what its
    /// checkpoint holds of it.
    ///
    /// # Errors
    /// What is wrong with the checkpoint.
    pub fn new(
        spec: &RunSpec,
        data: &Prepared,
        saved: Option<Arrays>,
        device: &Device,
    ) -> Result<Self, String> {
        Ok(match &spec.method {
            Method::Mixup(settings) => Self::Mixup(settings.clone(), spec.train.seed),
            Method::Gce(settings) => Self::Gce(settings.clone()),
            Method::Sce(settings) => Self::Sce(settings.clone()),
            Method::Bootstrap(settings) => Self::Bootstrap(settings.clone()),
            Method::Elr(settings) => {
                let shape = [data.train.labels.len(), data.task.classes()];
                Self::Elr(EarlyLearning::new(settings, shape, saved, device)?)
            }
            Method::CoTeaching(settings) => {
                let rate = match settings.forget_rate {
                    ForgetRate::Actual => data.noise.actual_rate,
                    ForgetRate::Share(share) => share,
                };
                let pace = (rate, settings.ramp);
                let both = CoTeaching::new(spec, pace, data.shape(), saved, device)?;
                Self::CoTeaching(Box::new(both))
            }
            _ => Self::CrossEntropy,
        })
    }

    /// Does what is due before an epoch, counted from 1.
    pub fn begin_epoch(&mut self, spec: &RunSpec, epoch: usize) {
        if let Self::CoTeaching(both) = self {
            both.begin_epoch(spec, epoch);
        }
    }

    /// A training step.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn step(&mut self, learner: &mut Learner, batch: Batch<'_>) -> Result<Stepped, TrainError> {
        Ok(match self {
            Self::CrossEntropy => batch.minimise(learner, loss::cross_entropies),
            Self::Mixup(Mixup { alpha }, seed) => {
                let count = batch.indices.len();
                let mixture = Mixture::draw(*alpha, count, *seed, batch.epoch, batch.step);
                let mixed = batch.mixed(&mixture);
                let stepped = mixed.minimise(learner, loss::cross_entropies);
                // Logits of mixtures tell of no single sample.
                Stepped {
                    logits: None,
                    ..stepped
                }
            }
            Self::Gce(Gce { q }) => {
                batch.minimise(learner, |logits, targets| loss::gce(logits, targets, *q))
            }
            Self::Sce(Sce { alpha, beta }) => batch.minimise(learner, |logits, targets| {
                loss::sce(logits, targets, *alpha, *beta)
            }),
            Self::Bootstrap(Bootstrap { beta }) => batch.minimise(learner, |logits, targets| {
                loss::bootstrap(logits, targets, *beta)
            }),
            Self::Forward(Correction { log, .. }) => batch.minimise(learner, |logits, targets| {
                loss::forward(logits, targets, log.clone())
            }),
            Self::Distillation(Distillation { temperature, share }, teacher) => {
                let taught = label_logits(teacher.evaluate(batch.x.clone()), batch.task);
                batch.minimise(learner, |logits, targets| {
                    loss::distillation(logits, targets, taught, *temperature, *share)
                })
            }
            Self::Elr(averages) => averages.step(learner, batch),
            Self::CoTeaching(both) => both.step(learner, batch)?,
        })
    }

    /// What it remembers, for the checkpoint.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn arrays(&self) -> Result<Arrays, TrainError> {
        match self {
            Self::Forward(correction) => correction.arrays(),
            Self::Elr(averages) => averages.arrays(),
            Self::CoTeaching(both) => both.arrays(),
            // The teacher lies in a checkpoint of its own.
            _ => Ok(Arrays::default()),
        }
    }
}
