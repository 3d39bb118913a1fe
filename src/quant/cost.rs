//! What a network costs in bits and in arithmetic. No tensors here.

use super::grid::layer_bits;
use super::size::{matrices, policy};
use crate::data::InputShape;
use crate::method::stored;
use crate::spec::{FULL_PRECISION, QuantizerSpec, RunSpec};
use crate::store::Cost;

/// Bits of the image that enters the first layer, at every precision.
const IMAGE_BITS: u8 = 8;

/// What one layer costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerCost {
    /// Weights, those that were pruned away among them.
    pub weights: u64,
    /// Bits per weight, on average over `weights`.
    pub weight_bits: f64,
    /// Bits of each input.
    pub act_bits: u8,
    /// Multiplications of an input by a weight, per image.
    pub macs: u64,
}

/// The cost of each layer of a run's network as it is stored after training, without biases, norms
/// and shortcuts that have no weights. A layer of low rank is two.
pub fn layer_costs(spec: &RunSpec, input: InputShape) -> Vec<LayerCost> {
    let quantizer = spec.quantizer.as_ref();
    let mut costs = Vec::new();
    for layer in stored(spec, input) {
        let shape = &layer.shape;
        let bits = |of: fn(&QuantizerSpec) -> u8| {
            quantizer
                .and_then(|q| layer_bits(of(q), policy(shape, q)))
                .unwrap_or(FULL_PRECISION)
        };
        let act_bits = match shape.stem {
            true => IMAGE_BITS,
            false => bits(|q| q.act_bits),
        };
        // Between two factors nothing is quantized.
        let inputs = match layer.rank {
            None => vec![act_bits],
            Some(_) => vec![FULL_PRECISION, act_bits],
        };
        for ((rows, columns), act_bits) in matrices(&layer).into_iter().zip(inputs) {
            let weights = rows * columns;
            let kept = layer
                .kept
                .map_or(1.0, |kept| kept as f64 / weights.max(1) as f64);
            costs.push(LayerCost {
                weights,
                weight_bits: f64::from(bits(|q| q.weight_bits)) * kept,
                act_bits,
                macs: weights * shape.pixels as u64,
            });
        }
    }
    costs
}

/// The cost of a network with these layers.
pub fn total(layers: impl IntoIterator<Item = LayerCost>) -> Cost {
    let mut cost = Cost::default();
    let (mut weights, mut bits, mut operations) = (0, 0.0, 0.0);
    for layer in layers {
        weights += layer.weights;
        bits += layer.weights as f64 * layer.weight_bits;
        cost.macs += layer.macs;
        operations += layer.macs as f64 * layer.weight_bits * f64::from(layer.act_bits);
    }
    cost.effective_bits = bits / weights.max(1) as f64;
    cost.bit_operations = operations.round() as u64;
    cost
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spec::{cells, parse};

    fn cost(model: &str, set: &str, quantizer: &str, bits: &str) -> Cost {
        let text = format!(
            "name = \"t\"\n[data]\nset = \"{set}\"\n[model]\nname = \"{model}\"\n[quantizer]\n\
             name = \"{quantizer}\"\nbits = [\"{bits}\"]\n[train]\nepochs = 1\nbatch_size = 1\nlr = 1e-3\n"
        );
        let experiment = parse(&text, "test", &[]).unwrap();
        let cell = cells(&experiment).pop().unwrap();
        let spec = RunSpec::at(&experiment, 0.0, &cell, 0);
        total(layer_costs(&spec, crate::data::shape(&spec.data)))
    }

    #[test]
    fn a_perceptron_is_counted_by_hand() {
        let (stem, hidden, head) = (784 * 256, 256 * 256, 256 * 10);
        let all = stem + 2 * hidden + head;
        let full = cost("mlp", "bundled", "minmax", "fp32");
        assert_eq!((full.macs, full.effective_bits), (all, 32.0));
        // The image has 8 bits at every precision.
        let rest = 2 * hidden + head;
        assert_eq!(full.bit_operations, stem * 32 * 8 + rest * 32 * 32);
        let same = cost("mlp", "bundled", "minmax", "w2a4");
        assert_eq!(same.effective_bits, 2.0);
        assert_eq!(same.bit_operations, stem * 2 * 8 + rest * 2 * 4);
        // Stem and classifier at 8 bits.
        let ends = cost("mlp", "bundled", "lsq", "w2a4");
        let bits = ((stem + head) * 8 + 2 * hidden * 2) as f64 / all as f64;
        assert!((ends.effective_bits - bits).abs() < 1e-12);
        let operations = stem * 8 * 8 + 2 * hidden * 2 * 4 + head * 8 * 8;
        assert_eq!(ends.bit_operations, operations);
    }

    #[test]
    fn convolutions_are_counted_per_pixel() {
        // Of resnet20, 0.44 in the stem, 14.16 + 12.98 + 12.98 in the stages: weights × pixels.
        for (model, millions) in [("resnet20", 40.55), ("resnet18", 555.4)] {
            let found = cost(model, "cifar10", "minmax", "fp32").macs as f64 / 1e6;
            assert!((found - millions).abs() < 0.1, "{model}: {found}");
        }
    }

    #[test]
    fn what_is_pruned_away_takes_no_bits() {
        let dense = LayerCost {
            weights: 100,
            weight_bits: 32.0,
            act_bits: 32,
            macs: 1000,
        };
        let pruned = LayerCost {
            weight_bits: 16.0,
            ..dense
        };
        let found = total([dense, pruned]);
        assert_eq!(found.effective_bits, 24.0);
        assert_eq!(found.bit_operations, 1000 * 32 * 32 + 1000 * 16 * 32);
    }
}
