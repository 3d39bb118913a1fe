//! Parameterised clipping activation (Choi et al. 2018, section 3): activations are clipped to
//! 0 … α and α is learned. The weights are DoReFa's.

use super::grid::Grid;
use super::straight_through::straight_through;
use burn::tensor::Tensor;

/// α at the beginning.
pub const FIRST_BOUND: f32 = 6.0;

/// Factor of the L2 penalty on α: without it, nothing keeps α from growing past every value. The
/// paper gives it the weight decay of its networks, which is this for its ResNet-20.
pub const BOUND_DECAY: f64 = 2e-4;

/// α is kept at or above this.
const SMALLEST_BOUND: f32 = 1e-6;

/// The distance of two levels, [1], of the bound α, [1].
pub fn scale(bound: Tensor<1>, bits: u8) -> Tensor<1> {
    bound
        .clamp_min(SMALLEST_BOUND)
        .div_scalar(Grid::unsigned(bits).high)
}

/// Fake-quantizes activations: clipped to 0 … α, then rounded to multiples of α/(2^b − 1). The
/// gradient passes to x where 0 ≤ x < α, and to α where x ≥ α. The bound broadcasts against x.
pub fn activations<const D: usize>(x: Tensor<D>, bound: Tensor<D>, bits: u8) -> Tensor<D> {
    let bound = bound.clamp_min(SMALLEST_BOUND);
    let (constant, most) = (x.clone().inner(), bound.clone().inner());
    let above = constant.clone().greater_equal(most.clone());
    let outside = above.clone().bool_or(constant.clone().lower_elem(0.0));
    let codes = Grid::unsigned(bits).high;
    let step = most.clone().div_scalar(codes);
    let clipped = constant.clamp_min(0.0).min_pair(most);
    let quantized = (clipped / step.clone()).round() * step;
    if !x.is_autodiff() {
        return quantized;
    }
    straight_through(x.mask_fill(outside, 0.0) + bound * above.float(), quantized)
}
