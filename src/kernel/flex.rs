//! The kernels as operations of burn's CPU backend, with their backward passes.

use super::backward::Computed;
use super::forward::{Inputs, forward};
use super::norm::{Moments, Norm};
use super::quantizer::{Grid, Quantizer};
use super::shape::ConvShape;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::TensorData;
use pulp::Arch;

/// What a layer does besides what its tensors say.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Step of the convolution, 1 or 2.
    pub stride: usize,
    /// How the input is quantized, if it is.
    pub quantizer: Option<Quantizer>,
    /// What the convolution's output is normalised by.
    pub norm: Norm,
    /// Whether negative outputs become zero.
    pub relu: bool,
}

impl Options {
    /// The value that smaller outputs are raised to.
    fn floor(&self) -> f32 {
        if self.relu { 0.0 } else { f32::NEG_INFINITY }
    }
}

/// The kernels of this room. Images are channels-last.
#[backend_extension(Flex, Autodiff)]
pub trait Kernels: Backend {
    /// relu(scale · norm(x * w) + shift + shortcut), or the same without ReLU: a 3 × 3 convolution with
    /// padding 1 of x [B, H, W, Cin], quantized with the scale and the offset in `step`, with w
    /// [Cout, Cin, 3, 3]. A step or a shortcut without values is none. Also gives the largest magnitude
    /// of the output and, with a norm by the batch, mean and biased variance of the convolution's:
    /// [1 + 2·Cout], constants to autodiff.
    fn kernel_layer(
        x: FloatTensor<Self>,
        step: FloatTensor<Self>,
        w: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        options: Options,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
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

/// What the gradients of a layer are found from: the convolution's output, what it was normalised
/// by, and the layer's output.
#[derive(Clone, Debug)]
struct State {
    given: Given,
    y: Vec<f32>,
    moments: Moments,
    out: FlexTensor,
}

/// What a layer is given.
#[derive(Clone, Debug)]
struct Given {
    x: FlexTensor,
    step: FlexTensor,
    w: FlexTensor,
    scale: FlexTensor,
    shift: FlexTensor,
    shortcut: FlexTensor,
    options: Options,
}

impl Given {
    fn shape(&self) -> ConvShape {
        let (size, filter) = (self.x.shape(), self.w.shape());
        ConvShape {
            height: size[1],
            width: size[2],
            cin: size[3],
            cout: filter[0],
            stride: self.options.stride,
        }
    }

    fn grid(&self) -> Option<Grid> {
        let quantizer = self.options.quantizer?;
        let step = values(&self.step);
        let of = |place| step.get(place).copied();
        Some(Grid::new(
            quantizer,
            of(0).unwrap_or(1.0),
            of(1).unwrap_or(0.0),
        ))
    }

    /// Computes the layer: its output, what is read of it, and, if they are `wanted`, the
    /// convolution's output and what it was normalised by.
    fn compute(&self, wanted: bool) -> (FlexTensor, FlexTensor, Vec<f32>, Moments) {
        let s = self.shape();
        let shortcut = values(&self.shortcut);
        let given = Inputs {
            x: &values(&self.x),
            grid: self.grid(),
            w: &values(&self.w),
            scale: &values(&self.scale),
            shift: &values(&self.shift),
            shortcut: (!shortcut.is_empty()).then_some(&shortcut[..]),
            floor: self.options.floor(),
        };
        let made = forward(Arch::new(), s, &given, &self.options.norm, wanted);
        let out = [self.x.shape()[0], s.rows(), s.columns(), s.cout];
        let read = [vec![made.largest], made.statistics].concat();
        let count = read.len();
        (
            tensor(made.out, out),
            tensor(read, [count]),
            made.y,
            made.moments,
        )
    }
}

impl Kernels for Flex {
    fn kernel_layer(
        x: FlexTensor,
        step: FlexTensor,
        w: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        shortcut: FlexTensor,
        options: Options,
    ) -> (FlexTensor, FlexTensor) {
        let given = Given {
            x,
            step,
            w,
            scale,
            shift,
            shortcut,
            options,
        };
        let (out, read, ..) = given.compute(false);
        (out, read)
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn kernel_layer(
        x: FloatTensor<Self>,
        step: FloatTensor<Self>,
        w: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        options: Options,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [&x, &step, &w, &scale, &shift, &shortcut].map(|t| t.node());
        let given = Given {
            x: x.into_primitive(),
            step: step.into_primitive(),
            w: w.into_primitive(),
            scale: scale.into_primitive(),
            shift: shift.into_primitive(),
            shortcut: shortcut.into_primitive(),
            options,
        };
        let (out, read, y, moments) = given.compute(true);
        let prepared = LayerBackward.prepare::<C>(nodes).compute_bound().stateful();
        let out = match prepared {
            OpsKind::Tracked(prep) => {
                let state = State {
                    given,
                    y,
                    moments,
                    out: out.clone(),
                };
                prep.finish(state, out)
            }
            OpsKind::UnTracked(prep) => prep.finish(out),
        };
        (out, <Self as AutodiffBackend>::from_inner(read))
    }
}

#[derive(Debug)]
struct LayerBackward;

impl Backward<Flex, 6> for LayerBackward {
    type State = State;

    fn backward(
        self,
        ops: Ops<Self::State, 6>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [
            x_node,
            step_node,
            w_node,
            scale_node,
            shift_node,
            shortcut_node,
        ] = ops.parents;
        let State {
            given,
            y,
            moments,
            out,
        } = ops.state;
        let dout = grads.consume::<Flex>(&ops.node);
        let s = given.shape();
        let found = Computed {
            shape: s,
            x: &values(&given.x),
            grid: given.grid(),
            w: &values(&given.w),
            y: &y,
            out: &values(&out),
            scale: &values(&given.scale),
            moments: &moments,
            of_batch: matches!(given.options.norm, Norm::Batch { .. }),
            floor: given.options.floor(),
        }
        .gradients(
            Arch::new(),
            &values(&dout),
            x_node.is_some() || step_node.is_some(),
            shortcut_node.is_some(),
        );
        let images = given.x.shape()[0];
        let learned = given.step.shape()[0].min(2);
        let gradients = [
            (x_node, found.x, vec![images, s.height, s.width, s.cin]),
            (
                step_node,
                Some(found.step[..learned].to_vec()),
                vec![learned],
            ),
            (w_node, Some(found.w), vec![s.cout, s.cin, 3, 3]),
            (scale_node, Some(found.scale), vec![s.cout]),
            (shift_node, Some(found.shift), vec![s.cout]),
            (
                shortcut_node,
                found.shortcut,
                vec![images, s.rows(), s.columns(), s.cout],
            ),
        ];
        for (node, gradient, shape) in gradients {
            if let (Some(node), Some(gradient)) = (node, gradient) {
                let gradient = FlexTensor::from_data(TensorData::new(gradient, shape));
                grads.register::<Flex>(node.id, gradient);
            }
        }
    }
}
