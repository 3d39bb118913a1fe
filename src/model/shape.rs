//! The layers of each network as shapes, without tensors: the interface counts bytes with them, and
//! the networks are built from them.

use crate::data::InputShape;
use crate::spec::{ModelName, ModelSpec};

/// What a layer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Convolution of `size`×`size` pixels, an odd number; padding size/2, rounded down.
    Conv {
        /// Rows and columns of the kernel: 3, or 7 in the stem of a network for large images.
        size: usize,
        /// Step in both directions.
        stride: usize,
    },
    /// 1×1 convolution, no padding.
    Pointwise {
        /// Step in both directions.
        stride: usize,
    },
    /// Fully connected.
    Linear,
}

/// Where a layer stands in a residual network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// In no block.
    Plain,
    /// In a block, before the last layer of its branch: only the next layer reads what it puts out.
    Inner,
    /// The last of a block's branch: the shortcut is added to what it puts out.
    Last,
    /// On the shortcut of a block whose shape changes.
    Shortcut,
}

/// Max-pooling behind a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Of each 2×2 pixels; an odd row or column at the end is left out.
    Halves,
    /// Of 3×3 pixels around every second one, with padding 1.
    Overlapping,
}

/// One layer with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerShape {
    /// Name, unique in the network, such as `block3.conv1`.
    pub name: String,
    /// What it computes.
    pub kind: LayerKind,
    /// Where it stands.
    pub part: Part,
    /// Shape of the weights: [out, in, size, size], [out, in, 1, 1] or [out, in].
    pub weight: Vec<usize>,
    /// Whether a bias is added.
    pub bias: bool,
    /// Whether batch norm follows.
    pub norm: bool,
    /// The max-pooling that comes last.
    pub pooled: Option<Pooling>,
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
    let stages = [64, 128, 256, 512];
    match model.name {
        ModelName::Mlp => {
            stack.flatten();
            for n in 1..=3 {
                stack.linear(format!("hidden{n}"), scaled(256));
            }
        }
        ModelName::Cnn => {
            let convs = [(32, 1), (32, 2), (64, 1), (64, 2), (128, 1)];
            stack.plain(&convs.map(|(channels, stride)| (scaled(channels), stride)));
        }
        ModelName::AuCnn => {
            let convs = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)];
            stack.plain(&convs.map(|(channels, stride)| (scaled(channels), stride)));
            // Faces stand at the same place in every image: where something is tells what it is.
            stack.flatten();
            stack.linear("hidden".into(), scaled(128));
        }
        ModelName::Cnn9 => {
            let convs = [128, 128, 128, 256, 256, 256, 512, 256, 128];
            for (n, channels) in convs.into_iter().enumerate() {
                stack.conv(format!("conv{}", n + 1), scaled(channels), 3, 1);
                if n == 2 || n == 5 {
                    stack.pool(Pooling::Halves);
                }
            }
        }
        ModelName::Resnet20 | ModelName::Resnet32 | ModelName::Resnet56 => {
            stack.residual(&[16, 32, 64].map(scaled), blocks(model.name), SMALL);
        }
        ModelName::Resnet18 => {
            let projected = Residual {
                projected: true,
                ..SMALL
            };
            stack.residual(&stages.map(scaled), blocks(model.name), projected);
        }
        ModelName::ImagenetResnet18 => {
            stack.residual(&stages.map(scaled), blocks(model.name), IMAGENET);
        }
        ModelName::ImagenetResnet50 => {
            let bottleneck = Residual {
                bottleneck: true,
                ..IMAGENET
            };
            stack.residual(&stages.map(scaled), blocks(model.name), bottleneck);
        }
    }
    // What convolutions end with is averaged over its pixels.
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

/// Blocks in each stage of a residual network; none of other networks.
pub(super) fn blocks(name: ModelName) -> &'static [usize] {
    match name {
        ModelName::Mlp | ModelName::Cnn | ModelName::Cnn9 | ModelName::AuCnn => &[],
        ModelName::Resnet20 => &[3; 3],
        ModelName::Resnet32 => &[5; 3],
        ModelName::Resnet56 => &[9; 3],
        ModelName::Resnet18 | ModelName::ImagenetResnet18 => &[2; 4],
        ModelName::ImagenetResnet50 => &[3, 4, 6, 3],
    }
}

/// What residual networks differ in besides their width and depth.
#[derive(Clone, Copy, Debug)]
struct Residual {
    /// Whether the stem is a 7×7 convolution with stride 2 and max-pooling, else a 3×3 convolution.
    large: bool,
    /// Whether shortcuts that change shape have a 1×1 convolution (option B of He et al. 2016), else
    /// no parameters (option A).
    projected: bool,
    /// Whether blocks are 1×1, 3×3 and 1×1 convolutions with four times the channels at the end, else
    /// two 3×3 convolutions.
    bottleneck: bool,
}

/// The CIFAR networks of He et al. 2016.
const SMALL: Residual = Residual {
    large: false,
    projected: false,
    bottleneck: false,
};

/// The ImageNet networks of He et al. 2016 with basic blocks.
const IMAGENET: Residual = Residual {
    large: true,
    projected: true,
    bottleneck: false,
};

/// How much wider than inside a bottleneck block is at its end.
const EXPANSION: usize = 4;

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
    /// 3×3 convolutions of so many channels, each with its stride.
    fn plain(&mut self, convs: &[(usize, usize)]) {
        for (n, (channels, stride)) in convs.iter().enumerate() {
            self.conv(format!("conv{}", n + 1), *channels, 3, *stride);
        }
    }

    /// Stem, then a stage of so many blocks for each width; every stage but the first halves the image.
    fn residual(&mut self, widths: &[usize], blocks: &[usize], kind: Residual) {
        if kind.large {
            self.conv("stem".into(), widths[0], 7, 2);
            self.pool(Pooling::Overlapping);
        } else {
            self.conv("stem".into(), widths[0], 3, 1);
        }
        let mut number = 0;
        for (stage, (&width, &count)) in widths.iter().zip(blocks).enumerate() {
            for block in 0..count {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                number += 1;
                self.block(&format!("block{number}"), width, stride, kind);
            }
        }
    }

    /// One residual block. The stride of a bottleneck is on its 3×3 convolution, as in the networks
    /// whose weights are published, and not on the 1×1 before it, as in the paper.
    fn block(&mut self, name: &str, width: usize, stride: usize, kind: Residual) {
        let before = self.channels;
        let out = if kind.bottleneck {
            self.pointwise(format!("{name}.conv1"), before, width, 1, Part::Inner);
            self.conv(format!("{name}.conv2"), width, 3, stride);
            self.part(Part::Inner);
            let out = EXPANSION * width;
            self.pointwise(format!("{name}.conv3"), width, out, 1, Part::Last);
            out
        } else {
            self.conv(format!("{name}.conv1"), width, 3, stride);
            self.part(Part::Inner);
            self.conv(format!("{name}.conv2"), width, 3, 1);
            self.part(Part::Last);
            width
        };
        if kind.projected && (stride > 1 || before != out) {
            let name = format!("{name}.shortcut");
            self.pointwise(name, before, out, stride, Part::Shortcut);
        }
    }

    fn conv(&mut self, name: String, out: usize, size: usize, stride: usize) {
        let weight = vec![out, self.channels, size, size];
        self.channels = out;
        self.rows = self.rows.div_ceil(stride);
        self.columns = self.columns.div_ceil(stride);
        self.push(name, LayerKind::Conv { size, stride }, weight, self.norm);
    }

    /// A 1×1 convolution. Where it has a stride, the image is small already: it is on a shortcut.
    fn pointwise(&mut self, name: String, from: usize, out: usize, stride: usize, part: Part) {
        self.channels = out;
        let kind = LayerKind::Pointwise { stride };
        self.push(name, kind, vec![out, from, 1, 1], self.norm);
        self.part(part);
    }

    /// Says where the last layer stands.
    fn part(&mut self, part: Part) {
        if let Some(last) = self.layers.last_mut() {
            last.part = part;
        }
    }

    /// Halves the image by max-pooling.
    fn pool(&mut self, pooling: Pooling) {
        if let Some(last) = self.layers.last_mut() {
            last.pooled = Some(pooling);
        }
        let halved = |n: usize| match pooling {
            Pooling::Halves => n / 2,
            Pooling::Overlapping => n.div_ceil(2),
        };
        self.rows = halved(self.rows);
        self.columns = halved(self.columns);
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
            part: Part::Plain,
            weight,
            // Batch norm brings its own shift.
            bias: !norm,
            norm,
            pooled: None,
            pixels: self.rows * self.columns,
            stem: false,
            classifier: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Task, shape};
    use crate::spec::{DataSet, DataSpec};

    fn made(name: ModelName) -> Vec<LayerShape> {
        layers(
            &ModelSpec::new(name),
            shape(&DataSpec::new(DataSet::Cifar10)),
        )
    }

    /// For 1,000 classes of 224×224 pixels.
    fn for_imagenet(name: ModelName) -> Vec<LayerShape> {
        let input = InputShape {
            task: Task::Classes(1000),
            height: 224,
            width: 224,
            ..shape(&DataSpec::new(DataSet::Cifar10))
        };
        layers(&ModelSpec::new(name), input)
    }

    /// All that is trained.
    fn parameters(layers: &[LayerShape]) -> usize {
        let beside = |l: &LayerShape| (usize::from(l.bias) + 2 * usize::from(l.norm)) * l.weight[0];
        weights(layers) + layers.iter().map(beside).sum::<usize>()
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
        assert!(
            [2, 5]
                .iter()
                .all(|&n| layers[n].pooled == Some(Pooling::Halves))
        );
    }

    #[test]
    fn networks_for_imagenet_have_the_published_sizes() {
        // Parameters, and multiplications in units of 10⁹, as torchvision gives them for its weights.
        for (name, count, billions) in [
            (ModelName::ImagenetResnet18, 11_689_512, 1.814),
            (ModelName::ImagenetResnet50, 25_557_032, 4.089),
        ] {
            let layers = for_imagenet(name);
            assert_eq!(parameters(&layers), count, "{name}");
            let macs = |l: &LayerShape| l.pixels * l.weight.iter().product::<usize>();
            let found = layers.iter().map(macs).sum::<usize>() as f64 / 1e9;
            assert!((found - billions).abs() < 0.001, "{name}: {found}");
        }
        // Option B: a shortcut of its own in the first block, too, where only the width changes.
        let layers = for_imagenet(ModelName::ImagenetResnet50);
        let shortcuts = layers.iter().filter(|l| l.part == Part::Shortcut);
        let shortcuts: Vec<&str> = shortcuts.map(|l| l.name.as_str()).collect();
        let expected = [1, 4, 8, 14].map(|block| format!("block{block}.shortcut"));
        assert_eq!(shortcuts, expected);
        let inner = layers.iter().find(|l| l.name == "block4.conv2");
        let inner = inner.map(|l| (l.kind, l.part, l.pixels));
        let kind = LayerKind::Conv { size: 3, stride: 2 };
        assert_eq!(inner, Some((kind, Part::Inner, 28 * 28)));
    }

    #[test]
    fn the_network_for_faces_takes_all_pixels_at_once_in_the_end() {
        let layers = made(ModelName::AuCnn);
        let pixels: Vec<usize> = layers.iter().map(|l| l.pixels).collect();
        assert_eq!(pixels, [1024, 256, 256, 64, 64, 16, 1, 1]);
        assert_eq!(layers[6].weight, [128, 16 * 128]);
        assert_eq!(weights(&layers), 143_280 + 128 * 2048 + 1_280);
    }

    #[test]
    fn only_the_perceptron_and_the_plain_cnns_have_no_norm_by_themselves() {
        for &name in ModelName::ALL {
            let layers = made(name);
            let normed = layers.iter().filter(|l| l.norm).count();
            let without = matches!(name, ModelName::Mlp | ModelName::Cnn | ModelName::AuCnn);
            // A hidden layer has none either.
            let expected = if without { 0 } else { layers.len() - 1 };
            assert_eq!(normed, expected, "{name}");
            assert!(layers[0].stem && layers[layers.len() - 1].classifier);
        }
    }
}
