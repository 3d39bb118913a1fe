//! Early-learning regularisation (Liu et al. 2020, equations 6 and 9).

use super::{cross_entropies, sum};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

/// Predictions are kept this far from 0 and 1, as in the authors' code.
const MARGIN: f64 = 1e-4;

/// p, clamped to [1e-4, 1 − 1e-4].
fn clamped(logits: Tensor<2>) -> Tensor<2> {
    softmax(logits, 1).clamp(MARGIN, 1.0 - MARGIN)
}

/// The samples' averages after this batch, β·t + (1−β)·p/Σp with the clamped p, without autodiff:
/// [B, C].
pub fn averaged(before: Tensor<2>, logits: Tensor<2>, beta: f64) -> Tensor<2> {
    let p = clamped(logits.inner());
    let sum = p.clone().sum_dim(1);
    before.mul_scalar(beta) + (p / sum).mul_scalar(1.0 - beta)
}

/// CE + λ·log(1 − ⟨t, p⟩) of each row, shape [R], with the averages t after this batch ([`averaged`]) and
/// the clamped p: what the network said early pulls against the label.
pub fn elr(logits: Tensor<2>, targets: Tensor<2>, averages: Tensor<2>, lambda: f64) -> Tensor<1> {
    let agreement = sum(averages * clamped(logits.clone()));
    let pull = agreement.neg().add_scalar(1.0).log();
    cross_entropies(logits, targets) + pull.mul_scalar(lambda)
}
