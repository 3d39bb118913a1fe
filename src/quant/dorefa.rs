//! DoReFa (Zhou et al. 2016, sections 2.3 and 2.4): weights squashed by tanh into −1 … 1, activations
//! clipped to 0 … 1; the gradient goes through the rounding as it is.

use super::binary::signs;
use super::grid::Grid;
use super::straight_through::straight_through;
use burn::tensor::Tensor;

/// Keeps a layer of zeros from dividing by zero.
const SMALLEST: f32 = 1e-12;

/// Fake-quantizes weights of a layer: 2·q(tanh w / (2·max|tanh w|) + ½) − 1, where q rounds to
/// multiples of 1/(2^b − 1). One bit is mean|w|·sign w.
pub fn weights(w: Tensor<2>, bits: u8) -> Tensor<2> {
    if bits == 1 {
        let constant = w.clone().inner();
        let mean = constant.clone().abs().mean().reshape([1, 1]);
        return straight_through(w, signs(constant) * mean);
    }
    let squashed = w.tanh();
    let largest = squashed.clone().abs().max().clamp_min(SMALLEST);
    let unit = (squashed / largest.reshape([1, 1]))
        .mul_scalar(0.5)
        .add_scalar(0.5);
    let codes = f64::from(Grid::unsigned(bits).high);
    let rounded = unit.clone().inner().mul_scalar(codes).round();
    straight_through(unit, rounded.div_scalar(codes))
        .mul_scalar(2.0)
        .sub_scalar(1.0)
}

/// The distance of two levels of activations.
pub fn scale(bits: u8) -> f32 {
    1.0 / Grid::unsigned(bits).high as f32
}

/// Fake-quantizes activations: clipped to 0 … 1, then rounded to multiples of 1/(2^b − 1). The
/// gradient passes from 0 to 1, both included.
pub fn activations<const D: usize>(x: Tensor<D>, bits: u8) -> Tensor<D> {
    let constant = x.clone().inner();
    let clipped = constant.clone().clamp(0.0, 1.0);
    let outside = constant.not_equal(clipped.clone());
    let scale = scale(bits);
    let quantized = clipped.div_scalar(scale).round().mul_scalar(scale);
    straight_through(x.mask_fill(outside, 0.0), quantized)
}
