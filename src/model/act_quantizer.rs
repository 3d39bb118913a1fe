//! The fake quantization of a layer's input.

use super::params::{Live, Params, Role};
use crate::kernel;
use crate::quant::{Grid, binary, dorefa, lsq, minmax, pact};
use crate::spec::{ActivationGrid, LayerPolicy, QuantizerName, QuantizerSpec};
use burn::tensor::{Device, Tensor};

/// Activations between layers, [B, H, W, C].
#[derive(Clone, Debug)]
pub struct Activations {
    /// Their values.
    pub values: Tensor<4>,
    /// max of their magnitudes, [1], where it is known already.
    pub largest: Option<Tensor<1>>,
}

impl From<Tensor<4>> for Activations {
    fn from(values: Tensor<4>) -> Self {
        Self {
            values,
            largest: None,
        }
    }
}

/// How a layer's input is quantized, with the places of its parameters: one scale per tensor.
#[derive(Clone, Debug)]
pub enum ActQuantizer {
    /// By the largest magnitude of the batch in training, else by its moving average.
    Minmax {
        grid: Grid,
        range: usize,
        momentum: f64,
    },
    /// By a learned step.
    Lsq { grid: Grid, step: usize },
    /// By a learned step and a learned offset.
    LsqPlus {
        grid: Grid,
        step: usize,
        offset: usize,
    },
    /// Clipped to 0–1.
    Dorefa { bits: u8 },
    /// Clipped to a learned bound.
    Pact { bits: u8, bound: usize },
    /// Signs.
    Sign,
}

impl ActQuantizer {
    /// Adds the parameters of a quantizer with `bits`, by `policy`, for the input of the layer `name`.
    pub fn build(
        name: &str,
        spec: &QuantizerSpec,
        policy: LayerPolicy,
        bits: u8,
        params: &mut Params,
        device: &Device,
    ) -> Self {
        let mut push = |what: &str, role, value: f32| {
            params.push(format!("{name}.{what}"), role, vec![1], vec![value], device)
        };
        let learned = match spec.activations {
            ActivationGrid::Unsigned => Grid::unsigned(bits),
            ActivationGrid::Signed => Grid::full(bits),
        };
        match spec.name {
            QuantizerName::Binary if spec.takes_signs() && policy == LayerPolicy::Same => {
                Self::Sign
            }
            QuantizerName::Minmax
            | QuantizerName::PostTraining
            | QuantizerName::Ternary
            | QuantizerName::Binary => Self::Minmax {
                grid: Grid::activations(bits, spec.activations),
                range: push("input_range", Role::Buffer, 0.0),
                momentum: spec.ema_momentum,
            },
            QuantizerName::Lsq => Self::Lsq {
                grid: learned,
                step: push("input_step", Role::Step, 1.0),
            },
            QuantizerName::LsqPlus => Self::LsqPlus {
                grid: learned,
                step: push("input_step", Role::Step, 1.0),
                offset: push("input_offset", Role::Step, 0.0),
            },
            QuantizerName::Dorefa => Self::Dorefa { bits },
            QuantizerName::Pact => Self::Pact {
                bits,
                bound: push("input_bound", Role::Bound, pact::FIRST_BOUND),
            },
        }
    }

    /// The fake-quantized x, or x where nothing is quantized in this pass.
    pub fn quantize<const D: usize>(
        &self,
        live: &mut Live,
        x: Tensor<D>,
        training: bool,
    ) -> Tensor<D> {
        if !live.quantizes(training) {
            if live.watches(training) {
                self.watch(live, || minmax::range(&x));
            }
            return x;
        }
        let count = values_per_sample(&x);
        match *self {
            Self::Minmax {
                grid,
                range,
                momentum,
            } => {
                let now = || minmax::range(&x);
                let lambda = range_of(live, range, momentum, now, training);
                minmax::activations(x, lambda, grid)
            }
            Self::Lsq { grid, step } => {
                let step = per_sample(step_of(live, step, &x, grid, training), &x);
                lsq::quantize(x, step, count, grid)
            }
            Self::LsqPlus { grid, step, offset } => {
                let (step, offset) = affine_of(live, step, offset, &x, grid, training);
                let (step, offset) = (per_sample(step, &x), per_sample(offset, &x));
                lsq::quantize_with_offset(x, step, offset, count, grid)
            }
            Self::Dorefa { bits } => dorefa::activations(x, bits),
            Self::Pact { bits, bound } => {
                let bound = per_sample(live.flat(bound), &x);
                pact::activations(x, bound, bits)
            }
            Self::Sign => binary::activations(x),
        }
    }

    /// Scale and offset, as many as there are, and what a kernel does with them; `None` where nothing
    /// is quantized in this pass.
    pub fn for_kernel(
        &self,
        live: &mut Live,
        x: &Activations,
        training: bool,
    ) -> Option<(Option<Tensor<1>>, kernel::Quantizer)> {
        let range = || (x.largest.clone()).unwrap_or_else(|| minmax::range(&x.values));
        if !live.quantizes(training) {
            if live.watches(training) {
                self.watch(live, range);
            }
            return None;
        }
        let count = values_per_sample(&x.values);
        let on = |grid: Grid, rule| kernel::Quantizer {
            low: grid.low as f32,
            high: grid.high as f32,
            rule,
        };
        let found = match *self {
            Self::Minmax {
                grid,
                range: place,
                momentum,
            } => {
                let lambda = range_of(live, place, momentum, range, training);
                let scale = minmax::scale(lambda, grid);
                (Some(scale), on(grid, kernel::Rule::StraightThrough))
            }
            Self::Lsq { grid, step } => {
                let step = step_of(live, step, &x.values, grid, training);
                let scale = lsq::scale(step, count, grid);
                (Some(scale), on(grid, kernel::Rule::LearnedScale))
            }
            Self::LsqPlus { grid, step, offset } => {
                let (step, offset) = affine_of(live, step, offset, &x.values, grid, training);
                let both = vec![
                    lsq::scale(step, count, grid),
                    lsq::offset(offset, count, grid),
                ];
                (
                    Some(Tensor::cat(both, 0)),
                    on(grid, kernel::Rule::LearnedOffset),
                )
            }
            Self::Dorefa { bits } => {
                let scale = Tensor::from_floats([dorefa::scale(bits)], &x.values.device());
                (Some(scale), on(Grid::unsigned(bits), kernel::Rule::Clipped))
            }
            Self::Pact { bits, bound } => {
                let scale = pact::scale(live.flat(bound), bits);
                let grid = Grid::unsigned(bits);
                (Some(scale), on(grid, kernel::Rule::LearnedBound))
            }
            Self::Sign => (None, on(Grid { low: -1, high: 1 }, kernel::Rule::Sign)),
        };
        Some(found)
    }

    /// Takes the range of a batch into the moving average without quantizing.
    fn watch(&self, live: &mut Live, now: impl FnOnce() -> Tensor<1>) {
        if let Self::Minmax {
            range, momentum, ..
        } = *self
        {
            range_of(live, range, momentum, now, true);
        }
    }
}

/// λ, [1]: that of the batch (`now`) in training, which goes into the moving average at `place`;
/// else the average.
fn range_of(
    live: &mut Live,
    place: usize,
    momentum: f64,
    now: impl FnOnce() -> Tensor<1>,
    training: bool,
) -> Tensor<1> {
    if !training {
        return live.flat(place);
    }
    let now = now();
    let average = if live.is_fresh() {
        now.clone()
    } else {
        live.flat(place).mul_scalar(momentum) + now.clone().mul_scalar(1.0 - momentum)
    };
    live.update(place, average);
    now
}

/// The learned step at `place`, [1]. The first batch sets it; it is learned from the second on.
fn step_of<const D: usize>(
    live: &mut Live,
    place: usize,
    x: &Tensor<D>,
    grid: Grid,
    training: bool,
) -> Tensor<1> {
    if !(training && live.is_fresh()) {
        return live.flat(place);
    }
    let first = lsq::first_step(x.clone().inner().abs().mean(), grid);
    live.update(place, first.clone());
    first
}

/// The learned step and offset at their places, [1] each. The first batch sets them so that the grid
/// reaches from its smallest to its largest value; they are learned from the second on.
fn affine_of<const D: usize>(
    live: &mut Live,
    step: usize,
    offset: usize,
    x: &Tensor<D>,
    grid: Grid,
    training: bool,
) -> (Tensor<1>, Tensor<1>) {
    if !(training && live.is_fresh()) {
        return (live.flat(step), live.flat(offset));
    }
    let x = x.clone().inner();
    let (least, most) = (x.clone().min(), x.max());
    let first = (most - least.clone())
        .div_scalar(grid.high - grid.low)
        .clamp_min(lsq::SMALLEST_STEP);
    let zero = least - first.clone().mul_scalar(grid.low);
    live.update(step, first.clone());
    live.update(offset, zero.clone());
    (first, zero)
}

/// The same value for each sample of x: its gradient is then summed in two stages, which rounds less
/// than one long sum, and is right on Mesa's software rasteriser, where every loop ends after 65,535
/// turns.
fn per_sample<const D: usize>(value: Tensor<1>, x: &Tensor<D>) -> Tensor<D> {
    let mut shape = [1; D];
    shape[0] = x.dims()[0];
    value.reshape([1; D]).expand(shape)
}

fn values_per_sample<const D: usize>(x: &Tensor<D>) -> usize {
    x.shape().num_elements() / x.dims()[0].max(1)
}
