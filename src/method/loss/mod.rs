//! Losses of the robust baselines: logits [R, C] and targets → the loss of each row, shape [R].
//!
//! A row is an image, or one Action Unit of an image with the classes absent and present. Targets are
//! rows [R, C] of shares that sum to 1. Where a source defines a loss for the label y, a
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

/// The entry of each row that its one-hot target names: [R, C] → [R].
fn of_label(rows: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    sum(rows * targets)
}

/// The sum of each row: [R, C] → [R].
fn sum(rows: Tensor<2>) -> Tensor<1> {
    let count = rows.dims()[0];
    rows.sum_dim(1).reshape([count])
}

#[cfg(test)]
mod tests;
