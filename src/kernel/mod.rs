//! Convolutions for the CPU backend: what burn's own backend does in many passes over im2col
//! copies, in few passes over channels-last images, with gradients written by hand.
//!
//! burn-flex spends a third of a training step in matrix products and the rest in copies between
//! layouts and element-wise passes (`docs/performance.md`). Here fake quantization is part of the
//! copy that pads the image, and norm, shortcut and ReLU are one pass. The results do not depend on
//! the number of threads: sums are grouped by images and pixels, not by threads.

mod conv;
mod flex;
mod norm;
mod pass;
mod shape;
mod simd;
mod weight_grad;

pub use conv::Quantizer;
pub use norm::Norm;

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};
use flex::{Kernels, Readings};

/// Whether these kernels are for tensors of this device.
pub fn serves(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

/// 3 × 3 convolution with padding 1 of x [B, H, W, Cin] with w [Cout, Cin, 3, 3]. Values of x are
/// taken through `quantizer`; its gradient is straight-through.
pub fn conv(x: Tensor<4>, w: Tensor<4>, stride: usize, quantizer: Option<Quantizer>) -> Tensor<4> {
    let (x, w) = (x.into_dispatch(), w.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Kernels>::kernel_conv(x, w, stride, quantizer))
}

/// relu(norm(y)·scale + shift + shortcut), y and shortcut [B, H, W, C], scale and shift [C].
pub fn finish(
    y: Tensor<4>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    shortcut: Option<Tensor<4>>,
    norm: Option<Norm>,
) -> Tensor<4> {
    let shortcut = shortcut.unwrap_or_else(|| Tensor::zeros([0, 0, 0, 0], &y.device()));
    Tensor::from_dispatch(<Dispatch as Kernels>::kernel_finish(
        y.into_dispatch(),
        scale.into_dispatch(),
        shift.into_dispatch(),
        shortcut.into_dispatch(),
        norm,
    ))
}

/// Means and biased variances of the channels of y [B, H, W, C]: [2, C], constants to autodiff.
pub fn statistics(y: &Tensor<4>) -> Tensor<2> {
    let y = y.clone().inner().into_dispatch();
    Tensor::from_dispatch(<Dispatch as Readings>::kernel_statistics(y))
}

/// max|x|, shape [1], a constant to autodiff.
pub fn largest<const D: usize>(x: &Tensor<D>) -> Tensor<1> {
    let x = x.clone().inner().into_dispatch();
    Tensor::from_dispatch(<Dispatch as Readings>::kernel_largest(x))
}

#[cfg(test)]
mod tests;
