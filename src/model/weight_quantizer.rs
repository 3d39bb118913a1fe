//! The fake quantization of a layer's weights.

use super::params::{Live, Params, Role};
use crate::quant::{Grid, binary, dorefa, lsq, minmax, ternary};
use crate::spec::{LayerPolicy, QuantizerName, QuantizerSpec, Scales};
use burn::tensor::{Device, Tensor};

/// How weights [out, in] are quantized.
#[derive(Clone, Debug)]
pub struct WeightQuantizer {
    rule: Rule,
    per_channel: bool,
}

#[derive(Clone, Debug)]
enum Rule {
    Minmax(Grid),
    /// With the place of the learned steps, one or one per output channel.
    Lsq(Grid, usize),
    Dorefa(u8),
    Ternary,
    Binary,
}

impl WeightQuantizer {
    /// Adds the parameters of a quantizer with `bits`, by `policy`, for weights `name` of `out` rows.
    pub fn build(
        name: &str,
        out: usize,
        spec: &QuantizerSpec,
        policy: LayerPolicy,
        bits: u8,
        params: &mut Params,
        device: &Device,
    ) -> Self {
        let per_channel = spec.scales() == Scales::PerChannel;
        let grid = Grid::weights(bits, spec.weight_range());
        // A layer that is to have 8 bits has no use for two or three levels.
        let own = policy == LayerPolicy::Same;
        let rule = match spec.name {
            QuantizerName::Ternary if own => Rule::Ternary,
            QuantizerName::Binary if own => Rule::Binary,
            QuantizerName::Minmax
            | QuantizerName::PostTraining
            | QuantizerName::Ternary
            | QuantizerName::Binary => Rule::Minmax(grid),
            QuantizerName::Dorefa | QuantizerName::Pact => Rule::Dorefa(bits),
            QuantizerName::Lsq | QuantizerName::LsqPlus => {
                let steps = vec![1.0; if per_channel { out } else { 1 }];
                let (name, shape) = (format!("{name}_step"), vec![steps.len()]);
                Rule::Lsq(grid, params.push(name, Role::Step, shape, steps, device))
            }
        };
        Self { rule, per_channel }
    }

    /// Sets learned steps to where training of the weights w [out, in] begins.
    pub fn set_first_step(&self, params: &mut Params, w: Tensor<2>) {
        if let Rule::Lsq(grid, place) = self.rule {
            let magnitude = w.abs();
            let mean = match self.per_channel {
                true => magnitude.mean_dim(1).flatten(0, 1),
                false => magnitude.mean(),
            };
            params.list[place].value = lsq::first_step(mean, grid);
        }
    }

    /// Fake-quantized weights [out, in].
    pub fn quantize(&self, live: &Live, w: Tensor<2>) -> Tensor<2> {
        match self.rule {
            Rule::Minmax(grid) => minmax::weights(w, grid, self.per_channel),
            Rule::Lsq(grid, place) => {
                let [out, fan_in] = w.dims();
                let step = live.flat(place);
                let (step, count) = match self.per_channel {
                    true => (step.reshape([out, 1]), fan_in),
                    // Each row its copy: the gradient is summed in two stages, which rounds less.
                    false => (step.reshape([1, 1]).expand([out, 1]), out * fan_in),
                };
                lsq::quantize(w, step, count, grid)
            }
            Rule::Dorefa(bits) => dorefa::weights(w, bits),
            Rule::Ternary => ternary::weights(w, self.per_channel),
            Rule::Binary => binary::weights(w, self.per_channel),
        }
    }
}
