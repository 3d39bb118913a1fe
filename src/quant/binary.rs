//! Binary weights and activations (Rastegari et al. 2016, XNOR-Net).

use super::straight_through::straight_through;
use burn::tensor::Tensor;

/// Fake-quantizes weights [out, in] to ±α with α = mean|w| per output channel, or of all. The gradient
/// passes as it is.
pub fn weights(w: Tensor<2>, per_channel: bool) -> Tensor<2> {
    let constant = w.clone().inner();
    let magnitude = constant.clone().abs();
    let alpha = match per_channel {
        true => magnitude.mean_dim(1),
        false => magnitude.mean().reshape([1, 1]),
    };
    straight_through(w, signs(constant) * alpha)
}

/// The signs of activations. The gradient passes where |x| ≤ 1.
pub fn activations<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let constant = x.clone().inner();
    let outside = constant.clone().abs().greater_elem(1.0);
    straight_through(x.mask_fill(outside, 0.0), signs(constant))
}

/// −1 or 1; that of zero is 1.
pub fn signs<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.greater_equal_elem(0.0)
        .float()
        .mul_scalar(2.0)
        .sub_scalar(1.0)
}
