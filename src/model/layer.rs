//! A convolution or linear layer whose weights and input may be fake-quantized.

use super::act_quantizer::{ActQuantizer, Activations};
use super::norm::BatchNorm;
use super::params::{Live, Params, Role};
use super::shape::{LayerKind, LayerShape};
use crate::data::rng::keyed;
use crate::kernel;
use crate::quant::{Grid, layer_bits, lsq, minmax, policy};
use crate::spec::{QuantizerName, QuantizerSpec};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, s};
use rand::RngExt;

/// How a layer's weights are quantized.
#[derive(Clone, Debug)]
enum WeightQuantizer {
    Minmax { bits: u8 },
    Lsq { grid: Grid, step: usize },
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
        let act_quantizer = quantizer
            .zip(act_bits)
            .map(|(q, bits)| ActQuantizer::build(name, q, bits, params, device));
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

    /// Convolution, bias or norm, the shortcut added, and ReLU.
    pub fn conv(
        &self,
        live: &mut Live,
        x: Activations,
        shortcut: Option<Tensor<4>>,
        training: bool,
    ) -> Activations {
        let stride = self.stride();
        let weight = self
            .weights(live)
            .reshape([self.shape[0] as i32, self.shape[1] as i32, 3, 3]);
        if kernel::serves(&x.values.device()) {
            return self.conv_by_kernel(live, x, weight, stride, shortcut, training);
        }
        let x = self.input(live, x.values, training);
        let bias = self.bias.map(|place| live.flat(place));
        let options = ConvOptions::new([stride, stride], [1, 1], [1, 1], 1);
        let y = conv2d(x.permute([0, 3, 1, 2]), weight, bias, options).permute([0, 2, 3, 1]);
        let y = match &self.norm {
            Some(norm) => norm.forward(live, y, training),
            None => y,
        };
        let y = relu(match shortcut {
            Some(shortcut) => y + shortcut,
            None => y,
        });
        y.into()
    }

    /// [`conv`](Self::conv) as one operation of the CPU backend.
    fn conv_by_kernel(
        &self,
        live: &mut Live,
        x: Activations,
        weight: Tensor<4>,
        stride: usize,
        shortcut: Option<Tensor<4>>,
        training: bool,
    ) -> Activations {
        let quantizer = self.act_quantizer.as_ref();
        let (step, quantizer) = quantizer
            .map(|quantizer| quantizer.for_kernel(live, &x, training))
            .unzip();
        let device = x.values.device();
        let channels = [self.shape[0]];
        let (norm, scale, shift) = match &self.norm {
            Some(norm) => {
                let (scale, shift) = norm.affine(live);
                (norm.for_kernel(live, training), scale, shift)
            }
            None => {
                let shift = self.bias.map(|place| live.flat(place));
                let shift = shift.unwrap_or_else(|| Tensor::zeros(channels, &device));
                (kernel::Norm::None, Tensor::ones(channels, &device), shift)
            }
        };
        let layer = kernel::Layer {
            x: x.values,
            step,
            w: weight,
            scale,
            shift,
            shortcut,
        };
        let options = kernel::Options {
            stride,
            quantizer,
            norm,
        };
        let found = kernel::layer(layer, options);
        if let (Some(norm), Some((mean, variance))) = (&self.norm, found.statistics) {
            let [batch, rows, columns, _] = found.values.dims();
            norm.remember(live, mean, variance, batch * rows * columns);
        }
        Activations {
            values: found.values,
            largest: Some(found.largest),
        }
    }

    /// 1×1 convolution, bias or norm: x [B, H, W, in] → [B, rows, columns, out]. Only the pixels that
    /// it reads are quantized.
    pub fn pointwise(&self, live: &mut Live, x: Tensor<4>, training: bool) -> Tensor<4> {
        let x = every(x, self.stride());
        let x = self.input(live, x, training);
        let [batch, rows, columns, channels] = x.dims();
        let y = x
            .reshape([batch * rows * columns, channels])
            .matmul(self.weights(live).transpose())
            .reshape([batch, rows, columns, self.shape[0]]);
        let y = match self.bias {
            Some(place) => y + live.flat(place).unsqueeze::<4>(),
            None => y,
        };
        match &self.norm {
            Some(norm) => norm.forward(live, y, training),
            None => y,
        }
    }

    /// Step of a convolution.
    pub fn stride(&self) -> usize {
        match self.kind {
            LayerKind::Conv { stride } | LayerKind::Pointwise { stride } => stride,
            LayerKind::Linear => 1,
        }
    }

    /// Whether it is a 1×1 convolution.
    pub fn is_pointwise(&self) -> bool {
        matches!(self.kind, LayerKind::Pointwise { .. })
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

    /// How many weights are exactly zero after quantization, [1]. Summed row by row, then over the
    /// rows: on Mesa's software rasteriser every loop ends after 65,535 turns.
    pub fn zeros(&self, live: &Live) -> Tensor<1> {
        let zero = self.weights(live).equal_elem(0.0).float();
        zero.sum_dim(1).sum()
    }

    /// Number of weights.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
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
            Some(quantizer) => quantizer.quantize(live, x, training),
        }
    }
}

/// Every `stride`-th pixel of x [B, H, W, C] in both directions.
pub fn every(x: Tensor<4>, stride: usize) -> Tensor<4> {
    if stride == 1 {
        return x;
    }
    x.slice(s![.., ..;stride, ..;stride, ..])
}

/// A standard normal number (Box and Muller 1958): two uniform draws each, so that the sequence does
/// not depend on how many were drawn before.
fn normal(rng: &mut impl rand::Rng) -> f64 {
    let u: f64 = 1.0 - rng.random::<f64>();
    let v: f64 = rng.random();
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
