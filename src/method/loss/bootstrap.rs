//! Soft bootstrapping (Reed et al. 2015, equation 6).

use super::sum;
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// −Σ (β·y + (1−β)·p)·log p of each row, shape [R]: the label shares the target with the prediction.
///
/// The gradient goes through the p of the target as well: the paper calls the loss cross-entropy with
/// an entropy penalty, which holds only then.
pub fn bootstrap(logits: Tensor<2>, targets: Tensor<2>, beta: f64) -> Tensor<1> {
    let log_p = log_softmax(logits, 1);
    let mixed = targets.mul_scalar(beta) + log_p.clone().exp().mul_scalar(1.0 - beta);
    sum(mixed * log_p).neg()
}
