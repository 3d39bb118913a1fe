//! Learned step size quantization (Esser et al. 2020): clamp, then round.
//!
//! Between Q and Q + ½ this order counts a value as outside the grid (no gradient to x, Q to the
//! step), where round-then-clamp counts it as inside; everywhere else the two agree.

use super::grid::Grid;
use super::straight_through::straight_through;
use burn::tensor::Tensor;

/// Steps are kept at or above this, so that a step that crosses zero cannot flip the grid.
pub const SMALLEST_STEP: f32 = 1e-8;

/// The step that training begins with: 2·mean|v|/√Q.
pub fn first_step(mean_abs: f32, grid: Grid) -> f32 {
    (2.0 * mean_abs / (grid.high as f32).sqrt()).max(SMALLEST_STEP)
}

/// Fake-quantizes `v` with the learned `step`, which broadcasts against it. `count` is the number
/// of values that share a step: its gradient is scaled by 1/√(count·Q).
pub fn quantize<const D: usize>(
    v: Tensor<D>,
    step: Tensor<D>,
    count: usize,
    grid: Grid,
) -> Tensor<D> {
    let step = scale(step, count, grid);
    let exact = step.clone().inner();
    let scaled = v.clone().inner() / exact.clone();
    let clamped = scaled.clone().clamp(grid.low as f32, grid.high as f32);
    let outside = scaled.clone().not_equal(clamped.clone());
    let codes = clamped.round();
    let quantized = codes.clone() * exact;
    if !v.is_autodiff() && !step.is_autodiff() {
        return quantized;
    }
    // v where it is inside, plus the step times what rounding and clipping did: the gradient of the
    // step is then one sum of small terms. Of round(v/s)·s it would be the difference of two sums
    // that are nearly equal and a thousand times as large.
    let moved = codes - scaled.mask_fill(outside.clone(), 0.0);
    straight_through(v.mask_fill(outside, 0.0) + step * moved, quantized)
}

/// The scale that belongs to a step, above zero; its gradient is that of the step times 1/√(`count` ·
/// high), with `count` as in [`quantize`].
pub fn scale<const D: usize>(step: Tensor<D>, count: usize, grid: Grid) -> Tensor<D> {
    let factor = 1.0 / ((count as f64) * f64::from(grid.high)).sqrt();
    scale_gradient(step.abs().clamp_min(SMALLEST_STEP), factor)
}

/// The same value; the gradient times `factor`.
fn scale_gradient<const D: usize>(x: Tensor<D>, factor: f64) -> Tensor<D> {
    if x.is_autodiff() {
        let constant = x.clone().inner();
        let scaled = x.mul_scalar(factor);
        let rest = constant - scaled.clone().inner();
        scaled + rest
    } else {
        x
    }
}
