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
    /// Shape of the weights: [out, in, 3, 3] or [out, in].
    pub weight: Vec<usize>,
    /// Whether a bias is added.
    pub bias: bool,
    /// Whether batch norm follows.
    pub norm: bool,
    /// Whether it is the first layer.
    pub stem: bool,
    /// Whether it is the last layer.
    pub classifier: bool,
}

/// Residual blocks in each of the three stages of ResNet-20.
const BLOCKS_PER_STAGE: usize = 3;

/// The layers of `model` in the order of the forward pass.
pub fn layers(model: &ModelSpec, input: InputShape) -> Vec<LayerShape> {
    let scaled = |n: usize| ((n as f64 * model.width).round() as usize).max(1);
    let norm = model.has_batch_norm();
    let mut list = Vec::new();
    match model.name {
        ModelName::Mlp => {
            let hidden = scaled(256);
            let mut fan_in = input.channels * input.height * input.width;
            for n in 1..=3 {
                list.push(linear(format!("hidden{n}"), hidden, fan_in));
                fan_in = hidden;
            }
            list.push(linear("classifier".into(), input.classes, fan_in));
        }
        ModelName::Cnn => {
            let mut fan_in = input.channels;
            for (n, (channels, stride)) in [(32, 1), (32, 2), (64, 1), (64, 2), (128, 1)]
                .into_iter()
                .enumerate()
            {
                let out = scaled(channels);
                list.push(conv(format!("conv{}", n + 1), out, fan_in, stride, false));
                fan_in = out;
            }
            list.push(linear("classifier".into(), input.classes, fan_in));
        }
        ModelName::Resnet20 => {
            let mut fan_in = scaled(16);
            list.push(conv("stem".into(), fan_in, input.channels, 1, norm));
            for stage in 0..3 {
                let out = scaled(16 << stage);
                for block in 0..BLOCKS_PER_STAGE {
                    let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                    let name = format!("block{}", stage * BLOCKS_PER_STAGE + block + 1);
                    list.push(conv(format!("{name}.conv1"), out, fan_in, stride, norm));
                    list.push(conv(format!("{name}.conv2"), out, out, 1, norm));
                    fan_in = out;
                }
            }
            list.push(linear("classifier".into(), input.classes, fan_in));
        }
    }
    if let Some(first) = list.first_mut() {
        first.stem = true;
    }
    if let Some(last) = list.last_mut() {
        last.classifier = true;
    }
    list
}

fn conv(name: String, out: usize, fan_in: usize, stride: usize, norm: bool) -> LayerShape {
    LayerShape {
        name,
        kind: LayerKind::Conv { stride },
        weight: vec![out, fan_in, 3, 3],
        // Batch norm brings its own shift.
        bias: !norm,
        norm,
        stem: false,
        classifier: false,
    }
}

fn linear(name: String, out: usize, fan_in: usize) -> LayerShape {
    LayerShape {
        name,
        kind: LayerKind::Linear,
        weight: vec![out, fan_in],
        bias: true,
        norm: false,
        stem: false,
        classifier: false,
    }
}
