//! Losses of the robust baselines: logits [B, C] and targets → the batch's mean loss, shape [1].
//!
//! Targets are rows [B, C] of shares that sum to 1. Where a source defines a loss for the label y, a
//! row is one-hot, and a product with it takes the label's entry. Probabilities come from
//! `log_softmax`, so that logits of any size have a finite loss and gradient.

mod bootstrap;
mod cross_entropy;
mod distillation;
mod elr;
mod forward;
mod gce;
mod sce;

pub use bootstrap::bootstrap;
pub use cross_entropy::{cross_entropies, cross_entropy};
pub use distillation::distillation;
pub use elr::{averaged, elr};
pub use forward::{forward, log_transition};
pub use gce::gce;
pub use sce::sce;

use burn::tensor::Tensor;

/// The entry of each row that its one-hot target names: [B, C] → [B, 1].
fn of_label(rows: Tensor<2>, targets: Tensor<2>) -> Tensor<2> {
    (rows * targets).sum_dim(1)
}

#[cfg(test)]
mod tests;
