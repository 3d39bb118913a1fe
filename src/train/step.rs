//! One training step: forward, loss, backward, update.

use super::compress::Compression;
use super::error::TrainError;
use super::gradients::{clip, taken};
use super::numbers::numbers;
use super::optimizer::Optimizer;
use crate::data::InputShape;
use crate::method::{self, loss::cross_entropy};
use crate::model::weights::{self, Report, WeightsError};
use crate::model::{Live, Mode, Network, Params, Phase, WeightNoise};
use crate::spec::RunSpec;
use burn::tensor::{Device, Tensor};

/// A network in training.
pub struct Learner {
    /// The network.
    pub network: Network,
    /// Its parameters.
    pub params: Params,
    /// The optimiser with its state.
    pub optimizer: Optimizer,
    /// What is done to the network in the course of training.
    pub compression: Option<Compression>,
    /// Steps made.
    pub steps: usize,
    decay: f64,
    clip_norm: Option<f64>,
    /// Bit-width and seed of the noise on the weights.
    noise: Option<(u8, u64)>,
}

/// What a step gives, without waiting for the device.
pub struct Stepped {
    /// The batch's mean loss, [1].
    pub loss: Tensor<1>,
    /// The logits of its images, [B, outputs]; `None` where the inputs were no single samples.
    pub logits: Option<Tensor<2>>,
}

impl Learner {
    /// The network of a run with its first parameters.
    pub fn new(spec: &RunSpec, input: InputShape, device: &Device) -> Self {
        let (network, mut params) = Network::build(spec, input, device);
        let compression = Compression::of(spec, input, &mut params, device);
        Self {
            optimizer: Optimizer::new(&spec.train, &params),
            decay: method::weight_decay(&spec.method),
            clip_norm: spec.train.clip_norm,
            noise: method::weight_noise(&spec.method).map(|bits| (bits, spec.train.seed)),
            steps: 0,
            compression,
            network,
            params,
        }
    }

    /// Begins with the weights of the file that the run names, if it names one; tells what of them
    /// fitted.
    ///
    /// # Errors
    /// [`WeightsError`] when the file cannot be used.
    pub fn load_weights(
        &mut self,
        spec: &RunSpec,
        device: &Device,
    ) -> Result<Option<Report>, WeightsError> {
        let Some(path) = &spec.model.weights else {
            return Ok(None);
        };
        let (network, params) = (&self.network, &mut self.params);
        weights::load(path, spec.model.name, network, params, device).map(Some)
    }

    /// Does what is due before an epoch, counted from 1.
    pub fn begin_epoch(&mut self, spec: &RunSpec, epoch: usize) {
        self.network
            .begin_epoch(spec.quantizer.as_ref(), epoch, &mut self.params);
    }

    /// Compresses the network where that is due before `epoch`, counted from 1; returns what was done,
    /// in words.
    ///
    /// # Errors
    /// [`TrainError`] when weights cannot be read or factored.
    pub fn compress(
        &mut self,
        epoch: usize,
        device: &Device,
    ) -> Result<Option<String>, TrainError> {
        let Some(compression) = &mut self.compression else {
            return Ok(None);
        };
        let (network, params) = (&mut self.network, &mut self.params);
        compression.begin_epoch(epoch, network, params, &mut self.optimizer, device)
    }

    /// Gives the network the parameters that it has after so many `epochs`, for a checkpoint to fill.
    ///
    /// # Errors
    /// [`TrainError`] when weights cannot be read.
    pub fn resume(&mut self, epochs: usize, device: &Device) -> Result<(), TrainError> {
        let Some(compression) = &self.compression else {
            return Ok(());
        };
        let (network, params) = (&mut self.network, &mut self.params);
        compression.resume(epochs, network, params, &mut self.optimizer, device)
    }

    /// Whether the network in `epoch` is not yet the one that the run is about.
    pub fn is_provisional(&self, epoch: usize) -> bool {
        let compression = self.compression.as_ref();
        self.params.phase == Phase::Off || compression.is_some_and(|c| c.is_provisional(epoch))
    }

    /// One step on images x [B, C, H, W] with targets [B, classes].
    pub fn step(
        &mut self,
        x: Tensor<4>,
        targets: Tensor<2>,
        dropout: Vec<Tensor<2>>,
        lr: f64,
    ) -> Stepped {
        self.step_on(x, dropout, lr, |logits| cross_entropy(logits, targets))
    }

    /// [`step`](Self::step) with any `loss`: logits [B, classes] → mean loss, shape [1].
    pub fn step_on(
        &mut self,
        x: Tensor<4>,
        dropout: Vec<Tensor<2>>,
        lr: f64,
        loss: impl FnOnce(Tensor<2>) -> Tensor<1>,
    ) -> Stepped {
        let (logits, live) = self.forward(x, dropout);
        Stepped {
            logits: Some(logits.clone().inner()),
            loss: self.update(live, loss(logits), lr),
        }
    }

    /// Logits [B, classes] of a training step, and the parameters that they come from.
    pub fn forward(&self, x: Tensor<4>, dropout: Vec<Tensor<2>>) -> (Tensor<2>, Live) {
        let mut live = self.params.tracked();
        if let Some((bits, seed)) = self.noise {
            let step = self.steps;
            live.disturb(WeightNoise { bits, seed, step });
        }
        let logits = self.network.forward(&mut live, x, &Mode::Train { dropout });
        (logits, live)
    }

    /// Ends a training step: moves the parameters along the gradient of `loss`, shape [1], which is
    /// given back without autodiff.
    pub fn update(&mut self, mut live: Live, loss: Tensor<1>, lr: f64) -> Tensor<1> {
        let grads = loss.backward();
        // First what the forward pass changed, so that a first step of LSQ is the value that the
        // gradient belongs to.
        self.params.absorb(&mut live);
        let mut gradients = taken(&self.params, &live, &grads);
        if let Some(compression) = &self.compression {
            compression.mask_gradients(&self.params, &mut gradients);
        }
        if let Some(norm) = self.clip_norm {
            clip(&mut gradients, norm);
        }
        self.optimizer
            .step(&mut self.params, gradients, lr, self.decay);
        if let Some(compression) = &self.compression {
            compression.hold(&mut self.params);
        }
        self.steps += 1;
        loss.inner()
    }

    /// The gradient of each trained parameter, flat, at [`step`](Self::step) without dropout;
    /// nothing is changed.
    pub fn gradients(&self, x: Tensor<4>, targets: Tensor<2>) -> Vec<(String, Tensor<1>)> {
        let (logits, live) = self.forward(x, Vec::new());
        let grads = cross_entropy(logits, targets).backward();
        let name = |(place, gradient): (usize, _)| (self.params.list[place].name.clone(), gradient);
        let gradients = taken(&self.params, &live, &grads);
        gradients.into_iter().map(name).collect()
    }

    /// Share of the weights that are exactly zero after quantization.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn sparsity(&self) -> Result<f64, TrainError> {
        let share = numbers(self.network.sparsity(&self.params).into_data())?;
        Ok(share.first().copied().unwrap_or(0.0).into())
    }

    /// Logits [B, classes] without autodiff.
    pub fn evaluate(&self, x: Tensor<4>) -> Tensor<2> {
        self.network
            .forward(&mut self.params.frozen(), x, &Mode::Eval)
    }
}
