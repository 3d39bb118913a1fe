//! The layers of each network as shapes, without tensors: the interface counts bytes with them, and
//! the networks are built from them.

use crate::data::InputShape;
use crate::spec::{ModelName, ModelSpec};

/// What a layer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// 3×3 convolution, padding 1.
    Conv {
        /// Step in both directions.
        stride: usize,
    },
    /// 1×1 convolution, no padding: on the shortcut of a residual block whose shape changes.
    Pointwise {
        /// Step in both directions.
        stride: usize,
    },
    /// Fully connected.
    Linear,
}

/// One layer with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerShape {
    /// Name, unique in the network, such as `block3.conv1`.
    pub name: String,
    /// What it computes.
    pub kind: LayerKind,
    /// Shape of the weights: [out, in, 3, 3], [out, in, 1, 1] or [out, in].
    pub weight: Vec<usize>,
    /// Whether a bias is added.
    pub bias: bool,
    /// Whether batch norm follows.
    pub norm: bool,
    /// Whether max-pooling by 2×2 comes last.
    pub pooled: bool,
    /// Pixels of its output before pooling, at each of which all weights are used once; 1 where
    /// there are no pixels.
    pub pixels: usize,
    /// Whether it is the first layer.
    pub stem: bool,
    /// Whether it is the last layer.
    pub classifier: bool,
}

/// The layers of `model` in the order of the forward pass; the shortcut of a residual block comes
/// after its convolutions.
pub fn layers(model: &ModelSpec, input: InputShape) -> Vec<LayerShape> {
    let scaled = |n: usize| ((n as f64 * model.width).round() as usize).max(1);
    let mut stack = Stack {
        layers: Vec::new(),
        channels: input.channels,
        rows: input.height,
        columns: input.width,
        norm: model.has_batch_norm(),
    };
    match model.name {
        ModelName::Mlp => {
            stack.flatten();
            for n in 1..=3 {
                stack.linear(format!("hidden{n}"), scaled(256));
            }
        }
        ModelName::Cnn => {
            let convs = [(32, 1), (32, 2), (64, 1), (64, 2), (128, 1)];
            for (n, (channels, stride)) in convs.into_iter().enumerate() {
                stack.conv(format!("conv{}", n + 1), scaled(channels), stride);
            }
        }
        ModelName::Cnn9 => {
            let convs = [128, 128, 128, 256, 256, 256, 512, 256, 128];
            for (n, channels) in convs.into_iter().enumerate() {
                stack.conv(format!("conv{}", n + 1), scaled(channels), 1);
                if n == 2 || n == 5 {
                    stack.pool();
                }
            }
        }
        ModelName::Resnet20 => stack.residual(&[16, 32, 64].map(scaled), 3, false),
        ModelName::Resnet32 => stack.residual(&[16, 32, 64].map(scaled), 5, false),
        ModelName::Resnet56 => stack.residual(&[16, 32, 64].map(scaled), 9, false),
        ModelName::Resnet18 => stack.residual(&[64, 128, 256, 512].map(scaled), 2, true),
    }
    // What a convolutional network ends with is averaged over its pixels.
    stack.rows = 1;
    stack.columns = 1;
    stack.linear("classifier".into(), input.task.outputs());
    let mut list = stack.layers;
    if let Some(first) = list.first_mut() {
        first.stem = true;
    }
    if let Some(last) = list.last_mut() {
        last.classifier = true;
    }
    list
}

/// A network so far: its layers, and the shape of what comes out of them.
struct Stack {
    layers: Vec<LayerShape>,
    channels: usize,
    rows: usize,
    columns: usize,
    /// Whether batch norm follows each convolution.
    norm: bool,
}

impl Stack {
    /// Stem, then stages of so many blocks each; every stage but the first halves the image.
    /// `projected` puts a 1×1 convolution on shortcuts that change shape.
    fn residual(&mut self, widths: &[usize], blocks: usize, projected: bool) {
        self.conv("stem".into(), widths[0], 1);
        for (stage, &width) in widths.iter().enumerate() {
            for block in 0..blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let name = format!("block{}", stage * blocks + block + 1);
                let before = self.channels;
                self.conv(format!("{name}.conv1"), width, stride);
                self.conv(format!("{name}.conv2"), width, 1);
                if projected && (stride > 1 || before != width) {
                    let kind = LayerKind::Pointwise { stride };
                    let weight = vec![width, before, 1, 1];
                    self.push(format!("{name}.shortcut"), kind, weight, self.norm);
                }
            }
        }
    }

    fn conv(&mut self, name: String, out: usize, stride: usize) {
        let weight = vec![out, self.channels, 3, 3];
        self.channels = out;
        self.rows = self.rows.div_ceil(stride);
        self.columns = self.columns.div_ceil(stride);
        self.push(name, LayerKind::Conv { stride }, weight, self.norm);
    }

    /// Halves the image by the maximum of each 2×2 pixels; an odd row or column at the end is left out.
    fn pool(&mut self) {
        if let Some(last) = self.layers.last_mut() {
            last.pooled = true;
        }
        self.rows /= 2;
        self.columns /= 2;
    }

    fn flatten(&mut self) {
        self.channels *= self.rows * self.columns;
        self.rows = 1;
        self.columns = 1;
    }

    fn linear(&mut self, name: String, out: usize) {
        let weight = vec![out, self.channels];
        self.channels = out;
        self.push(name, LayerKind::Linear, weight, false);
    }

    fn push(&mut self, name: String, kind: LayerKind, weight: Vec<usize>, norm: bool) {
        self.layers.push(LayerShape {
            name,
            kind,
            weight,
            // Batch norm brings its own shift.
            bias: !norm,
            norm,
            pooled: false,
            pixels: self.rows * self.columns,
            stem: false,
            classifier: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::shape;
    use crate::spec::{DataSet, DataSpec};

    fn made(name: ModelName) -> Vec<LayerShape> {
        let model = ModelSpec {
            name,
            batch_norm: None,
            width: 1.0,
        };
        layers(&model, shape(&DataSpec::new(DataSet::Cifar10)))
    }

    fn weights(layers: &[LayerShape]) -> usize {
        layers
            .iter()
            .map(|l| l.weight.iter().product::<usize>())
            .sum()
    }

    #[test]
    fn networks_have_the_sizes_that_their_papers_give() {
        // He et al. 2016, table 6: 0.27, 0.46 and 0.85 million; 20, 32 and 56 layers.
        for (name, depth, millions) in [
            (ModelName::Resnet20, 20, 0.27),
            (ModelName::Resnet32, 32, 0.46),
            (ModelName::Resnet56, 56, 0.85),
        ] {
            let layers = made(name);
            assert_eq!(layers.len(), depth, "{name}");
            let found = weights(&layers) as f64 / 1e6;
            assert!((found - millions).abs() < 0.006, "{name}: {found}");
        }
        // 17 convolutions, 3 shortcuts, the classifier; 11.2 million.
        let layers = made(ModelName::Resnet18);
        assert_eq!(layers.len(), 21);
        assert_eq!(weights(&layers), 11_164_352);
        let shortcut = layers.iter().find(|l| l.name == "block3.shortcut");
        let shortcut = shortcut.map(|l| (l.kind, l.weight.clone(), l.pixels));
        let kind = LayerKind::Pointwise { stride: 2 };
        assert_eq!(shortcut, Some((kind, vec![128, 64, 1, 1], 256)));
        // Han et al. 2018, table 2.
        let layers = made(ModelName::Cnn9);
        let pixels: Vec<usize> = layers.iter().map(|l| l.pixels).collect();
        assert_eq!(pixels, [1024, 1024, 1024, 256, 256, 256, 64, 64, 64, 1]);
        assert!(layers[2].pooled && layers[5].pooled);
    }

    #[test]
    fn only_the_perceptron_and_the_small_cnn_have_no_norm_by_themselves() {
        for &name in ModelName::ALL {
            let layers = made(name);
            let normed = layers.iter().filter(|l| l.norm).count();
            let without = matches!(name, ModelName::Mlp | ModelName::Cnn);
            let expected = if without { 0 } else { layers.len() - 1 };
            assert_eq!(normed, expected, "{name}");
            assert!(layers[0].stem && layers[layers.len() - 1].classifier);
        }
    }
}
