//! The fake quantization of a layer's input.

use super::params::{Live, Params, Role};
use crate::kernel;
use crate::quant::{Grid, lsq, minmax};
use crate::spec::{ActivationGrid, QuantizerName, QuantizerSpec};
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

/// How a layer's input is quantized: one scale per tensor.
#[derive(Clone, Debug)]
pub struct ActQuantizer {
    grid: Grid,
    scale: Scale,
}

/// Where the scale comes from, with the place of its parameter.
#[derive(Clone, Debug)]
enum Scale {
    /// The largest magnitude of the batch in training, else its moving average.
    Minmax { range: usize, momentum: f64 },
    /// Learned.
    Lsq { step: usize },
}

impl ActQuantizer {
    /// Adds the parameter of a quantizer with `bits` for the input of the layer `name`.
    pub fn build(
        name: &str,
        spec: &QuantizerSpec,
        bits: u8,
        params: &mut Params,
        device: &Device,
    ) -> Self {
        let mut push = |what: &str, role, value: f32| {
            params.push(format!("{name}.{what}"), role, vec![1], vec![value], device)
        };
        match spec.name {
            QuantizerName::Minmax
            | QuantizerName::Ternary
            | QuantizerName::Binary
            | QuantizerName::PostTraining
            | QuantizerName::Dorefa
            | QuantizerName::Pact => Self {
                grid: Grid::activations(bits, spec.activations),
                scale: Scale::Minmax {
                    range: push("input_range", Role::Buffer, 0.0),
                    momentum: spec.ema_momentum,
                },
            },
            QuantizerName::Lsq | QuantizerName::LsqPlus => Self {
                grid: match spec.activations {
                    ActivationGrid::Unsigned => Grid::unsigned(bits),
                    ActivationGrid::Signed => Grid::full(bits),
                },
                scale: Scale::Lsq {
                    step: push("input_step", Role::Step, 1.0),
                },
            },
        }
    }

    /// The fake-quantized x.
    pub fn quantize<const D: usize>(
        &self,
        live: &mut Live,
        x: Tensor<D>,
        training: bool,
    ) -> Tensor<D> {
        match self.scale {
            Scale::Minmax { range, momentum } => {
                let now = || minmax::range(&x);
                let lambda = range_of(live, range, momentum, now, training);
                minmax::activations(x, lambda, self.grid)
            }
            Scale::Lsq { step } => {
                let step = step_of(live, step, &x, self.grid, training);
                // The same step for each sample: its gradient is then summed in two stages, which
                // rounds less than one long sum, and is right on Mesa's software rasteriser, where
                // every loop ends after 65,535 turns.
                let mut per_sample = [1; D];
                per_sample[0] = x.dims()[0];
                let step = step.reshape([1; D]).expand(per_sample);
                let count = values_per_sample(&x);
                lsq::quantize(x, step, count, self.grid)
            }
        }
    }

    /// The scale, and what a kernel does with it.
    pub fn for_kernel(
        &self,
        live: &mut Live,
        x: &Activations,
        training: bool,
    ) -> (Tensor<1>, kernel::Quantizer) {
        let (scale, learned) = match self.scale {
            Scale::Minmax { range, momentum } => {
                let now = || (x.largest.clone()).unwrap_or_else(|| minmax::range(&x.values));
                let lambda = range_of(live, range, momentum, now, training);
                (minmax::scale(lambda, self.grid), false)
            }
            Scale::Lsq { step } => {
                let step = step_of(live, step, &x.values, self.grid, training);
                let count = values_per_sample(&x.values);
                (lsq::scale(step, count, self.grid), true)
            }
        };
        let quantizer = kernel::Quantizer {
            low: self.grid.low as f32,
            high: self.grid.high as f32,
            learned,
        };
        (scale, quantizer)
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
    let mean = x.clone().inner().abs().mean();
    let first = mean
        .mul_scalar(2.0 / f64::from(grid.high).sqrt())
        .clamp_min(lsq::SMALLEST_STEP);
    live.update(place, first.clone());
    first
}

fn values_per_sample<const D: usize>(x: &Tensor<D>) -> usize {
    x.shape().num_elements() / x.dims()[0].max(1)
}
