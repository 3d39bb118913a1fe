//! The kernels as operations of burn's CPU backend, with their backward passes.

use super::conv::{self, Quantizer};
use super::norm::{self, Norm};
use super::shape::ConvShape;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, TensorData};
use pulp::Arch;
use std::sync::Arc;

/// The kernels of this room. Images are channels-last.
#[backend_extension(Flex, Autodiff)]
pub trait Kernels: Backend {
    /// 3 × 3 convolution with padding 1 of x [B, H, W, Cin], its values taken through `quantizer`
    /// with a straight-through gradient, and w [Cout, Cin, 3, 3].
    fn kernel_conv(
        x: FloatTensor<Self>,
        w: FloatTensor<Self>,
        stride: usize,
        quantizer: Option<Quantizer>,
    ) -> FloatTensor<Self>;

    /// relu(scale · (y − mean)/deviation + shift + shortcut), y [B, H, W, C]. Without `norm`, mean
    /// is 0 and deviation 1; a shortcut without values is none.
    fn kernel_finish(
        y: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        norm: Option<Norm>,
    ) -> FloatTensor<Self>;
}

/// What is read of activations on the way; no gradient flows through it.
#[backend_extension(Flex)]
pub trait Readings: Backend {
    /// Means, then biased variances of the channels of y [.., C]: [2, C].
    fn kernel_statistics(y: FloatTensor<Self>) -> FloatTensor<Self>;

    /// max|x|, shape [1].
    fn kernel_largest(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Readings for Flex {
    fn kernel_statistics(y: FlexTensor) -> FlexTensor {
        let channels = y.shape().last().copied().unwrap_or(1);
        let (mut mean, variance) = norm::statistics(Arch::new(), &values(&y), channels);
        mean.extend(variance);
        tensor(mean, [2, channels])
    }

    fn kernel_largest(x: FlexTensor) -> FlexTensor {
        tensor(vec![norm::largest(Arch::new(), &values(&x))], [1])
    }
}

/// The values of a tensor, copied only where they do not lie in order.
fn values(tensor: &FlexTensor) -> std::borrow::Cow<'_, [f32]> {
    match tensor.as_slice::<f32>() {
        Some(values) => values.into(),
        None => tensor.to_contiguous().storage::<f32>().to_vec().into(),
    }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The shape of a convolution of x with w, and the number of images.
fn conv_shape(x: &Shape, w: &Shape, stride: usize) -> (usize, ConvShape) {
    let shape = ConvShape {
        height: x[1],
        width: x[2],
        cin: x[3],
        cout: w[0],
        stride,
    };
    (x[0], shape)
}

fn convolve(
    x: &FlexTensor,
    w: &FlexTensor,
    stride: usize,
    quantizer: Option<Quantizer>,
) -> (Vec<f32>, FlexTensor) {
    let (batch, s) = conv_shape(&x.shape(), &w.shape(), stride);
    let (padded, y) = conv::forward(Arch::new(), s, &values(x), &values(w), quantizer);
    (padded, tensor(y, [batch, s.rows(), s.columns(), s.cout]))
}

impl Kernels for Flex {
    fn kernel_conv(
        x: FlexTensor,
        w: FlexTensor,
        stride: usize,
        quantizer: Option<Quantizer>,
    ) -> FlexTensor {
        convolve(&x, &w, stride, quantizer).1
    }

    fn kernel_finish(
        y: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        shortcut: FlexTensor,
        norm: Option<Norm>,
    ) -> FlexTensor {
        let (a, b) = norm::affine(&values(&scale), &values(&shift), norm.as_ref());
        let shortcut = values(&shortcut);
        let shortcut = (!shortcut.is_empty()).then_some(&shortcut[..]);
        let out = norm::finish(Arch::new(), &values(&y), &a, &b, shortcut);
        FlexTensor::from_data(TensorData::new(out, y.shape()))
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn kernel_conv(
        x: FloatTensor<Self>,
        w: FloatTensor<Self>,
        stride: usize,
        quantizer: Option<Quantizer>,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), w.node()];
        let (x, w) = (x.into_primitive(), w.into_primitive());
        let (batch, shape) = conv_shape(&x.shape(), &w.shape(), stride);
        let (padded, y) = convolve(&x, &w, stride, quantizer);
        match ConvBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((batch, shape, Arc::new(padded), w), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn kernel_finish(
        y: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        norm: Option<Norm>,
    ) -> FloatTensor<Self> {
        let nodes = [y.node(), scale.node(), shift.node(), shortcut.node()];
        let (y, scale) = (y.into_primitive(), scale.into_primitive());
        let (shift, shortcut) = (shift.into_primitive(), shortcut.into_primitive());
        let has_shortcut = shortcut.shape().num_elements() > 0;
        let out = Flex::kernel_finish(y.clone(), scale.clone(), shift, shortcut, norm.clone());
        match FinishBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => prep.finish((y, out.clone(), scale, norm, has_shortcut), out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        }
    }
}

#[derive(Debug)]
struct ConvBackward;

impl Backward<Flex, 2> for ConvBackward {
    type State = (usize, ConvShape, Arc<Vec<f32>>, FlexTensor);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [x_node, w_node] = ops.parents;
        let (batch, s, padded, w) = ops.state;
        let dy = grads.consume::<Flex>(&ops.node);
        let dy = values(&dy);
        if let Some(node) = w_node {
            let dw = conv::weight_gradient(Arch::new(), s, &padded, &dy);
            grads.register::<Flex>(node.id, tensor(dw, [s.cout, s.cin, 3, 3]));
        }
        if let Some(node) = x_node {
            let dx = conv::input_gradient(Arch::new(), s, &values(&w), &dy);
            grads.register::<Flex>(node.id, tensor(dx, [batch, s.height, s.width, s.cin]));
        }
    }
}

#[derive(Debug)]
struct FinishBackward;

impl Backward<Flex, 4> for FinishBackward {
    type State = (FlexTensor, FlexTensor, FlexTensor, Option<Norm>, bool);

    fn backward(
        self,
        ops: Ops<Self::State, 4>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [y_node, scale_node, shift_node, shortcut_node] = ops.parents;
        let (y, out, scale, norm, has_shortcut) = ops.state;
        let dout = grads.consume::<Flex>(&ops.node);
        let shape = y.shape();
        let found = norm::gradients(
            Arch::new(),
            &values(&dout),
            &values(&out),
            &values(&y),
            &values(&scale),
            norm.as_ref(),
            has_shortcut,
        );
        let channels = found.shift.len();
        let like_y = |values| FlexTensor::from_data(TensorData::new(values, shape.clone()));
        if let Some(node) = y_node {
            grads.register::<Flex>(node.id, like_y(found.y));
        }
        if let Some(node) = scale_node {
            grads.register::<Flex>(node.id, tensor(found.scale, [channels]));
        }
        if let Some(node) = shift_node {
            grads.register::<Flex>(node.id, tensor(found.shift, [channels]));
        }
        if let (Some(node), Some(shortcut)) = (shortcut_node, found.shortcut) {
            grads.register::<Flex>(node.id, like_y(shortcut));
        }
    }
}
