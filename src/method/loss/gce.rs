//! Generalised cross-entropy (Zhang and Sabuncu 2018, equation 6).

use super::of_label;
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// (1 − p_y^q)/q of each row, shape [R], for q above 0: cross-entropy as q goes to 0, mean absolute error
/// at 1. The power is exp(q·log p_y), whose gradient stays finite as p_y goes to 0.
pub fn gce(logits: Tensor<2>, targets: Tensor<2>, q: f64) -> Tensor<1> {
    let log_p = of_label(log_softmax(logits, 1), targets);
    let power = log_p.mul_scalar(q).exp();
    power.neg().add_scalar(1.0).div_scalar(q)
}
