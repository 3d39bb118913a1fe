//! The kernels as operations of burn's CPU backend, with their backward passes.

use super::layer::{self, Computed};
use super::norm::{self, Moments, Norm};
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
}

/// The kernels of this room. Images are channels-last.
#[backend_extension(Flex, Autodiff)]
pub trait Kernels: Backend {
    /// relu(scale · norm(x * w) + shift + shortcut): a 3 × 3 convolution with padding 1 of x
    /// [B, H, W, Cin], quantized with the scale `step` [1], with w [Cout, Cin, 3, 3]. A step or a
    /// shortcut without values is none. Also gives the largest output and, with a norm by the batch,
    /// its mean and its biased variance: [1 + 2·Cout], constants to autodiff.
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

/// What is read of activations on the way; no gradient flows through it.
#[backend_extension(Flex)]
pub trait Readings: Backend {
    /// max|x|, shape [1].
    fn kernel_largest(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Readings for Flex {
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

/// What the gradients of a layer are found from.
#[derive(Clone, Debug)]
struct State {
    shape: ConvShape,
    x: FlexTensor,
    grid: Option<Grid>,
    w: FlexTensor,
    y: Vec<f32>,
    out: FlexTensor,
    scale: FlexTensor,
    moments: Moments,
    of_batch: bool,
}

/// Computes a layer: its state, and what else is read of it.
fn compute(
    x: FlexTensor,
    step: &FlexTensor,
    w: FlexTensor,
    scale: FlexTensor,
    shift: &FlexTensor,
    shortcut: &FlexTensor,
    options: &Options,
) -> (State, FlexTensor) {
    let arch = Arch::new();
    let (size, filter) = (x.shape(), w.shape());
    let shape = ConvShape {
        height: size[1],
        width: size[2],
        cin: size[3],
        cout: filter[0],
        stride: options.stride,
    };
    let step = values(step).first().copied();
    let grid = options.quantizer.zip(step);
    let grid = grid.map(|(quantizer, step)| Grid::new(quantizer, step));
    let of_batch = matches!(options.norm, Norm::Batch { .. });
    let (y, spreads) = layer::convolve(arch, shape, &values(&x), grid, &values(&w), of_batch);
    let (moments, statistics) = layer::moments(shape, &options.norm, &spreads);
    let (a, b) = moments.affine(&values(&scale), &values(shift));
    let shortcut = values(shortcut);
    let shortcut = (!shortcut.is_empty()).then_some(&shortcut[..]);
    let (out, largest) = norm::finish(arch, shape, &y, (&a, &b), shortcut);
    let out = tensor(out, [size[0], shape.rows(), shape.columns(), shape.cout]);
    let read = [vec![largest], statistics].concat();
    let count = read.len();
    let state = State {
        shape,
        x,
        grid,
        w,
        y,
        out,
        scale,
        moments,
        of_batch,
    };
    (state, tensor(read, [count]))
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
        let (state, read) = compute(x, &step, w, scale, &shift, &shortcut, &options);
        (state.out, read)
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
        let (state, read) = compute(
            x.into_primitive(),
            step.primitive(),
            w.into_primitive(),
            scale.into_primitive(),
            shift.primitive(),
            shortcut.primitive(),
            &options,
        );
        let out = state.out.clone();
        let out = match LayerBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(state, out),
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
        let state = ops.state;
        let dout = grads.consume::<Flex>(&ops.node);
        let s = state.shape;
        let found = Computed {
            shape: s,
            x: &values(&state.x),
            grid: state.grid,
            w: &values(&state.w),
            y: &state.y,
            out: &values(&state.out),
            scale: &values(&state.scale),
            moments: &state.moments,
            of_batch: state.of_batch,
        }
        .gradients(
            Arch::new(),
            &values(&dout),
            x_node.is_some() || step_node.is_some(),
            shortcut_node.is_some(),
        );
        let images = state.x.shape()[0];
        let gradients = [
            (x_node, found.x, vec![images, s.height, s.width, s.cin]),
            (step_node, Some(vec![found.step]), vec![1]),
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
