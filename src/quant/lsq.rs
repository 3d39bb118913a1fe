//! Learned step size quantization (Esser et al. 2020): clamp, then round. With a learned offset of
//! the activations it is LSQ+ (Bhalgat et al. 2020, section 3.2).
//!
//! Between Q and Q + ½ this order counts a value as outside the grid (no gradient to x, Q to the
//! step), where round-then-clamp counts it as inside; everywhere else the two agree.

use super::grid::Grid;
use super::straight_through::straight_through;
use burn::tensor::Tensor;

/// Steps are kept at or above this, so that a step that crosses zero cannot flip the grid.
pub const SMALLEST_STEP: f32 = 1e-8;

/// The step that training begins with, by the mean magnitude of what is quantized: 2·mean|v|/√Q.
pub fn first_step<const D: usize>(mean_abs: Tensor<D>, grid: Grid) -> Tensor<D> {
    mean_abs
        .mul_scalar(2.0 / f64::from(grid.high).sqrt())
        .clamp_min(SMALLEST_STEP)
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

/// Fake-quantizes `v` with learned `step` and `offset`, which broadcast against it, to
/// offset + step·code. Both gradients are scaled as in [`quantize`]; that of the offset is 1 for
/// clipped values and 0 for others.
pub fn quantize_with_offset<const D: usize>(
    v: Tensor<D>,
    step: Tensor<D>,
    offset: Tensor<D>,
    count: usize,
    grid: Grid,
) -> Tensor<D> {
    let step = scale(step, count, grid);
    let offset = self::offset(offset, count, grid);
    let (exact, zero) = (step.clone().inner(), offset.clone().inner());
    let scaled = (v.clone().inner() - zero.clone()) / exact.clone();
    let clamped = scaled.clone().clamp(grid.low as f32, grid.high as f32);
    let outside = scaled.clone().not_equal(clamped.clone());
    let codes = clamped.round();
    let quantized = codes.clone() * exact + zero;
    if !v.is_autodiff() && !step.is_autodiff() {
        return quantized;
    }
    let moved = codes - scaled.mask_fill(outside.clone(), 0.0);
    let clipped = outside.clone().float();
    let tracked = v.mask_fill(outside, 0.0) + step * moved + offset * clipped;
    straight_through(tracked, quantized)
}

/// The scale that belongs to a step, above zero; its gradient is that of the step times 1/√(`count` ·
/// high), with `count` as in [`quantize`].
pub fn scale<const D: usize>(step: Tensor<D>, count: usize, grid: Grid) -> Tensor<D> {
    scale_gradient(
        step.abs().clamp_min(SMALLEST_STEP),
        gradient_factor(count, grid),
    )
}

/// The same offset, its gradient scaled like that of the step.
pub fn offset<const D: usize>(offset: Tensor<D>, count: usize, grid: Grid) -> Tensor<D> {
    scale_gradient(offset, gradient_factor(count, grid))
}

fn gradient_factor(count: usize, grid: Grid) -> f64 {
    1.0 / ((count as f64) * f64::from(grid.high)).sqrt()
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
