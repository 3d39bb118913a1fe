//! Cross-entropy, the loss of plain training.

use super::sum;
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// Mean over the batch of −Σ target·log p, shape [1].
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let batch = logits.dims()[0] as f64;
    (log_softmax(logits, 1) * targets).sum().div_scalar(-batch)
}

/// −Σ target·log p of each row, shape [R].
pub fn cross_entropies(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    sum(log_softmax(logits, 1) * targets).neg()
}
