//! One training step: forward, loss, backward, update.

use super::error::TrainError;
use super::gradients::{clip, taken};
use super::optimizer::Optimizer;
use crate::data::InputShape;
use crate::method;
use crate::model::{Live, Mode, Network, Params};
use crate::spec::RunSpec;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Gradients, Tensor};

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

/// What a step gives, without waiting for the device.
pub struct Stepped {
    /// The batch's mean loss, [1].
    pub loss: Tensor<1>,
    /// The logits of its samples, [B, classes]; `None` where the inputs were no single samples.
    pub logits: Option<Tensor<2>>,
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

    /// One step on images x [B, C, H, W] with targets [B, classes].
    pub fn step(
        &mut self,
        x: Tensor<4>,
        targets: Tensor<2>,
        dropout: Vec<Tensor<2>>,
        lr: f64,
    ) -> Stepped {
        let (loss, logits, mut live, grads) = self.backward(x, targets, dropout);
        // First what the forward pass changed, so that a first step of LSQ is the value that the
        // gradient belongs to.
        self.params.absorb(&mut live);
        let mut gradients = taken(&self.params, &live, &grads);
        if let Some(norm) = self.clip_norm {
            clip(&mut gradients, norm);
        }
        self.optimizer
            .step(&mut self.params, gradients, lr, self.decay);
        Stepped {
            loss: loss.inner(),
            logits: Some(logits),
        }
    }

    /// The gradient of each trained parameter, flat, at [`step`](Self::step) without dropout;
    /// nothing is changed.
    pub fn gradients(&self, x: Tensor<4>, targets: Tensor<2>) -> Vec<(String, Tensor<1>)> {
        let (_, _, live, grads) = self.backward(x, targets, Vec::new());
        let name = |(place, gradient): (usize, _)| (self.params.list[place].name.clone(), gradient);
        let gradients = taken(&self.params, &live, &grads);
        gradients.into_iter().map(name).collect()
    }

    /// Loss, logits without autodiff, the parameters in use, and the gradients.
    fn backward(
        &self,
        x: Tensor<4>,
        targets: Tensor<2>,
        dropout: Vec<Tensor<2>>,
    ) -> (Tensor<1>, Tensor<2>, Live, Gradients) {
        let mut live = self.params.tracked();
        let logits = self.network.forward(&mut live, x, &Mode::Train { dropout });
        let found = logits.clone().inner();
        let loss = cross_entropy(logits, targets);
        let grads = loss.backward();
        (loss, found, live, grads)
    }

    /// Share of the weights that are exactly zero after quantization.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn sparsity(&self) -> Result<f64, TrainError> {
        let share = self.network.sparsity(&self.params).into_data();
        let share = share.try_into_vec::<f32>();
        let share = share.map_err(|e| TrainError::Device(format!("{e:?}")))?;
        Ok(share.first().copied().unwrap_or(0.0).into())
    }

    /// Logits [B, classes] without autodiff.
    pub fn evaluate(&self, x: Tensor<4>) -> Tensor<2> {
        self.network
            .forward(&mut self.params.frozen(), x, &Mode::Eval)
    }
}

/// Mean over the batch of −Σ target·log softmax(logits), shape [1].
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let batch = logits.dims()[0] as f64;
    (log_softmax(logits, 1) * targets).sum().div_scalar(-batch)
}
