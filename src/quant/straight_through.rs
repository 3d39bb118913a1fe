//! The straight-through estimator (Bengio et al. 2013): quantized forward, identity backward.

use burn::tensor::Tensor;

/// `quantized` forward, the gradient of `x` backward. `quantized` is a constant to autodiff.
pub fn straight_through<const D: usize>(x: Tensor<D>, quantized: Tensor<D>) -> Tensor<D> {
    if x.is_autodiff() {
        let constant = x.clone().inner();
        x + (quantized - constant)
    } else {
        quantized
    }
}
