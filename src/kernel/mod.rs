//! Layers for the CPU backend: what burn's own backend does in many passes over im2col copies, in
//! few passes over channels-last images, with gradients written by hand.
//!
//! burn-flex spends a third of a training step in matrix products and the rest in copies between
//! layouts and element-wise passes (`docs/performance.md`). Here fake quantization, convolution,
//! norm, shortcut and ReLU are one operation, and an image stays in the processor's cache from one
//! to the next. The results do not depend on the number of threads: sums are grouped by images, not
//! by threads.

mod backward;
mod channels;
mod conv;
mod flex;
mod forward;
mod norm;
mod pass;
mod quantizer;
mod shape;
mod simd;
mod weight_grad;

pub use flex::Options;
pub use norm::{Moments, Norm};
pub use quantizer::{Quantizer, Rule};

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};
use flex::Kernels;

/// Rows and columns of the convolutions that these kernels compute.
pub const SIZE: usize = 3;

/// Whether these kernels are for tensors of this device.
pub fn serves(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

/// The tensors of a layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Input [B, H, W, Cin].
    pub x: Tensor<4>,
    /// Scale of the input's quantizer, above zero, and its offset where its rule has one; nothing
    /// where it has no scale.
    pub step: Option<Tensor<1>>,
    /// Weights [Cout, Cin, 3, 3].
    pub w: Tensor<4>,
    /// Factor per channel, [Cout].
    pub scale: Tensor<1>,
    /// Summand per channel, [Cout].
    pub shift: Tensor<1>,
    /// Added before ReLU, [B, rows, columns, Cout].
    pub shortcut: Option<Tensor<4>>,
}

/// What comes out of a layer.
#[derive(Clone, Debug)]
pub struct Output {
    /// relu(scale · norm(x * w) + shift + shortcut), or the same without ReLU, [B, rows, columns, Cout].
    pub values: Tensor<4>,
    /// The largest of their magnitudes, [1], a constant to autodiff.
    pub largest: Tensor<1>,
    /// Mean and biased variance per channel, [Cout] each, where the norm is by the batch.
    pub statistics: Option<(Tensor<1>, Tensor<1>)>,
}

/// Computes a layer: a 3 × 3 convolution with padding 1, norm, shortcut and, where it is wanted, ReLU.
pub fn layer(layer: Layer, options: Options) -> Output {
    let device = layer.x.device();
    let channels = layer.w.dims()[0];
    let by_batch = matches!(options.norm, Norm::Batch { .. });
    let step = layer.step.unwrap_or_else(|| Tensor::zeros([0], &device));
    let shortcut = layer.shortcut;
    let shortcut = shortcut.unwrap_or_else(|| Tensor::zeros([0, 0, 0, 0], &device));
    let (values, read) = <Dispatch as Kernels>::kernel_layer(
        layer.x.into_dispatch(),
        step.into_dispatch(),
        layer.w.into_dispatch(),
        layer.scale.into_dispatch(),
        layer.shift.into_dispatch(),
        shortcut.into_dispatch(),
        options,
    );
    let read = Tensor::<1>::from_dispatch(read).inner();
    let part = |from, count| read.clone().narrow(0, from, count);
    Output {
        values: Tensor::from_dispatch(values),
        largest: part(0, 1),
        statistics: by_batch.then(|| (part(1, channels), part(1 + channels, channels))),
    }
}

#[cfg(test)]
mod tests;
