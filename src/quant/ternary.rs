//! Ternary weights (Li et al. 2016, section 2.2): −α, 0 or α.

use super::straight_through::straight_through;
use burn::tensor::Tensor;

/// Weights up to this share of the mean magnitude become zero.
const THRESHOLD: f64 = 0.7;

/// Fake-quantizes weights [out, in]: zero up to Δ = 0.7·mean|w|, else ±α with α the mean magnitude of
/// those beyond Δ; one Δ and one α per output channel or for all. The gradient passes as it is.
pub fn weights(w: Tensor<2>, per_channel: bool) -> Tensor<2> {
    let constant = w.clone().inner();
    let mean = |t: Tensor<2>| match per_channel {
        true => t.mean_dim(1),
        false => t.mean().reshape([1, 1]),
    };
    let magnitude = constant.clone().abs();
    let threshold = mean(magnitude.clone()).mul_scalar(THRESHOLD);
    let beyond = magnitude.clone().greater(threshold).float();
    // Where nothing is beyond, all is zero, and α of no account.
    let share = mean(beyond.clone()).clamp_min(f32::MIN_POSITIVE);
    let alpha = mean(magnitude * beyond.clone()) / share;
    straight_through(w, constant.sign() * beyond * alpha)
}
