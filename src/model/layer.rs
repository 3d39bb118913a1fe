//! A convolution or linear layer whose weights and input may be fake-quantized.

use super::act_quantizer::{ActQuantizer, Activations};
use super::factor::Factor;
use super::norm::BatchNorm;
use super::params::{Live, Params, Role};
use super::shape::{LayerKind, LayerShape};
use super::svd::Factors;
use super::weight_quantizer::WeightQuantizer;
use crate::data::rng::{keyed, normal};
use crate::kernel;
use crate::quant::{layer_bits, policy};
use crate::spec::{NormFolding, QuantizerSpec};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData, s};

/// One layer: places of its parameters and how they are used.
#[derive(Clone, Debug)]
pub struct Layer {
    kind: LayerKind,
    weight: usize,
    shape: Vec<usize>,
    bias: Option<usize>,
    norm: Option<BatchNorm>,
    /// The second factor of the weights where they are a product; `weight` is then the first.
    right: Option<Factor>,
    weight_quantizer: Option<WeightQuantizer>,
    act_quantizer: Option<ActQuantizer>,
    /// Whether weights are quantized with the factor of the norm behind them.
    folds: bool,
    relu: bool,
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
        // Learned steps stand before the weights in every checkpoint.
        let weight_quantizer = weight_quantizer(shape, quantizer, out, "weight", params, device);
        // The image that enters the stem has 8 bits already; only later inputs are quantized.
        let act_bits = quantizer
            .filter(|_| !shape.stem)
            .and_then(|q| layer_bits(q.act_bits, policy(shape, q)));
        let act_quantizer = quantizer
            .zip(act_bits)
            .map(|(q, bits)| ActQuantizer::build(name, q, policy(shape, q), bits, params, device));
        let folds = quantizer.is_some_and(|q| q.batch_norm == NormFolding::Folded);
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
            right: None,
            weight_quantizer,
            act_quantizer,
            folds,
            relu: true,
        }
    }

    /// Takes the ReLU behind the layer away: what comes after it looks at signs.
    pub fn without_relu(&mut self) {
        self.relu = false;
    }

    /// Whether its input is quantized to signs.
    pub fn takes_signs(&self) -> bool {
        matches!(self.act_quantizer, Some(ActQuantizer::Sign))
    }

    /// Sets learned steps of the weights to where training begins.
    pub fn set_first_step(&self, params: &mut Params) {
        if let Some(quantizer) = &self.weight_quantizer {
            let weights = self.rows(params.list[self.weight].value.clone());
            // Of what will be quantized.
            let weights = match self.norm.as_ref().filter(|_| self.folds) {
                Some(norm) => {
                    let factor = norm.factor(&params.frozen());
                    weights * factor.reshape([self.shape[0], 1])
                }
                None => weights,
            };
            quantizer.set_first_step(params, weights);
        }
        if let Some(right) = &self.right {
            right.set_first_step(params);
        }
    }

    /// Convolution, bias or norm, the shortcut added, and ReLU where the layer has one.
    pub fn conv(
        &self,
        live: &mut Live,
        x: Activations,
        shortcut: Option<Tensor<4>>,
        training: bool,
    ) -> Activations {
        let y = match self.kind {
            LayerKind::Conv { size, stride } => {
                if size == kernel::SIZE && kernel::serves(&x.values.device()) {
                    return self.conv_by_kernel(live, x, stride, shortcut, training);
                }
                self.spatial(live, x.values, size, stride, training)
            }
            _ => self.pointwise(live, x.values, training),
        };
        let y = match shortcut {
            Some(shortcut) => y + shortcut,
            None => y,
        };
        self.activated(y).into()
    }

    /// Convolution of size×size pixels, bias or norm: x [B, H, W, in] → [B, rows, columns, out].
    fn spatial(
        &self,
        live: &mut Live,
        x: Tensor<4>,
        size: usize,
        stride: usize,
        training: bool,
    ) -> Tensor<4> {
        let weight = self.kernels(live, training);
        let x = self.input(live, x, training);
        let bias = self.bias.map(|place| live.flat(place));
        let options = ConvOptions::new([stride; 2], [size / 2; 2], [1, 1], 1);
        let y = conv2d(x.permute([0, 3, 1, 2]), weight, bias, options).permute([0, 2, 3, 1]);
        match &self.norm {
            Some(norm) => norm.forward(live, y, training),
            None => y,
        }
    }

    /// The weights of a convolution as [out, in, size, size].
    fn kernels(&self, live: &Live, training: bool) -> Tensor<4> {
        let shape: [usize; 4] = std::array::from_fn(|n| self.shape.get(n).copied().unwrap_or(1));
        self.weights(live, training).reshape(shape)
    }

    /// [`conv`](Self::conv) of 3×3 pixels as one operation of the CPU backend.
    fn conv_by_kernel(
        &self,
        live: &mut Live,
        x: Activations,
        stride: usize,
        shortcut: Option<Tensor<4>>,
        training: bool,
    ) -> Activations {
        let weight = self.kernels(live, training);
        let quantizer = self.act_quantizer.as_ref();
        let (step, quantizer) = quantizer
            .and_then(|quantizer| quantizer.for_kernel(live, &x, training))
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
            step: step.flatten(),
            w: weight,
            scale,
            shift,
            shortcut,
        };
        let options = kernel::Options {
            stride,
            quantizer,
            norm,
            relu: self.relu,
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
            .matmul(self.weights(live, training).transpose())
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

    /// Whether it takes all pixels at once.
    pub fn is_linear(&self) -> bool {
        self.kind == LayerKind::Linear
    }

    /// Channels or units that it puts out.
    pub fn channels(&self) -> usize {
        self.shape[0]
    }

    /// Step of a convolution.
    pub fn stride(&self) -> usize {
        match self.kind {
            LayerKind::Conv { stride, .. } | LayerKind::Pointwise { stride } => stride,
            LayerKind::Linear => 1,
        }
    }

    /// x [B, in] → [B, out], without ReLU.
    pub fn linear(&self, live: &mut Live, x: Tensor<2>, training: bool) -> Tensor<2> {
        let x = self.input(live, x, training);
        let y = x.matmul(self.weights(live, training).transpose());
        match self.bias {
            Some(place) => y + live.flat(place).unsqueeze::<2>(),
            None => y,
        }
    }

    /// How many weights are exactly zero after quantization, [1]. Summed row by row, then over the
    /// rows: on Mesa's software rasteriser every loop ends after 65,535 turns.
    pub fn zeros(&self, live: &Live) -> Tensor<1> {
        let zero = self.weights(live, false).equal_elem(0.0).float();
        zero.sum_dim(1).sum()
    }

    /// Number of weights.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// y past ReLU, where the layer has one.
    pub fn activated<const D: usize>(&self, y: Tensor<D>) -> Tensor<D> {
        if self.relu { relu(y) } else { y }
    }

    /// Replaces the weights [out, in] by the product of two factors of `rank`, [out, rank] and
    /// [rank, in], and sets learned steps to where training of them begins. Each factor is quantized as
    /// the weights were: a stored model would have two layers here, with nothing between them.
    pub fn factor(
        &mut self,
        shape: &LayerShape,
        quantizer: Option<&QuantizerSpec>,
        factors: Factors,
        params: &mut Params,
        device: &Device,
    ) {
        let out = self.shape[0];
        let rank = factors.left.len() / out.max(1);
        let left = &mut params.list[self.weight];
        left.name = format!("{}.left", shape.name);
        left.shape = vec![out, rank];
        left.value = Tensor::from_data(TensorData::new(factors.left, [out * rank]), device);
        let quantizer = weight_quantizer(shape, quantizer, rank, "right", params, device);
        let name = format!("{}.right", shape.name);
        let right = Factor::build(name, factors.right, rank, quantizer, params, device);
        self.right = Some(right);
        self.set_first_step(params);
    }

    /// Flat weights as [out, in], or as the first of two factors.
    fn rows(&self, flat: Tensor<1>) -> Tensor<2> {
        let whole = || self.shape[1..].iter().product();
        let columns = self.right.as_ref().map_or_else(whole, Factor::rank);
        flat.reshape([self.shape[0], columns])
    }

    /// The weights [out, in], fake-quantized where they are in this pass.
    fn weights(&self, live: &Live, training: bool) -> Tensor<2> {
        let weights = self.rows(live.flat(self.weight));
        let quantizes = live.quantizes(training);
        let quantizer = self.weight_quantizer.as_ref().filter(|_| quantizes);
        let weights = match live.noise() {
            Some(noise) => noise.on(weights, self.weight),
            None => weights,
        };
        let weights = match (quantizer, self.norm.as_ref().filter(|_| self.folds)) {
            (None, _) => weights,
            (Some(quantizer), None) => quantizer.quantize(live, weights),
            // As in a model whose norms are folded into the weights, and back again, so that the norm
            // can stay where it is (Krishnamoorthi 2018, section 3.2.2).
            (Some(quantizer), Some(norm)) => {
                let factor = norm.factor(live).reshape([self.shape[0], 1]);
                quantizer.quantize(live, weights * factor.clone()) / factor
            }
        };
        match &self.right {
            None => weights,
            Some(right) => weights.matmul(right.values(live, quantizes)),
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

/// Adds the quantizer of a layer's weight matrix `what` with `rows` rows, where it has one.
fn weight_quantizer(
    shape: &LayerShape,
    quantizer: Option<&QuantizerSpec>,
    rows: usize,
    what: &str,
    params: &mut Params,
    device: &Device,
) -> Option<WeightQuantizer> {
    let spec = quantizer?;
    let policy = policy(shape, spec);
    let bits = layer_bits(spec.weight_bits, policy)?;
    let name = format!("{}.{what}", shape.name);
    let built = WeightQuantizer::build(&name, rows, spec, policy, bits, params, device);
    Some(built)
}

/// Every `stride`-th pixel of x [B, H, W, C] in both directions.
pub fn every(x: Tensor<4>, stride: usize) -> Tensor<4> {
    if stride == 1 {
        return x;
    }
    x.slice(s![.., ..;stride, ..;stride, ..])
}
