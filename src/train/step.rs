//! One training step: forward, loss, backward, update.

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
}

impl Learner {
    /// The network of a run with its first parameters.
    pub fn new(spec: &RunSpec, input: InputShape, device: &Device) -> Self {
        let (network, params) = Network::build(spec, input, device);
        Self {
            optimizer: Optimizer::new(&spec.train, &params),
            decay: method::weight_decay(&spec.method),
            network,
            params,
        }
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
        let (loss, mut live, grads) = self.backward(x, targets, dropout);
        // First what the forward pass changed, so that a first step of LSQ is the value that the
        // gradient belongs to.
        self.params.absorb(&mut live);
        self.optimizer
            .step(&mut self.params, &live, &grads, lr, self.decay);
        loss.inner()
    }

    /// The gradient of each trained parameter, flat, at [`step`](Self::step) without dropout;
    /// nothing is changed.
    pub fn gradients(&self, x: Tensor<4>, targets: Tensor<2>) -> Vec<(String, Tensor<1>)> {
        let (_, live, grads) = self.backward(x, targets, Vec::new());
        let parameters = self.params.list.iter().enumerate();
        parameters
            .filter_map(|(place, p)| Some((p.name.clone(), live.flat(place).grad(&grads)?)))
            .collect()
    }

    fn backward(
        &self,
        x: Tensor<4>,
        targets: Tensor<2>,
        dropout: Vec<Tensor<2>>,
    ) -> (Tensor<1>, Live, Gradients) {
        let mut live = self.params.tracked();
        let logits = self.network.forward(&mut live, x, &Mode::Train { dropout });
        let loss = cross_entropy(logits, targets);
        let grads = loss.backward();
        (loss, live, grads)
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
