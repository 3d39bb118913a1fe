//! The paper's quantizer: λ = max|x|, scale λ/Q, straight-through gradient, λ constant
//! (Tallec et al. 2023, section 2).

use super::grid::Grid;
use super::straight_through::straight_through;
use burn::tensor::Tensor;

/// Keeps a channel of zeros from dividing by zero; far below any scale of a live channel.
const SMALLEST_SCALE: f32 = 1e-12;

/// Fake-quantizes weights [out, in], one λ per output channel or for all.
pub fn weights(w: Tensor<2>, grid: Grid, per_channel: bool) -> Tensor<2> {
    let constant = w.clone().inner();
    let scale = weight_scale(constant.clone(), grid, per_channel);
    // With as many codes below zero as above, |w| ≤ λ needs no clipping; with one more, λ does.
    let codes = (constant / scale.clone())
        .round()
        .clamp(grid.low as f32, grid.high as f32);
    straight_through(w, codes * scale)
}

/// The distance of two levels of weights [out, in]: [out, 1], or [1, 1] for all.
pub fn weight_scale(w: Tensor<2>, grid: Grid, per_channel: bool) -> Tensor<2> {
    let lambda = match per_channel {
        true => w.max_abs_dim(1),
        false => w.max_abs().reshape([1, 1]),
    };
    lambda.div_scalar(grid.reach()).clamp_min(SMALLEST_SCALE)
}

/// max|x| over a batch of activations, shape [1], a constant to autodiff.
pub fn range<const D: usize>(x: &Tensor<D>) -> Tensor<1> {
    x.clone().inner().max_abs()
}

/// The scale that belongs to the range λ, shape [1] both.
pub fn scale(lambda: Tensor<1>, grid: Grid) -> Tensor<1> {
    lambda.div_scalar(grid.high).clamp_min(SMALLEST_SCALE)
}

/// Fake-quantizes activations with the range λ (shape [1]); values beyond it are clipped.
pub fn activations<const D: usize>(x: Tensor<D>, lambda: Tensor<1>, grid: Grid) -> Tensor<D> {
    let scale = scale(lambda, grid).reshape([1; D]);
    let codes = (x.clone().inner() / scale.clone())
        .round()
        .clamp(grid.low as f32, grid.high as f32);
    straight_through(x, codes * scale)
}
