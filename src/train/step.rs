//! One training step: forward, loss, backward, update.

use super::gradients::{clip, taken};
use super::optimizer::Optimizer;
use crate::data::InputShape;
use crate::method::{self, loss::cross_entropy};
use crate::model::{Live, Mode, Network, Params};
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
    decay: f64,
    clip_norm: Option<f64>,
}

impl Learner {
    /// The network of a run with its first parameters.
    pub fn new(spec: &RunSpec, input: InputShape, device: &Device) -> Self {
        let (network, params) = Network::build(spec, input, device);
        Self {
            optimizer: Optimizer::new(&spec.train, &params),
            decay: method::weight_decay(&spec.method),
            clip_norm: spec.train.clip_norm,
            network,
            params,
        }
    }

    /// Does what is due before an epoch, counted from 1.
    pub fn begin_epoch(&mut self, spec: &RunSpec, epoch: usize) {
        self.network
            .begin_epoch(spec.quantizer.as_ref(), epoch, &mut self.params);
    }

    /// One step on images x [B, C, H, W] with targets [B, classes]. Returns the batch's mean loss,
    /// shape [1], without waiting for the device.
    pub fn step(
        &mut self,
        x: Tensor<4>,
        targets: Tensor<2>,
        dropout: Vec<Tensor<2>>,
        lr: f64,
    ) -> Tensor<1> {
        self.step_on(x, dropout, lr, |logits| cross_entropy(logits, targets))
    }

    /// [`step`](Self::step) with any `loss`: logits [B, classes] → mean loss, shape [1].
    pub fn step_on(
        &mut self,
        x: Tensor<4>,
        dropout: Vec<Tensor<2>>,
        lr: f64,
        loss: impl FnOnce(Tensor<2>) -> Tensor<1>,
    ) -> Tensor<1> {
        let (logits, live) = self.forward(x, dropout);
        self.update(live, loss(logits), lr)
    }

    /// Logits [B, classes] of a training step, and the parameters that they come from.
    pub fn forward(&self, x: Tensor<4>, dropout: Vec<Tensor<2>>) -> (Tensor<2>, Live) {
        let mut live = self.params.tracked();
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
        if let Some(norm) = self.clip_norm {
            clip(&mut gradients, norm);
        }
        self.optimizer
            .step(&mut self.params, gradients, lr, self.decay);
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

    /// Logits [B, classes] without autodiff.
    pub fn evaluate(&self, x: Tensor<4>) -> Tensor<2> {
        self.network
            .forward(&mut self.params.frozen(), x, &Mode::Eval)
    }
}
