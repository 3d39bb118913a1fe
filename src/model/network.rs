//! The networks: topology over places in [`Params`].

use super::act_quantizer::Activations;
use super::layer::{Layer, every};
use super::params::{Live, Params, Phase};
use super::shape::{LayerShape, Part, Pooling, layers};
use super::svd::Factors;
use crate::data::InputShape;
use crate::spec::{ModelName, QuantizerName, QuantizerSpec, RunSpec};
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

/// What a forward pass is for.
#[derive(Clone, Debug)]
pub enum Mode {
    /// A training step.
    Train {
        /// Dropout masks [B, width], already scaled by 1/(1−p), one for each of
        /// [`Network::dropout_widths`]; empty for no dropout.
        dropout: Vec<Tensor<2>>,
    },
    /// Evaluation: running statistics and ranges, no dropout.
    Eval,
}

/// A network without its values.
#[derive(Clone, Debug)]
pub struct Network {
    name: ModelName,
    /// All layers but the classifier, in the order of the forward pass.
    body: Vec<Layer>,
    /// Where each of them stands, and the max-pooling behind it.
    places: Vec<(Part, Option<Pooling>)>,
    classifier: Layer,
    dropout_widths: Vec<usize>,
}

impl Network {
    /// Builds the network of a run and draws its parameters from the run's seed.
    pub fn build(spec: &RunSpec, input: InputShape, device: &Device) -> (Self, Params) {
        let mut params = Params::empty();
        params.phase = first_phase(spec.quantizer.as_ref());
        let mut shapes = layers(&spec.network(), input);
        // Without batch norm the sum over residual branches would grow block by block: the last
        // convolution of each branch begins smaller by the root of their number (after Zhang et al.
        // 2019, Fixup).
        let damped = spec.model.name.is_residual() && !spec.model.has_batch_norm();
        let blocks = shapes.iter().filter(|s| s.part == Part::Last).count() as f64;
        let mut built: Vec<Layer> = shapes
            .iter()
            .enumerate()
            .map(|(number, shape)| {
                let linear = shape.classifier || shape.part == Part::Shortcut;
                let gain = match (damped && shape.part == Part::Last, linear) {
                    (true, _) => 1.0 / blocks.sqrt(),
                    // No ReLU follows the classifier, nor a shortcut by itself.
                    (_, true) => std::f64::consts::FRAC_1_SQRT_2,
                    _ => 1.0,
                };
                Layer::build(
                    shape,
                    spec.quantizer.as_ref(),
                    spec.train.seed,
                    number,
                    gain,
                    &mut params,
                    device,
                )
            })
            .collect();
        for layer in &built {
            layer.set_first_step(&mut params);
        }
        // `layers` ends every network with its classifier.
        let classifier = built.remove(built.len() - 1);
        // What is quantized to its sign must be able to have one.
        let takes_signs: Vec<bool> = built
            .iter()
            .chain([&classifier])
            .map(Layer::takes_signs)
            .collect();
        for (layer, next) in built.iter_mut().zip(&takes_signs[1..]) {
            if *next {
                layer.without_relu();
            }
        }
        let features = shapes.remove(shapes.len() - 1).weight[1];
        let dropout_widths = match spec.model.name {
            ModelName::Mlp => shapes.iter().map(|s| s.weight[0]).collect(),
            _ => vec![features],
        };
        let network = Self {
            name: spec.model.name,
            body: built,
            places: shapes.iter().map(|s| (s.part, s.pooled)).collect(),
            classifier,
            dropout_widths,
        };
        (network, params)
    }

    /// Turns on the quantizers where the run quantizes from `epoch` on, counted from 1: learned steps
    /// begin from the weights that are there then.
    pub fn begin_epoch(
        &self,
        quantizer: Option<&QuantizerSpec>,
        epoch: usize,
        params: &mut Params,
    ) {
        let Some(start) = quantizer.map(|q| q.start) else {
            return;
        };
        if params.phase == Phase::Off && epoch > start {
            params.phase = Phase::On;
            if epoch == start + 1 {
                params.fresh = true;
                self.set_first_steps(params);
            }
        }
    }

    /// Sets the learned steps of all weights to where training of them begins.
    pub fn set_first_steps(&self, params: &mut Params) {
        for layer in self.body.iter().chain([&self.classifier]) {
            layer.set_first_step(params);
        }
    }

    /// Replaces the weights of the layer `number` of the network's [`layers`](super::layers), `shape`,
    /// by the product of two factors.
    pub fn factor(
        &mut self,
        number: usize,
        shape: &LayerShape,
        quantizer: Option<&QuantizerSpec>,
        factors: Factors,
        params: &mut Params,
        device: &Device,
    ) {
        let layer = self.body.get_mut(number).unwrap_or(&mut self.classifier);
        layer.factor(shape, quantizer, factors, params, device);
    }

    /// Widths of what dropout masks: the output of every hidden layer of an mlp, what enters the
    /// classifier of a convolutional network.
    pub fn dropout_widths(&self) -> &[usize] {
        &self.dropout_widths
    }

    /// Share of all weights that are exactly zero after quantization, [1].
    pub fn sparsity(&self, params: &Params) -> Tensor<1> {
        let live = params.frozen();
        let layers = || self.body.iter().chain([&self.classifier]);
        let zeros: Vec<Tensor<1>> = layers().map(|layer| layer.zeros(&live)).collect();
        let weights: usize = layers().map(Layer::count).sum();
        Tensor::cat(zeros, 0).sum().div_scalar(weights as f64)
    }

    /// Logits [B, classes] of normalised images [B, C, H, W].
    pub fn forward(&self, live: &mut Live, x: Tensor<4>, mode: &Mode) -> Tensor<2> {
        let training = matches!(mode, Mode::Train { .. });
        let masks: &[Tensor<2>] = match mode {
            Mode::Train { dropout } => dropout,
            Mode::Eval => &[],
        };
        let features = match self.name {
            // Its masks are behind each hidden layer, the last one's before the classifier.
            ModelName::Mlp => {
                let mut h: Tensor<2> = x.flatten(1, 3);
                for (n, layer) in self.body.iter().enumerate() {
                    h = masked(
                        layer.activated(layer.linear(live, h, training)),
                        masks.get(n),
                    );
                }
                h
            }
            _ => {
                let h = self.convolutions(live, channels_last(x).into(), training);
                let mut hidden = self.hidden().peekable();
                let mut features = match hidden.peek() {
                    Some(_) => h.values.flatten(1, 3),
                    None => average(h.values),
                };
                for layer in hidden {
                    features = layer.activated(layer.linear(live, features, training));
                }
                masked(features, masks.first())
            }
        };
        self.classifier.linear(live, features, training)
    }

    /// Layers between the convolutions and the classifier: they take all pixels at once.
    fn hidden(&self) -> impl Iterator<Item = &Layer> {
        self.body.iter().filter(|layer| layer.is_linear())
    }

    /// Plain convolutions and residual blocks, one after another. Where a block has no convolution of
    /// its own on the shortcut (option B of He et al. 2016), the shortcut has no parameters (option A).
    fn convolutions(&self, live: &mut Live, x: Activations, training: bool) -> Activations {
        let convolutions = self.body.iter().zip(&self.places);
        let convolutions = convolutions.filter(|(layer, _)| !layer.is_linear());
        let mut layers = convolutions.peekable();
        let mut h = x;
        // What has become of h on the branch of the block that it entered, and by which stride.
        let mut branch: Option<Activations> = None;
        let mut stride = 1;
        while let Some((layer, (part, pooled))) = layers.next() {
            match part {
                Part::Inner => {
                    let x = branch.take().unwrap_or_else(|| h.clone());
                    branch = Some(layer.conv(live, x, None, training));
                    stride *= layer.stride();
                }
                Part::Last => {
                    let x = branch.take().unwrap_or_else(|| h.clone());
                    let past = match layers.next_if(|(_, (part, _))| *part == Part::Shortcut) {
                        Some((layer, _)) => layer.pointwise(live, h.values, training),
                        None => shortcut(h.values, stride, layer.channels()),
                    };
                    h = layer.conv(live, x, Some(past), training);
                    stride = 1;
                }
                Part::Plain | Part::Shortcut => h = layer.conv(live, h, None, training),
            }
            if let Some(pooling) = pooled {
                h = max_pool(h, *pooling);
            }
        }
        h
    }
}

/// What the quantizers of a network do at first.
fn first_phase(quantizer: Option<&QuantizerSpec>) -> Phase {
    match quantizer {
        Some(q) if q.name == QuantizerName::PostTraining => Phase::Watching,
        Some(q) if q.start > 0 => Phase::Off,
        _ => Phase::On,
    }
}

fn masked(x: Tensor<2>, mask: Option<&Tensor<2>>) -> Tensor<2> {
    match mask {
        Some(mask) => x * mask.clone(),
        None => x,
    }
}

/// [B, C, H, W] → [B, H, W, C], the layout of all activations.
fn channels_last(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

/// Every `stride`-th pixel of x [B, H, W, C], zero channels added at the end.
fn shortcut(x: Tensor<4>, stride: usize, channels: usize) -> Tensor<4> {
    let before = x.dims()[3];
    let x = every(x, stride);
    if channels == before {
        return x;
    }
    let [batch, height, width, _] = x.dims();
    let zeros = Tensor::zeros([batch, height, width, channels - before], &x.device());
    Tensor::cat(vec![x, zeros], 3)
}

/// Max-pooling.
fn max_pool(x: Activations, pooling: Pooling) -> Activations {
    let [_, height, width, _] = x.values.dims();
    let (options, whole) = match pooling {
        Pooling::Halves => (
            MaxPoolOptions::new([2, 2]),
            height % 2 == 0 && width % 2 == 0,
        ),
        Pooling::Overlapping => (
            MaxPoolOptions::new([3, 3])
                .with_stride([2, 2])
                .with_padding([1, 1]),
            true,
        ),
    };
    let values = max_pool2d(x.values.permute([0, 3, 1, 2]), options);
    Activations {
        values: values.permute([0, 2, 3, 1]),
        // Where no pixel is left out, the largest of all stays.
        largest: x.largest.filter(|_| whole),
    }
}

/// Mean over height and width: [B, H, W, C] → [B, C].
fn average(x: Tensor<4>) -> Tensor<2> {
    let [batch, _, _, channels] = x.dims();
    x.mean_dims(&[1, 2]).reshape([batch, channels])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::device;
    use crate::spec::DeviceChoice;
    use burn::tensor::TensorData;

    /// Rows and columns that come out of images [2, 5, 4, 3], and where in them the largest pixel of
    /// each window stands.
    fn by_hand(x: &[f32], pooling: Pooling) -> ([usize; 2], Vec<usize>) {
        let (rows, reach): (usize, std::ops::Range<isize>) = match pooling {
            Pooling::Halves => (2, 0..2),
            Pooling::Overlapping => (3, -1..2),
        };
        let mut places = Vec::new();
        for (image, row, column) in (0..2 * rows * 2).map(|n| (n / (rows * 2), n / 2 % rows, n % 2))
        {
            for channel in 0..3 {
                let around = reach
                    .clone()
                    .flat_map(|down| reach.clone().map(move |right| (down, right)));
                let inside = around.filter_map(|(down, right)| {
                    let y = (2 * row).checked_add_signed(down).filter(|y| *y < 5)?;
                    let x = (2 * column).checked_add_signed(right).filter(|x| *x < 4)?;
                    Some(((image * 5 + y) * 4 + x) * 3 + channel)
                });
                places.push(inside.max_by(|a, b| x[*a].total_cmp(&x[*b])).unwrap());
            }
        }
        ([rows, 2], places)
    }

    fn max_pool_on(device: &Device, pooling: Pooling) {
        // All below zero, so that no padding is the largest of a window.
        let pixels: Vec<f32> = (0..120).map(|i| ((i * 37) % 121) as f32 - 130.0).collect();
        let x = Tensor::<4>::from_data(TensorData::new(pixels.clone(), [2, 5, 4, 3]), device);
        let x = x.autodiff().require_grad();
        let y = max_pool(x.clone().into(), pooling);
        let ([rows, columns], places) = by_hand(&pixels, pooling);
        let found: Vec<f32> = y.values.clone().inner().into_data().iter().collect();
        let wanted: Vec<f32> = places.iter().map(|&place| pixels[place]).collect();
        let dims = [2, rows, columns, 3];
        assert_eq!((y.values.dims(), found), (dims, wanted));
        let weights: Vec<f32> = (1..=places.len()).map(|w| w as f32).collect();
        let of = TensorData::new(weights.clone(), dims);
        let grads = (y.values * Tensor::from_data(of, device)).sum().backward();
        let found: Vec<f32> = x.grad(&grads).unwrap().into_data().iter().collect();
        let mut wanted = vec![0.0; 120];
        for (place, weight) in places.into_iter().zip(weights) {
            wanted[place] += weight;
        }
        assert_eq!(found, wanted);
    }

    #[test]
    fn max_pooling_gives_the_gradient_to_the_largest_pixel() {
        for pooling in [Pooling::Halves, Pooling::Overlapping] {
            max_pool_on(&Device::flex(), pooling);
            // Set where a software Vulkan driver has to be there.
            if std::env::var_os("QUELL_TEST_WGPU").is_some() {
                max_pool_on(
                    &device::open(DeviceChoice::Software).unwrap().device,
                    pooling,
                );
            }
        }
    }

    #[test]
    fn the_largest_is_kept_where_every_pixel_counts() {
        let pooled = |height: usize, pooling| {
            let x = Tensor::<4>::ones([1, height, 4, 1], &Device::flex());
            let largest = Some(Tensor::ones([1], &Device::flex()));
            max_pool(Activations { values: x, largest }, pooling)
                .largest
                .is_some()
        };
        assert!(pooled(4, Pooling::Halves) && !pooled(5, Pooling::Halves));
        assert!(pooled(4, Pooling::Overlapping) && pooled(5, Pooling::Overlapping));
    }
}
