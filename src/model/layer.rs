//! A convolution or linear layer whose weights and input may be fake-quantized.

use super::norm::BatchNorm;
use super::params::{Live, Params, Role};
use super::shape::{LayerKind, LayerShape};
use crate::data::rng::keyed;
use crate::kernel;
use crate::quant::{Grid, layer_bits, lsq, minmax, policy};
use crate::spec::{ActivationGrid, QuantizerName, QuantizerSpec};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};
use rand::RngExt;

/// How a layer's weights are quantized.
#[derive(Clone, Debug)]
enum WeightQuantizer {
    Minmax { bits: u8 },
    Lsq { grid: Grid, step: usize },
}

/// How a layer's input is quantized.
#[derive(Clone, Debug)]
enum ActQuantizer {
    Minmax {
        grid: Grid,
        range: usize,
        momentum: f64,
    },
    Lsq {
        grid: Grid,
        step: usize,
    },
}

/// One layer: places of its parameters and how they are used.
#[derive(Clone, Debug)]
pub struct Layer {
    kind: LayerKind,
    weight: usize,
    shape: Vec<usize>,
    bias: Option<usize>,
    norm: Option<BatchNorm>,
    weight_quantizer: Option<WeightQuantizer>,
    act_quantizer: Option<ActQuantizer>,
}

impl Layer {
    /// Adds the layer's parameters: weights drawn He-normal (He et al. 2015) times `gain` from the
    /// generator (seed, "init", `number`), biases zero.
    pub fn build(
        shape: &LayerShape,
        quantizer: Option<&QuantizerSpec>,
        seed: u64,
        number: usize,
        gain: f64,
        params: &mut Params,
        device: &Device,
    ) -> Self {
        let name = &shape.name;
        let out = shape.weight[0];
        let fan_in: usize = shape.weight[1..].iter().product();
        let deviation = gain * (2.0 / fan_in as f64).sqrt();
        let mut rng = keyed(seed, "init", number as u64, 0);
        let weights: Vec<f32> = (0..out * fan_in)
            .map(|_| (deviation * normal(&mut rng)) as f32)
            .collect();
        let weight_bits = quantizer.and_then(|q| layer_bits(q.weight_bits, policy(shape, q)));
        let weight_quantizer = quantizer.zip(weight_bits).map(|(q, bits)| match q.name {
            QuantizerName::Minmax => WeightQuantizer::Minmax { bits },
            QuantizerName::Lsq => {
                let grid = Grid::full(bits);
                let steps = weights
                    .chunks(fan_in)
                    .map(|row| {
                        let mean = row.iter().map(|w| w.abs()).sum::<f32>() / fan_in as f32;
                        lsq::first_step(mean, grid)
                    })
                    .collect();
                let step = params.push(
                    format!("{name}.weight_step"),
                    Role::Step,
                    vec![out],
                    steps,
                    device,
                );
                WeightQuantizer::Lsq { grid, step }
            }
        });
        // The image that enters the stem has 8 bits already; only later inputs are quantized.
        let act_bits = quantizer
            .filter(|_| !shape.stem)
            .and_then(|q| layer_bits(q.act_bits, policy(shape, q)));
        let act_quantizer = quantizer.zip(act_bits).map(|(q, bits)| match q.name {
            QuantizerName::Minmax => ActQuantizer::Minmax {
                grid: Grid::activations(bits, q.activations),
                range: params.push(
                    format!("{name}.input_range"),
                    Role::Buffer,
                    vec![1],
                    vec![0.0],
                    device,
                ),
                momentum: q.ema_momentum,
            },
            QuantizerName::Lsq => ActQuantizer::Lsq {
                grid: match q.activations {
                    ActivationGrid::Unsigned => Grid::unsigned(bits),
                    ActivationGrid::Signed => Grid::full(bits),
                },
                step: params.push(
                    format!("{name}.input_step"),
                    Role::Step,
                    vec![1],
                    vec![1.0],
                    device,
                ),
            },
        });
        Self {
            kind: shape.kind,
            weight: params.push(
                format!("{name}.weight"),
                Role::Weight,
                shape.weight.clone(),
                weights,
                device,
            ),
            shape: shape.weight.clone(),
            bias: shape.bias.then(|| {
                params.push(
                    format!("{name}.bias"),
                    Role::Bias,
                    vec![out],
                    vec![0.0; out],
                    device,
                )
            }),
            norm: shape
                .norm
                .then(|| BatchNorm::build(name, out, params, device)),
            weight_quantizer,
            act_quantizer,
        }
    }

    /// Convolution of x [B, H, W, C], bias or norm, the shortcut added, and ReLU.
    pub fn conv(
        &self,
        live: &mut Live,
        x: Tensor<4>,
        shortcut: Option<Tensor<4>>,
        training: bool,
    ) -> Tensor<4> {
        let stride = match self.kind {
            LayerKind::Conv { stride } => stride,
            LayerKind::Linear => 1,
        };
        let by_kernel = kernel::serves(&x.device());
        let (x, quantizer) = match &self.act_quantizer {
            Some(ActQuantizer::Minmax {
                grid,
                range,
                momentum,
            }) if by_kernel => {
                let lambda = if training {
                    let now = kernel::largest(&x);
                    self.widen(live, *range, *momentum, &now);
                    now
                } else {
                    live.flat(*range)
                };
                (x, Some(minmax::quantizer(lambda, *grid)))
            }
            _ => (self.input(live, x, training), None),
        };
        let weight = self
            .weights(live)
            .reshape([self.shape[0] as i32, self.shape[1] as i32, 3, 3]);
        if by_kernel {
            let y = kernel::conv(x, weight, stride, quantizer);
            let (scale, shift, norm) = match (&self.norm, self.bias) {
                (Some(norm), _) => {
                    let by = norm.constants(live, &y, training);
                    let (scale, shift) = norm.affine(live);
                    (scale, shift, Some(by))
                }
                (None, bias) => {
                    let channels = [self.shape[0]];
                    let shift = bias.map_or_else(
                        || Tensor::zeros(channels, &y.device()),
                        |place| live.flat(place),
                    );
                    (Tensor::ones(channels, &y.device()), shift, None)
                }
            };
            return kernel::finish(y, scale, shift, shortcut, norm);
        }
        let bias = self.bias.map(|place| live.flat(place));
        let options = ConvOptions::new([stride, stride], [1, 1], [1, 1], 1);
        let y = conv2d(x.permute([0, 3, 1, 2]), weight, bias, options).permute([0, 2, 3, 1]);
        let y = match &self.norm {
            Some(norm) => norm.forward(live, y, training),
            None => y,
        };
        relu(match shortcut {
            Some(shortcut) => y + shortcut,
            None => y,
        })
    }

    /// Takes the range of a batch into the running average.
    fn widen(&self, live: &mut Live, range: usize, momentum: f64, now: &Tensor<1>) {
        let average = if live.is_fresh() {
            now.clone()
        } else {
            live.flat(range).mul_scalar(momentum) + now.clone().mul_scalar(1.0 - momentum)
        };
        live.update(range, average);
    }

    /// x [B, in] → [B, out].
    pub fn linear(&self, live: &mut Live, x: Tensor<2>, training: bool) -> Tensor<2> {
        let x = self.input(live, x, training);
        let y = x.matmul(self.weights(live).transpose());
        match self.bias {
            Some(place) => y + live.flat(place).unsqueeze::<2>(),
            None => y,
        }
    }

    /// Fake-quantized weights [out, in].
    fn weights(&self, live: &Live) -> Tensor<2> {
        let out = self.shape[0];
        let fan_in: usize = self.shape[1..].iter().product();
        let weights = live.flat(self.weight).reshape([out, fan_in]);
        match &self.weight_quantizer {
            None => weights,
            Some(WeightQuantizer::Minmax { bits }) => minmax::weights(weights, *bits),
            Some(WeightQuantizer::Lsq { grid, step }) => {
                let step = live.flat(*step).reshape([out, 1]);
                lsq::quantize(weights, step, fan_in, *grid)
            }
        }
    }

    /// The fake-quantized input.
    fn input<const D: usize>(&self, live: &mut Live, x: Tensor<D>, training: bool) -> Tensor<D> {
        match &self.act_quantizer {
            None => x,
            Some(ActQuantizer::Minmax {
                grid,
                range,
                momentum,
            }) => {
                let lambda = if training {
                    let now = minmax::range(&x);
                    self.widen(live, *range, *momentum, &now);
                    now
                } else {
                    live.flat(*range)
                };
                minmax::activations(x, lambda, *grid)
            }
            Some(ActQuantizer::Lsq { grid, step }) => {
                let per_sample = x.shape().num_elements() / x.dims()[0].max(1);
                if training && live.is_fresh() {
                    // The first batch sets the step; it is learned from the second on.
                    let mean = x.clone().inner().abs().mean();
                    let first = mean
                        .mul_scalar(2.0 / f64::from(grid.high).sqrt())
                        .clamp_min(lsq::SMALLEST_STEP);
                    live.update(*step, first.clone());
                    return lsq::quantize(x, first.reshape([1; D]), per_sample, *grid);
                }
                // The same step for each sample: its gradient is then summed in two stages, which
                // rounds less than one long sum, and is right on Mesa's software rasteriser, where
                // every loop ends after 65,535 turns.
                let mut per_batch = [1; D];
                per_batch[0] = x.dims()[0];
                let step = live.flat(*step).reshape([1; D]).expand(per_batch);
                lsq::quantize(x, step, per_sample, *grid)
            }
        }
    }
}

/// A standard normal number (Box and Muller 1958): two uniform draws each, so that the sequence does
/// not depend on how many were drawn before.
fn normal(rng: &mut impl rand::Rng) -> f64 {
    let u: f64 = 1.0 - rng.random::<f64>();
    let v: f64 = rng.random();
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
