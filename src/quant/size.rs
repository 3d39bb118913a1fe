//! How many bytes a network takes when its weights are packed. No tensors here.

use super::grid::layer_bits;
use crate::model::LayerShape;
use crate::spec::{LayerPolicy, QuantizerSpec};

/// Size of a network as it would be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelSize {
    /// Packed weights, scales, biases and norms.
    pub bytes: u64,
    /// The same network with 32 bits everywhere.
    pub full_precision_bytes: u64,
    /// Number of weights, without biases and norms.
    pub weights: u64,
}

impl ModelSize {
    /// Full-precision bytes ÷ bytes.
    pub fn ratio(&self) -> f64 {
        self.full_precision_bytes as f64 / self.bytes.max(1) as f64
    }
}

/// The size under `quantizer`: each weight tensor packed and rounded up to whole bytes, one 32-bit
/// scale per output channel and one per quantized activation tensor, 32-bit biases and norms.
pub fn model_size(layers: &[LayerShape], quantizer: Option<&QuantizerSpec>) -> ModelSize {
    let mut size = ModelSize::default();
    for layer in layers {
        let weights = layer.weight.iter().product::<usize>() as u64;
        let channels = layer.weight[0] as u64;
        // Scale, shift, running mean and running variance.
        let norm = if layer.norm { 4 * channels } else { 0 };
        let rest = 4 * (norm + if layer.bias { channels } else { 0 });
        size.weights += weights;
        size.full_precision_bytes += 4 * weights + rest;
        let weight_bits = quantizer.and_then(|q| layer_bits(q.weight_bits, policy(layer, q)));
        size.bytes += rest
            + match weight_bits {
                Some(bits) => (weights * u64::from(bits)).div_ceil(8) + 4 * channels,
                None => 4 * weights,
            };
        let act_bits = quantizer
            .filter(|_| !layer.stem)
            .and_then(|q| layer_bits(q.act_bits, policy(layer, q)));
        size.bytes += if act_bits.is_some() { 4 } else { 0 };
    }
    size
}

/// The policy that holds for a layer.
pub fn policy(layer: &LayerShape, quantizer: &QuantizerSpec) -> LayerPolicy {
    if layer.stem {
        quantizer.stem
    } else if layer.classifier {
        quantizer.classifier
    } else {
        LayerPolicy::Same
    }
}
