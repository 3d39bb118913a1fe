//! How many bytes a network takes when its weights are packed. No tensors here.

use super::grid::layer_bits;
use crate::data::InputShape;
use crate::method::{Stored, stored};
use crate::model::{LayerShape, layers};
use crate::spec::{
    FULL_PRECISION, LayerPolicy, NormFolding, QuantizerName, QuantizerSpec, RunSpec, Scales,
};

/// Bytes of a number at full precision.
const NUMBER: u64 = 4;

/// Size of a network as it would be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelSize {
    /// Packed weights, scales, biases and norms.
    pub bytes: u64,
    /// The network of the spec, whole and with 32 bits everywhere.
    pub full_precision_bytes: u64,
    /// Number of weights that are stored, without biases and norms.
    pub weights: u64,
}

impl ModelSize {
    /// Full-precision bytes ÷ bytes.
    pub fn ratio(&self) -> f64 {
        self.full_precision_bytes as f64 / self.bytes.max(1) as f64
    }
}

/// The size of a run's network after training: each weight matrix packed and rounded up to whole
/// bytes, its scales, the scale of each quantized activation tensor, biases and norms, all but the
/// codes with 32 bits.
///
/// What compression takes away is not stored: pruned channels are gone from their layer and from the
/// next one's inputs, layers of low rank are two matrices. Where single weights are pruned, a bit for
/// each weight says whether it is there, and only those that are follow; where that is no smaller,
/// as at low sparsity, all weights are stored.
pub fn model_size(spec: &RunSpec, input: InputShape) -> ModelSize {
    let mut size = ModelSize::default();
    for layer in layers(&spec.model, input) {
        let weights = layer.weight.iter().product::<usize>() as u64;
        size.full_precision_bytes += NUMBER * (weights + beside(&layer, None));
    }
    let quantizer = spec.quantizer.as_ref();
    for layer in stored(spec, input) {
        let shape = &layer.shape;
        let bits = quantizer.and_then(|q| layer_bits(q.weight_bits, policy(shape, q)));
        for (rows, columns) in matrices(&layer) {
            let count = rows * columns;
            let kept = layer.kept.map_or(count, |kept| kept as u64);
            let width = u64::from(bits.unwrap_or(FULL_PRECISION));
            let dense = (count * width).div_ceil(8);
            let sparse = count.div_ceil(8) + (kept * width).div_ceil(8);
            let packed = if kept < count {
                dense.min(sparse)
            } else {
                dense
            };
            let scales = quantizer.zip(bits).map(|(q, bits)| scales(q, bits, rows));
            size.weights += kept;
            size.bytes += packed + NUMBER * scales.unwrap_or(0);
        }
        let act_bits = quantizer
            .filter(|_| !shape.stem)
            .and_then(|q| layer_bits(q.act_bits, policy(shape, q)));
        let input_scales = quantizer
            .zip(act_bits)
            .map(|(q, bits)| input_scales(q, bits));
        size.bytes += NUMBER * (beside(shape, quantizer) + input_scales.unwrap_or(0));
    }
    size
}

/// Rows and columns of the matrices that hold a layer's weights.
pub(super) fn matrices(layer: &Stored) -> Vec<(u64, u64)> {
    let out = layer.shape.weight[0] as u64;
    let fan_in = layer.shape.weight[1..].iter().product::<usize>() as u64;
    match layer.rank {
        None => vec![(out, fan_in)],
        Some(rank) => vec![(out, rank as u64), (rank as u64, fan_in)],
    }
}

/// Numbers of a layer's bias and norm.
fn beside(layer: &LayerShape, quantizer: Option<&QuantizerSpec>) -> u64 {
    let channels = layer.weight[0] as u64;
    let folded = quantizer.is_some_and(|q| q.batch_norm == NormFolding::Folded);
    let norm = match layer.norm {
        // A bias is all that is left.
        true if folded => channels,
        // Scale, shift, running mean and running variance.
        true => 4 * channels,
        false => 0,
    };
    norm + if layer.bias { channels } else { 0 }
}

/// Scales of a quantized weight matrix.
fn scales(quantizer: &QuantizerSpec, bits: u8, rows: u64) -> u64 {
    let fixed = matches!(quantizer.name, QuantizerName::Dorefa | QuantizerName::Pact);
    match quantizer.scales() {
        // Their levels always lie between −1 and 1; a single bit has a scale.
        Scales::PerTensor if fixed && bits > 1 => 0,
        Scales::PerTensor => 1,
        Scales::PerChannel => rows,
    }
}

/// Scale and offset of a quantized activation tensor.
fn input_scales(quantizer: &QuantizerSpec, bits: u8) -> u64 {
    match quantizer.name {
        QuantizerName::LsqPlus => 2,
        // Between 0 and 1, and signs.
        QuantizerName::Dorefa => 0,
        QuantizerName::Binary if bits == 1 => 0,
        _ => 1,
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::shape;
    use crate::spec::{
        Bits, Cell, LowRank, Method, Narrow, PruneChannels, PruneWeights, expand, parse,
    };

    fn size(method: Method, bits: Option<u8>) -> ModelSize {
        let text = "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nname = \"mlp\"\n[train]\nepochs = 1\nbatch_size = 1\nlr = 1e-3\n";
        let bits = bits.map_or(Bits::FP32, |b| Bits { weight: b, act: 32 });
        let cell = Cell {
            method,
            bits,
            ..Cell::CONTROL
        };
        let spec = RunSpec::at(&parse(text, "test", &[]).unwrap(), 0.0, &cell, 0);
        model_size(&spec, shape(&spec.data))
    }

    const DENSE: u64 = 784 * 256 + 2 * 256 * 256 + 256 * 10;
    const CHANNELS: u64 = 3 * 256 + 10;

    #[test]
    fn codes_are_packed_and_scales_counted() {
        let text = "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nname = \"mlp\"\n[quantizer]\nbits = [\"w3a3\"]\n[train]\nepochs = 1\nbatch_size = 1\nlr = 1e-3\n";
        let run = expand(&parse(text, "test", &[]).unwrap()).pop().unwrap();
        let found = model_size(&run, shape(&run.data));
        assert_eq!(found.weights, DENSE);
        assert_eq!(found.full_precision_bytes, 4 * (DENSE + CHANNELS));
        let numbers = 2 * CHANNELS + 3;
        assert_eq!(found.bytes, DENSE * 3 / 8 + 4 * numbers);
    }

    #[test]
    fn pruned_channels_are_gone_on_both_sides() {
        let half = Method::PruneChannels(PruneChannels::default());
        let found = size(half, None);
        let weights = 784 * 128 + 2 * 128 * 128 + 128 * 10;
        assert_eq!(found.weights, weights);
        assert_eq!(found.bytes, 4 * (weights + 3 * 128 + 10));
        assert_eq!(found.full_precision_bytes, 4 * (DENSE + CHANNELS));
        // As a network that was narrow from the beginning.
        assert_eq!(found, size(Method::Narrow(Narrow::default()), None));
    }

    #[test]
    fn pruned_weights_leave_a_bit_each() {
        let pruned = |sparsity| {
            Method::PruneWeights(PruneWeights {
                sparsity,
                ..Default::default()
            })
        };
        let kept = [784 * 256, 256 * 256, 256 * 256, 2560u64].map(|n| n - n * 3 / 4);
        let left: u64 = kept.iter().sum();
        assert_eq!(
            size(pruned(0.75), None).bytes,
            DENSE / 8 + 4 * (left + CHANNELS)
        );
        let quantized = size(pruned(0.75), Some(2));
        assert_eq!(quantized.bytes, DENSE / 8 + left / 4 + 4 * 2 * CHANNELS);
        assert_eq!(quantized.weights, left);
        // At 2 bits, leaving out a third of the weights saves less than the bits cost.
        assert_eq!(
            size(pruned(0.3), Some(2)).bytes,
            size(Method::None, Some(2)).bytes
        );
    }

    #[test]
    fn layers_of_low_rank_are_two_matrices() {
        let low = Method::LowRank(LowRank::default());
        let found = size(low.clone(), None);
        let weights = 64 * (784 + 256) + 2 * 64 * 512 + 2560;
        assert_eq!(found.weights, weights);
        assert_eq!(found.bytes, 4 * (weights + CHANNELS));
        // Each factor has a scale per row.
        let quantized = size(low, Some(4));
        assert_eq!(quantized.bytes, weights / 2 + 4 * (2 * CHANNELS + 3 * 64));
    }
}
